"""The lines of a workshop's register, its totals, and its pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.search_text import fold_text, search_words
from cohorts.keyset import KeysetPage, keyset_slice
from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop
from workshops.register.expected import expected_at, participants

LINES_PER_PAGE = 100


@dataclass(frozen=True)
class Line:
    """One member on a workshop's register, with their RSVP and mark.

    `attendance` is unsaved if the member has neither.
    """

    membership: Membership
    attendance: Attendance

    @property
    def public_id(self) -> str:
        return self.membership.public_id

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


@dataclass(frozen=True)
class Register:
    """Everybody's lines on a register, and those of one page of it.

    A register of up to a hundred people has one page, which can't be searched.
    """

    everybody: list[Line]
    page: KeysetPage[Line]

    @property
    def has_pages(self) -> bool:
        return len(self.everybody) > LINES_PER_PAGE

    def page_with(self, members: Collection[str]) -> list[Line]:
        """Return the lines of the page, and those of the members with these public ids."""
        shown = {line.public_id for line in self.page}
        return [
            line for line in self.everybody if line.public_id in shown or line.public_id in members
        ]


def register_page(lines: list[Line], words: str, parameters: Mapping[str, str]) -> Register:
    """Return the page of a register that the parameters `after` or `before` name.

    Looks for each of the words in the names of people and of their organisations.
    """
    if len(lines) <= LINES_PER_PAGE:
        return Register(lines, KeysetPage(lines))
    wanted = search_words(words)
    found = [line for line in lines if all(word in _text_of(line) for word in wanted)]
    return Register(lines, keyset_slice(found, parameters, size=LINES_PER_PAGE))


def _text_of(line: Line) -> str:
    member = line.membership
    return fold_text(f"{member.user}\n{member.organisation or ''}")


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
