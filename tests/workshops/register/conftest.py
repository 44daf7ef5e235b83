"""A fixture: the workshop whose register and RSVPs are tested."""

from collections.abc import Callable

import pytest

from tests.factories import STARTS
from workshops.models import Workshop


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)
