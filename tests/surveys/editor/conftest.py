"""Fixtures: the day after the workshop, and a workshop plan."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from programmes.models import Programme, WorkshopPlan
from tests.surveys.conftest import NEXT_DAY


@pytest.fixture
def next_day() -> Any:
    with time_machine.travel(NEXT_DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def plan(programme: Programme) -> WorkshopPlan:
    return WorkshopPlan.objects.create(programme=programme, position=1, title="Who leads here?")
