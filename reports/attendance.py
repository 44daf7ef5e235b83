"""Attendance figures: who was expected, attended or sent apologies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef

from cohorts.models import Membership
from workshops.models import Attendance, Workshop
from workshops.register.expected import was_expected


@dataclass(frozen=True)
class Share:
    """A count and the number it is a share of."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share from 0 to 1; None if there is nobody to count."""
        return self.count / self.of if self.of else None

    @classmethod
    def pooled(cls, shares: Iterable[Share]) -> Share:
        """Return the sum of the counts / the sum of the denominators."""
        known = list(shares)
        return cls(sum(one.count for one in known), sum(one.of for one in known))


@dataclass(frozen=True)
class Roll:
    """The people of one workshop by user pk, so that somebody who left and rejoined counts once."""

    workshop: Workshop
    expected: set[int] = field(default_factory=set)
    attended: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)


def call_rolls(held: Sequence[Workshop], members: Sequence[Membership]) -> list[Roll]:
    """Return a roll of the expected participants for each workshop. One query."""
    known = known_at(held)
    rolls = [Roll(workshop) for workshop in held]
    for roll in rolls:
        for member in members:
            about = known.get((roll.workshop.pk, member.pk), NOTHING)
            if was_expected(member, roll.workshop, is_marked=about.is_marked):
                enter(roll, member.user_id, about)
    return rolls


@dataclass(frozen=True)
class Known:
    """The register's entry of one member at one workshop."""

    is_marked: bool
    attended: bool
    excused: bool


NOTHING = Known(is_marked=False, attended=False, excused=False)


def known_at(held: Sequence[Workshop]) -> dict[tuple[int, int], Known]:
    """Return the entries by the pks of workshop and membership."""
    same = Attendance.objects.filter(pk=OuterRef("pk"))
    facts = (
        Attendance.objects.filter(workshop__in=held)
        .annotate(attended=Exists(same.attended()), excused=Exists(same.excused()))
        .values_list("workshop", "membership", "mark", "attended", "excused")
    )
    return {
        (workshop, member): Known(is_marked=bool(mark), attended=attended, excused=excused)
        for workshop, member, mark, attended, excused in facts
    }


def enter(roll: Roll, person: int, known: Known) -> None:
    roll.expected.add(person)
    if known.is_marked:
        roll.marked.add(person)
    if known.attended:
        roll.attended.add(person)
    elif known.excused:
        roll.excused.add(person)


def enough_of(held: int) -> int:
    """Return four fifths of the workshops held, rounded up: 5 of 6, 4 of 5."""
    return -(-4 * held // 5)


def completion(rolls: Sequence[Roll]) -> Share:
    """Return people who attended enough workshops / people who attended at least one."""
    visits = Counter(person for roll in rolls for person in roll.attended)
    enough = enough_of(len(rolls))
    return Share(sum(count >= enough for count in visits.values()), len(visits))
