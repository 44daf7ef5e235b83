"""Fixtures: a workshop that took place, and its participants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from workshops.models import Attendance, Workshop

LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
STARTS = datetime(2027, 3, 25, 9, 30, tzinfo=UTC)
ENDS = STARTS + timedelta(hours=3, minutes=30)
NEXT_DAY = ENDS + timedelta(days=1)
CLOSED = ENDS + timedelta(days=10)

Join = Callable[..., list[Membership]]
GiveAnswers = Callable[..., None]


def make_workshop(cohort: Cohort, position: int = 1, **facts: Any) -> Workshop:
    given = {"starts_at": STARTS, "ends_at": ENDS, "scheduled_at": LONG_AGO, **facts}
    return Workshop.objects.create(
        cohort=cohort,
        position=position,
        title="Trust under strain",
        purpose="Build trust.",
        **given,
    )


def mark(
    workshop: Workshop, *members: Membership, as_: str = "present", at: datetime = ENDS
) -> None:
    for member in members:
        Attendance.objects.update_or_create(
            workshop=workshop, membership=member, defaults={"mark": as_, "marked_at": at}
        )


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return make_workshop(cohort)


@pytest.fixture
def survey(workshop: Workshop) -> Survey:
    return get_or_create_survey(workshop)


@pytest.fixture
def join(cohort: Cohort) -> Join:
    """A function that adds this number of participants to the cohort."""

    def join(number: int, *, at: datetime = LONG_AGO) -> list[Membership]:
        known = User.objects.count()
        people = [
            User.objects.create_user(f"person-{place}@example.org", f"Person {place}")
            for place in range(known, known + number)
        ]
        return [
            Membership.objects.create(cohort=cohort, user=user, joined_at=at) for user in people
        ]

    return join


@pytest.fixture
def give(join: Join, survey: Survey) -> GiveAnswers:
    """A function that submits survey answers, each as a new participant."""

    def give(*answers: dict[str, Any], to: Survey = survey, at: datetime = NEXT_DAY) -> None:
        for member, given in zip(join(len(answers)), answers, strict=True):
            submit(survey=to, membership=member, answers=given, at=at)

    return give
