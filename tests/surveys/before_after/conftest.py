"""Fixtures: a cohort that uses “Before and after”, and six workshops in spring 2027."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from cohorts.models import Cohort, Membership
from surveys.before_after.answering import submit
from surveys.before_after.instrument import SCALES
from surveys.before_after.switching import follow_features
from surveys.models import Answers, Occasion, Wave
from tests.surveys.conftest import LONG_AGO, make_workshop
from workshops.models import Workshop

FIRST = datetime(2027, 1, 14, 9, 30, tzinfo=UTC)
WEEKS = 3
LAST_ENDS = datetime(2027, 4, 29, 12, tzinfo=UTC)  # 1pm in British Summer Time
START_OPEN = datetime(2027, 1, 8, 12, tzinfo=UTC)
END_OPEN = datetime(2027, 4, 30, 12, tzinfo=UTC)
END_CLOSED = datetime(2027, 5, 14, 8, tzinfo=UTC)  # 9am in British Summer Time
LATER_OPEN = datetime(2027, 10, 29, 12, tzinfo=UTC)
LATER_CLOSED = datetime(2027, 11, 18, 9, tzinfo=UTC)
OPEN_AT: dict[str, datetime] = {
    Occasion.START: START_OPEN,
    Occasion.END: END_OPEN,
    Occasion.LATER: LATER_OPEN,
    Occasion.COLLEAGUES: END_OPEN,
}
Answer = Callable[..., None]


def all_answered(value: int, **others: int) -> Answers:
    """Return answers in which every statement has the same value, but for `others`."""
    return {name: value for scale in SCALES for name in scale.statements} | others


@pytest.fixture
def series(cohort: Cohort) -> list[Workshop]:
    return make_series(cohort)


def make_series(cohort: Cohort) -> list[Workshop]:
    """Create six workshops, three weeks apart, each from 9.30am to 1pm in London."""
    workshops = []
    for number in range(6):
        starts = FIRST + timedelta(weeks=WEEKS * number)
        if starts >= datetime(2027, 3, 28, 1, tzinfo=UTC):
            starts -= timedelta(hours=1)
        workshops.append(
            make_workshop(
                cohort,
                number + 1,
                starts_at=starts,
                ends_at=starts + timedelta(hours=3, minutes=30),
                scheduled_at=LONG_AGO,
            )
        )
    return workshops


@pytest.fixture
def waves(cohort: Cohort, series: list[Workshop]) -> dict[str, Wave]:
    """The cohort's waves, by occasion."""
    follow_features(cohort, at=LONG_AGO)
    return {wave.occasion: wave for wave in Wave.objects.filter(cohort=cohort)}


@pytest.fixture
def answer(waves: dict[str, Wave]) -> Answer:
    """A function that submits a member's answers while the wave is open."""

    def answer(member: Membership, occasion: str, answers: Answers) -> None:
        submit(wave=waves[occasion], membership=member, answers=answers, at=OPEN_AT[occasion])

    return answer
