"""Who was expected, who came, who said that they couldn't: from the registers to numbers."""

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
    """So many of so many."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """A part of 1; None where there is nobody to count."""
        return self.count / self.of if self.of else None

    @classmethod
    def pooled(cls, shares: Iterable[Share]) -> Share:
        """All taken together: a workshop of twenty weighs twice as much as one of ten."""
        known = list(shares)
        return cls(sum(one.count for one in known), sum(one.of for one in known))


@dataclass(frozen=True)
class Roll:
    """The people of one workshop, by their user's number: somebody who left and came back is one person."""

    workshop: Workshop
    expected: set[int] = field(default_factory=set)
    attended: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)


def call_rolls(held: Sequence[Workshop], members: Sequence[Membership]) -> list[Roll]:
    """A roll for each held workshop, of the participants who were expected at it. One query."""
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
    """What the register knows of one member at one workshop."""

    is_marked: bool
    attended: bool
    excused: bool


NOTHING = Known(is_marked=False, attended=False, excused=False)


def known_at(held: Sequence[Workshop]) -> dict[tuple[int, int], Known]:
    """By the numbers of workshop and membership; what counts as attended and excused is Attendance's to say."""
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
    """Four in five of the workshops held, rounded up, reckoned in whole numbers: 5 of 6, 4 of 5."""
    return -(-4 * held // 5)


def completion(rolls: Sequence[Roll]) -> Share:
    """People at enough of the held workshops, of people at one at least."""
    visits = Counter(person for roll in rolls for person in roll.attended)
    enough = enough_of(len(rolls))
    return Share(sum(count >= enough for count in visits.values()), len(visits))
