"""Tests of when introductions are made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from cohorts.models import Cohort
from sets.introductions.rounds import months_later, next_round, round_due, rounds_of, with_span
from tests.sets.introductions.conftest import APRIL, FIRST, MARCH
from workshops.models import Workshop

SECOND = timedelta(seconds=1)


def spanned(cohort: Cohort) -> Cohort:
    found: Cohort = with_span(Cohort.objects.filter(pk=cohort.pk)).get()
    return found


def test_rounds_are_monthly_from_the_first_workshop_to_a_month_after_the_last(
    cohort: Cohort, series: list[Workshop]
) -> None:
    found = [one.due for one in rounds_of(spanned(cohort))]
    # 18 May and 18 June are working days; the last workshop is on 3 June.
    may, june = (datetime(2027, month, 18, 8, tzinfo=UTC) for month in (5, 6))
    assert found == [MARCH, APRIL, may, june]


def test_months_are_those_before_a_delay_to_a_working_day(
    cohort: Cohort, series: list[Workshop]
) -> None:
    """31 January and 28 February 2027 are Sundays; a delayed round still counts in its month."""
    cohort.workshops.exclude(position=1).delete()
    first = datetime(2026, 12, 31, 10, tzinfo=UTC)
    cohort.workshops.update(starts_at=first, ends_at=first + timedelta(hours=3))
    [found] = rounds_of(spanned(cohort))
    assert (found.month, found.due) == (date(2027, 1, 1), datetime(2027, 2, 1, 9, tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 1, 31), 2, date(2027, 3, 31)),
        (date(2027, 12, 5), 1, date(2028, 1, 5)),
    ],
)
def test_a_later_month_has_the_same_day_or_its_last(day: date, months: int, expected: date) -> None:
    assert months_later(day, months) == expected


def test_round_is_due_for_a_week(cohort: Cohort, series: list[Workshop]) -> None:
    found = spanned(cohort)
    assert round_due(found, MARCH - SECOND) is None
    for moment in (MARCH, MARCH + timedelta(days=7) - SECOND):
        due = round_due(found, moment)
        assert due is not None
        assert due.month == date(2027, 3, 1)
    assert round_due(found, MARCH + timedelta(days=7)) is None


def test_cohort_without_dates_has_no_rounds(cohort: Cohort) -> None:
    assert list(rounds_of(spanned(cohort))) == []
    assert next_round(spanned(cohort), FIRST) is None


def test_cancelled_workshops_do_not_count(cohort: Cohort, series: list[Workshop]) -> None:
    cohort.workshops.filter(position=1).update(cancelled_at=FIRST)
    following = next_round(spanned(cohort), FIRST)
    assert following is not None
    assert following.due == datetime(2027, 4, 12, 8, tzinfo=UTC)  # 11 April is a Sunday
