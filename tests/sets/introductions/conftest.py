"""Fixtures: a cohort with six workshops in spring 2027, whose people take part in introductions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cohorts.models import Cohort, Membership
from sets.introductions.making import make_round
from sets.introductions.taking_part import take_part
from sets.models import Introducee, IntroductionRound
from tests.sets.conftest import Fill
from workshops.models import Workshop

FIRST = datetime(2027, 2, 18, 9, 30, tzinfo=UTC)  # a Thursday
WEEKS = 3
# 9am on 18 March, a Thursday, and on 19 April, a Monday after 18 April, in British Summer Time.
MARCH, APRIL = datetime(2027, 3, 18, 9, tzinfo=UTC), datetime(2027, 4, 19, 8, tzinfo=UTC)
A_DAY = timedelta(days=1)
MARCH_ENDS = MARCH + timedelta(days=14)
Meet = Callable[[int], list[Membership]]


@pytest.fixture
def series(cohort: Cohort) -> list[Workshop]:
    """Six workshops, three weeks apart. The last is on 3 June."""
    return [
        Workshop.objects.create(
            cohort=cohort,
            position=number + 1,
            title=f"Workshop {number + 1}",
            starts_at=FIRST + timedelta(weeks=WEEKS * number),
            ends_at=FIRST + timedelta(weeks=WEEKS * number, hours=3),
            scheduled_at=FIRST - timedelta(days=60),
            length_minutes=180,
        )
        for number in range(6)
    ]


@pytest.fixture
def meet(series: list[Workshop], fill: Fill) -> Meet:
    """A function that adds participants to the cohort who take part in introductions."""

    def meet(number: int) -> list[Membership]:
        members = fill(number)
        for member in members:
            wish = f"Fewer forms for {member.user.name}."
            take_part(membership=member, wish=wish, at=FIRST)
        return members

    return meet


def introduce(cohort: Cohort, at: datetime = MARCH) -> IntroductionRound:
    """Make the round of the month in which `at` is."""
    made = make_round(cohort=cohort, month=at.date().replace(day=1), at=at)
    assert made is not None
    return made


def introducee(member: Membership) -> Introducee:
    """Return the member's part in the latest round."""
    return Introducee.objects.filter(membership=member).latest("round__month")
