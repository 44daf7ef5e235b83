"""Workshops without a register, and people who were asked for feedback, in the report's figures."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from cohorts.models import Membership
from reports.attendance import Share
from reports.downloads import as_document
from reports.exports import as_csv, as_xlsx
from reports.figures import figures_of
from tests.reflections.pages import text_in
from tests.reports.hand_worked import DAY, FINISHED, STARTS, HandWorked
from tests.reports.test_exports import found, read_csv, read_xlsx
from workshops.models import Attendance

pytestmark = pytest.mark.either
FIFTH = "5. Try, learn, be wrong"
NO_MARK: dict[str, Any] = {
    "mark": "",
    "marked_at": None,
    "minutes": None,
    "came_at": None,
    "went_at": None,
}


@pytest.fixture
def without_fifth(hand_worked: HandWorked) -> HandWorked:
    """The hand-worked cohort without the register of the fifth workshop."""
    hand_worked.workshops[4].attendances.update(**NO_MARK)
    return hand_worked


def test_rates_leave_out_a_workshop_without_a_register(without_fifth: HandWorked) -> None:
    figures = figures_of(without_fifth.cohort, FINISHED)
    # 13 + 11 + 9 + 11 attended, of 14 + 13 + 13 + 14. Two were excused: Gwen, and Dev once.
    assert (figures.held, len(figures.taken)) == (5, 4)
    assert figures.attendance == Share(44, 54)
    assert figures.commitment == Share(46, 54)
    # Four workshops have a register, so completing requires all four: Amina, Cleo, Finn, Hari and
    # Jo. Attended any: the 14.
    assert figures.workshops_to_complete == 4
    assert figures.completion == Share(5, 14)
    assert [str(one.workshop) for one in figures.not_taken] == [FIFTH]
    assert FIFTH not in [str(one.workshop) for one in figures.unmarked]


def test_every_format_says_that_a_register_was_not_taken(without_fifth: HandWorked) -> None:
    figures = figures_of(without_fifth.cohort, FINISHED)
    coverage = "rate over 4 of 5 workshops: the others have no register"
    for rows in (read_csv(as_csv(figures)), read_xlsx(as_xlsx(figures))):
        cells = found(rows)
        assert cells["Attendance", FIFTH, "Attendance"][0] == "not taken"
        assert cells["Attendance", FIFTH, "Commitment"][0] == "not taken"
        assert cells["Attendance", FIFTH, "No mark on the register"][0] == "not taken"
        notes = {(row[0], row[1], row[3]): row[7] for row in rows}
        for rate in ("Attendance", "Commitment", "Completion"):
            assert coverage in notes["Attendance", "All workshops", rate]
    text = text_in(as_document(figures))
    assert text.count(coverage) == 3
    assert f"{FIFTH} 3 December 14 not taken not taken not taken" in text
    assert "Cancelled, and in no figure: 4. Power, privilege and prejudice." in text


def test_without_any_register_there_are_no_rates(hand_worked: HandWorked) -> None:
    Attendance.objects.update(**NO_MARK)
    figures = figures_of(hand_worked.cohort, FINISHED)
    assert (figures.attendance.rate, figures.commitment.rate) == (None, None)
    assert figures.completion == Share(0, 0)
    assert "rate over 0 of 5 workshops" in figures.attendance_note


def test_without_a_register_those_with_apologies_are_not_asked(without_fifth: HandWorked) -> None:
    # Expected: 14. Dev sent apologies before the start, so no e-mail asked him.
    (fifth,) = figures_of(without_fifth.cohort, FINISHED).not_taken
    assert fifth.results.asked == 13


def test_person_with_two_memberships_is_asked_once(
    hand_worked: HandWorked, facilitator: User
) -> None:
    first = hand_worked.workshops[0]
    amina = Membership.objects.get(user__name="Amina")
    amina.leave(by=facilitator, at=STARTS[0] - DAY)
    again = Membership.objects.create(
        cohort=hand_worked.cohort, user=amina.user, joined_at=STARTS[0] - DAY
    )
    first.attendances.create(membership=again, mark="present", marked_at=STARTS[0])
    assert figures_of(hand_worked.cohort, FINISHED).workshops[0].results.asked == 13

    # Without a register, the people who were in the cohort are asked: all 14.
    first.attendances.update(**NO_MARK)
    Membership.objects.filter(pk=amina.pk).update(left_at=FINISHED)
    assert figures_of(hand_worked.cohort, FINISHED).workshops[0].results.asked == 14
