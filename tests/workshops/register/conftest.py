"""A fixture: the workshop whose register and RSVPs are tested."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from workshops.models import Workshop

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)
