"""Tests of when checks are due, in SQL and in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db.models import F

from cohorts.models import Membership
from partnerships import actions
from partnerships.checks.answering import CheckRefusedError, answer_check
from partnerships.checks.due import MonthsAfter, due_at, due_on, open_check, with_due
from partnerships.models import Check, Partnership
from tests.partnerships.conftest import FACTS, SIX_MONTHS, THREE_MONTHS, StartWork, party_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def answer(partnership: Partnership, member: Membership, months: int, **said: str) -> None:
    given = {"status": "running", "happened": "", "noticed": "", "contribution": "", **said}
    answer_check(
        check=partnership.checks.get(months=months),
        party=party_of(partnership, member),
        at=THREE_MONTHS + HOUR,
        **given,
    )


@pytest.mark.parametrize(
    "begun",
    [
        date(2027, 1, 31),
        date(2027, 2, 28),
        date(2027, 8, 31),
        date(2027, 11, 30),
        date(2028, 2, 29),
        date(2027, 3, 27),
    ],
)
def test_sql_and_python_agree(start_work: StartWork, begun: date) -> None:
    partnership = start_work()
    Partnership.objects.filter(pk=partnership.pk).update(begun_on=begun, first_step_on=None)
    partnership = Partnership.objects.get(pk=partnership.pk)
    rows = with_due(
        Check.objects.annotate(day=MonthsAfter(F("partnership__begun_on"), F("months")))
    )
    for check in rows:
        assert check.day == due_on(partnership, check.months)
        assert check.due_at == due_at(partnership, check.months)


def test_check_is_open_from_nine_on_its_day(confirmed: Partnership) -> None:
    assert open_check(confirmed, THREE_MONTHS - timedelta(seconds=1)) is None
    found = open_check(confirmed, THREE_MONTHS)
    assert found is not None
    assert found.months == 3
    later = open_check(confirmed, SIX_MONTHS)
    assert later is not None
    assert later.months == 6


def test_check_moves_with_the_day_it_began(confirmed: Partnership) -> None:
    facts = FACTS | {"begun_on": date(2027, 3, 10), "first_step_on": None, "status": "trying"}
    actions.change(partnership=confirmed, facts=facts, at=datetime(2027, 4, 1, 12, tzinfo=UTC))
    moved = Partnership.objects.get(pk=confirmed.pk)
    assert open_check(moved, THREE_MONTHS + HOUR) is None
    assert open_check(moved, datetime(2027, 6, 10, 8, tzinfo=UTC)) is not None


def test_check_due_before_it_was_confirmed_is_not_asked(start_work: StartWork) -> None:
    late = start_work(agreed=True, at=THREE_MONTHS + HOUR)
    assert open_check(late, THREE_MONTHS + 2 * HOUR) is None
    assert open_check(late, SIX_MONTHS) is not None


def test_nothing_is_asked_of_what_one_side_reports(partnership: Partnership) -> None:
    assert open_check(partnership, SIX_MONTHS) is None


def test_first_answer_counts(confirmed: Partnership, member: Membership, other: Membership) -> None:
    answer(confirmed, member, 3, status="normal", contribution="later")
    with pytest.raises(CheckRefusedError):
        answer(confirmed, other, 3, status="stopped")
    again = Partnership.objects.get(pk=confirmed.pk)
    assert (again.status, again.stopped_at) == ("normal", None)
    assert open_check(again, THREE_MONTHS + HOUR) is None


def test_answer_that_it_stopped_ends_the_questions(
    confirmed: Partnership, member: Membership
) -> None:
    answer(confirmed, member, 3, status="stopped", happened="We learned who decides.")
    again = Partnership.objects.get(pk=confirmed.pk)
    assert again.is_stopped
    assert again.learned == "We learned who decides."
    assert open_check(again, SIX_MONTHS) is None
