"""Fixtures: a clock that is stopped at NOW, and workshops before and after it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.home.facilitator.days import HALF_DAY, LONG_AGO, NOW, Make
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def clock(db: None) -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def joined(facilitator: User, participant: User) -> None:
    Membership.objects.update(joined_at=LONG_AGO)


@pytest.fixture
def workshop(cohort: Cohort) -> Make:
    """A function that creates a workshop which starts `days` days from NOW, or has no date."""

    def workshop(days: float | None, title: str = "Seeing the whole", **facts: Any) -> Workshop:
        starts_at = None if days is None else NOW + timedelta(days=days)
        of = facts.pop("cohort", cohort)
        return Workshop.objects.create(
            cohort=of,
            position=of.workshops.count() + 1,
            title=title,
            starts_at=starts_at,
            ends_at=starts_at and starts_at + HALF_DAY,
            scheduled_at=starts_at and LONG_AGO,
            **{"venue": "The Old Fire Station"} | facts,
        )

    return workshop


@pytest.fixture
def member(participant: User) -> Membership:
    return Membership.objects.get(user=participant)
