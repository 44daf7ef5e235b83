"""The lines of a workshop's register, and its totals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop
from workshops.register.expected import expected_at, participants


@dataclass(frozen=True)
class Line:
    """One member on a workshop's register, with their RSVP and mark.

    `attendance` is unsaved if the member has neither.
    """

    membership: Membership
    attendance: Attendance

    @property
    def mark(self) -> str:
        return self.attendance.mark

    @property
    def answer(self) -> str:
        return self.attendance.get_answer_display()


def register_lines(workshop: Workshop) -> list[Line]:
    """Return a line for each participant expected, ordered by name. Makes two queries."""
    return _lines(workshop, expected_at(workshop))


def lines_for(workshop: Workshop, member_ids: Iterable[str]) -> list[Line]:
    """Return the lines of the members with these public ids, ordered by name.

    Only members who are expected, or who were ever marked, have a line. The latter have one so that
    a mark that was cleared can be set again. Makes two queries.
    """
    marked_once = workshop.attendances.filter(marked_at__isnull=False).values("membership")
    known = expected_at(workshop) | participants(workshop).filter(pk__in=marked_once)
    return _lines(workshop, known.filter(public_id__in=member_ids))


def _lines(workshop: Workshop, members: MembershipQuerySet) -> list[Line]:
    attendances = workshop.attendances.select_related("marked_by")
    known = {attendance.membership_id: attendance for attendance in attendances}
    return [
        Line(member, known.get(member.pk) or Attendance(workshop=workshop, membership=member))
        for member in members.by_name()
    ]


@dataclass(frozen=True)
class Tally:
    """The totals of a register. The page announces them to screen readers as they change."""

    people: int
    present: int
    partly: int
    apologies: int
    absent: int

    @property
    def marked(self) -> int:
        return self.present + self.partly + self.apologies + self.absent

    @property
    def unmarked(self) -> int:
        return self.people - self.marked


def tally(lines: Sequence[Line]) -> Tally:
    marks = [line.mark for line in lines]
    return Tally(len(marks), **{choice.value: marks.count(choice) for choice in Attendance.Mark})
