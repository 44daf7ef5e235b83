"""Tests of the figures of a cohort, on its page and in the report's files."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cohorts.models import Cohort, Membership
from partnerships import actions
from partnerships.agreement import agree
from partnerships.results import started_of
from reports.partnership_rows import partnership_rows
from tests.partnerships.conftest import (
    OUTSIDE,
    SIX_MONTHS,
    STARTED_AT,
    THREE_MONTHS,
    StartWork,
    party_of,
)
from tests.partnerships.test_due import answer

pytestmark = pytest.mark.django_db
LATER = THREE_MONTHS + timedelta(days=2)


def rows(cohort: Cohort, moment: object = LATER) -> dict[str, object]:
    return {row.key: row.value for row in partnership_rows(started_of(cohort, moment))}  # type: ignore[arg-type]


def test_headline_of_the_issue(start_work: StartWork, cohort: Cohort, member: Membership) -> None:
    """Three confirmed: two were asked and run, one stopped before anybody was asked."""
    first, second, third = (start_work(title=f"Work {n}", agreed=True) for n in range(3))
    start_work(title="Work of one side")
    actions.stop(partnership=third, learned="Ask first.", at=STARTED_AT + timedelta(days=40))
    for one in (first, second):
        answer(one, member, 3)
    found = started_of(cohort, LATER)
    assert (found.confirmed, found.proposed, found.stopped) == (3, 1, 1)
    assert found.sentence == "2 of 2 asked still running at three months"
    written = rows(cohort)
    assert written["started.confirmed"] == 3
    assert written["started.one-sided"] == 1
    assert written["started.after-3"] == 2
    assert written["started.after-3.low"] == "not shown"
    assert written["started.after-6"] == "not shown"
    assert written["started.contribution"] == "not shown"


def test_from_five_due_there_is_a_range(
    start_work: StartWork, cohort: Cohort, member: Membership
) -> None:
    works = [start_work(title=f"Work {n}", agreed=True) for n in range(5)]
    for one in works[:3]:
        answer(one, member, 3, contribution="later")
    answer(works[3], member, 3, status="idea", contribution="anyway")
    written = rows(cohort)
    assert (written["started.after-3.low"], written["started.after-3.high"]) == (0.6, 0.8)
    assert written["started.contribution"] == "not shown"
    answer(works[4], member, 3, contribution="unknown")
    assert rows(cohort)["started.contribution"] == 0.6


def test_figures_are_as_of_their_moment(
    start_work: StartWork, cohort: Cohort, member: Membership
) -> None:
    """A frozen report's figures don't change by what happens later."""
    work = start_work(agreed=True)
    before = rows(cohort, THREE_MONTHS)
    answer(work, member, 3)
    actions.withdraw(partnership=work, by=member.user, at=SIX_MONTHS)
    start_work(title="Later", at=LATER, agreed=True)
    assert rows(cohort, THREE_MONTHS) == before
    assert before["started.after-3"] == 0


def test_organisation_is_named_only_if_all_its_parties_said_so(
    start_work: StartWork, cohort: Cohort, member: Membership, other: Membership
) -> None:
    work = start_work(outside=OUTSIDE, agreed=True)
    assert [one.who for one in started_of(cohort, LATER).works] == [
        "a public body and two charities or community groups"
    ]
    agree(party=party_of(work, other), may_be_named=True, at=LATER)
    agree(party=party_of(work, member), may_be_named=True, at=LATER)
    assert [one.who for one in started_of(cohort, LATER).works] == [
        "Tyne Mind, Tynewick Council and a charity or community group"
    ]


def test_rows_hold_no_text_of_what_was_written(
    start_work: StartWork, cohort: Cohort, member: Membership
) -> None:
    work = start_work(agreed=True)
    answer(work, member, 3, happened="heron-weir", noticed="heron-weir")
    cells = str([row.cells for row in partnership_rows(started_of(cohort, LATER))])
    for text in (work.title, work.what, work.first_step, "heron-weir", "Dev Patel"):
        assert text not in cells


def test_off_there_are_no_rows(start_work: StartWork, cohort: Cohort) -> None:
    start_work(agreed=True)
    cohort.uses_partnerships = False
    assert rows(cohort) == {}


def test_number_of_queries_does_not_grow(
    start_work: StartWork, cohort: Cohort, django_assert_num_queries: object
) -> None:
    for number in range(4):
        start_work(title=f"Work {number}", agreed=True)
    with django_assert_num_queries(4):  # type: ignore[operator]
        started_of(cohort, LATER)
