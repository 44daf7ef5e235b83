"""Fixtures: a cohort before a workshop, with a participant who has never used Convenor."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from accounts.models import User
from cohorts.models import Cohort, Membership
from tests.privacy.address_changes.attacker import BEFORE
from tests.surveys.conftest import ENDS, LONG_AGO, make_workshop
from workshops.availability import polls
from workshops.models import AvailabilityPoll, Workshop


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEFORE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def facilitator(facilitator: User) -> User:
    facilitator.memberships.update(joined_at=LONG_AGO)
    return facilitator


@pytest.fixture
def member(participant: User) -> Membership:
    """The membership of the participant, who has not signed in or acted by a link."""
    participant.memberships.update(joined_at=LONG_AGO)
    return participant.memberships.get()


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return make_workshop(cohort)


@pytest.fixture
def poll(cohort: Cohort, facilitator: User) -> AvailabilityPoll:
    poll = polls.open_poll(
        cohort=cohort,
        first=date(2027, 5, 4),
        last=date(2027, 5, 30),
        weekdays=[1],
        halves=["morning"],
        closes_at=ENDS,
        by=facilitator,
        at=BEFORE,
    )
    assert poll
    return poll


@pytest.fixture
def peer(cohort: Cohort) -> User:
    user = User.objects.create_user("dev.peer@example.org", "Dev Patel")
    Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)
    return user
