"""Rolls, from which attendance is counted: who was expected, who attended, who sent apologies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import BooleanField, ExpressionWrapper

from cohorts.models import Membership
from outbox.compiled_query import BindParam, CompiledSelect
from workshops.models import Attendance, Workshop
from workshops.models.attendance import has_attended, is_excused
from workshops.register.expected import was_expected


@dataclass(frozen=True)
class Share:
    """A count out of a total, such as 15 of 20 people."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """Return the share from 0 to 1; None if `of` is 0."""
        return self.count / self.of if self.of else None

    @classmethod
    def pooled(cls, shares: Iterable[Share]) -> Share:
        """Return one share: the sum of all counts, out of the sum of all totals."""
        known = list(shares)
        return cls(sum(one.count for one in known), sum(one.of for one in known))


@dataclass(frozen=True)
class Roll:
    """The participants expected at one workshop, as sets of user pks.

    Somebody who left the cohort and rejoined has two memberships, but counts once. `excused` are
    the people who sent apologies and did not attend, `marked` those with any mark on the register.
    """

    workshop: Workshop
    expected: set[int] = field(default_factory=set)
    attended: set[int] = field(default_factory=set)
    excused: set[int] = field(default_factory=set)
    marked: set[int] = field(default_factory=set)

    @property
    def is_taken(self) -> bool:
        """Return whether anybody has a mark on the register."""
        return bool(self.marked)


def call_rolls(held: Sequence[Workshop], members: Sequence[Membership]) -> list[Roll]:
    """Return a roll for each workshop, in the same order. Makes one query.

    `members` are the memberships of all participants of the cohort.
    """
    entries = register_entries(held)
    rolls = [Roll(workshop) for workshop in held]
    for roll in rolls:
        for member in members:
            entry = entries.get((roll.workshop.pk, member.pk), NO_ENTRY)
            if was_expected(member, roll.workshop, is_marked=entry.is_marked):
                add_to_roll(roll, member.user_id, entry)
    return rolls


@dataclass(frozen=True)
class RegisterEntry:
    """A member's line on one workshop's register: whether they are marked, attended or excused."""

    is_marked: bool
    attended: bool
    excused: bool


NO_ENTRY = RegisterEntry(is_marked=False, attended=False, excused=False)
# Compiled once in each process, because building the query takes longer than running it.
FACTS = CompiledSelect(
    Attendance.objects.filter(workshop__cohort=BindParam("cohort"))
    .annotate(
        attended=ExpressionWrapper(has_attended(), BooleanField()),
        excused=ExpressionWrapper(is_excused(), BooleanField()),
    )
    .values_list("workshop", "membership", "mark", "attended", "excused"),
    prepare=True,
)


def register_entries(held: Sequence[Workshop]) -> dict[tuple[int, int], RegisterEntry]:
    """Return a dict that maps (workshop pk, membership pk) to the member's register entry.

    The workshops must be of one cohort. Makes one query, or none if there are no workshops.
    """
    if not held:
        return {}
    return {
        (workshop, member): RegisterEntry(
            is_marked=bool(mark), attended=bool(attended), excused=bool(excused)
        )
        for workshop, member, mark, attended, excused in FACTS(cohort=held[0].cohort_id)
    }


def add_to_roll(roll: Roll, person: int, entry: RegisterEntry) -> None:
    roll.expected.add(person)
    if entry.is_marked:
        roll.marked.add(person)
    # Somebody who rejoined can have one membership that sent apologies and another that attended.
    if entry.attended:
        roll.attended.add(person)
        roll.excused.discard(person)
    elif entry.excused and person not in roll.attended:
        roll.excused.add(person)


def completion_threshold(taken: int) -> int:
    """Return how many of the workshops with a register somebody must attend to complete.

    That is four fifths, rounded up: for example, 5 of 6 or 4 of 5.
    """
    return -(-4 * taken // 5)


def completion(rolls: Sequence[Roll]) -> Share:
    """Return the share of people who completed the programme.

    The total is the number of people who attended at least one workshop. Workshops without a
    register are left out.
    """
    taken = [roll for roll in rolls if roll.is_taken]
    visits = Counter(person for roll in taken for person in roll.attended)
    threshold = completion_threshold(len(taken))
    return Share(sum(count >= threshold for count in visits.values()), len(visits))
