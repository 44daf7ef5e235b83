"""A cohort's figures, each as shared definitions have it: docs/figures.md says them in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cohorts.models import Cohort, Membership, Sector
from reflections.practice import writers_per_workshop
from surveys.disclosure import MINIMUM
from surveys.models import QUESTIONS
from surveys.results import Item, Results, results_of_cohort
from workshops.models import Attendance, Workshop
from workshops.register import was_expected


@dataclass(frozen=True)
class Share:
    """So many of so many. The rate is None where there is nobody to count."""

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        return self.count / self.of if self.of else None


class Band:
    """How large a part wrote, without saying how many: nobody can be picked out of a band."""

    EDGES = ((0.25, "fewer than a quarter"), (0.5, "a quarter to a half"), (0.75, "a half to three quarters"))
    TOP = "three quarters or more"
    HIDDEN = f"not shown: fewer than {MINIMUM} attended"

    @classmethod
    def of(cls, writers: int, attended: int) -> str:
        """The band's words; from MINIMUM people on."""
        if attended < MINIMUM:
            return cls.HIDDEN
        share = writers / attended
        return next((words for edge, words in cls.EDGES if share < edge), cls.TOP)


@dataclass(frozen=True)
class WorkshopFigures:
    """One held workshop in figures."""

    workshop: Workshop
    expected: int
    attended: int
    excused: int
    writers: int
    results: Results | None

    @property
    def attendance(self) -> Share:
        return Share(self.attended, self.expected)

    @property
    def commitment(self) -> Share:
        return Share(self.attended + self.excused, self.expected)

    @property
    def practice(self) -> str:
        return Band.of(self.writers, self.attended)


@dataclass(frozen=True)
class Reach:
    """Whom the cohort reached; sectors with fewer than MINIMUM people are counted together as other."""

    people: int
    organisations: int
    sectors: dict[str, int]

    @property
    def is_shown(self) -> bool:
        return self.people >= MINIMUM


@dataclass(frozen=True)
class Figures:
    """All of a cohort's figures as of one moment."""

    cohort: Cohort
    moment: datetime
    workshops: list[WorkshopFigures]
    planned: int
    enrolled: int
    completed: Share
    reach: Reach

    @cached_property
    def attendance(self) -> Share:
        """Attended of expected, pooled over held workshops."""
        return Share(
            sum(one.attended for one in self.workshops), sum(one.expected for one in self.workshops)
        )

    @cached_property
    def commitment(self) -> Share:
        """Attended, or apologies sent before it began, of expected."""
        return Share(
            sum(one.attended + one.excused for one in self.workshops),
            sum(one.expected for one in self.workshops),
        )

    @cached_property
    def response(self) -> Share:
        """Answers of people asked, pooled over the held workshops' surveys."""
        results = [one.results for one in self.workshops if one.results]
        return Share(sum(one.received for one in results), sum(one.asked for one in results))

    @property
    def held(self) -> int:
        return len(self.workshops)

    @property
    def enough(self) -> int:
        """At how many of the held workshops one must have been to have completed."""
        return enough_of(self.held)

    @property
    def attendance_note(self) -> str:
        return f"{self.attendance.count} of {self.attendance.of} places"

    @property
    def completion_note(self) -> str:
        so_far = "" if self.is_final else ", so far"
        return f"{self.completed.count} of {self.completed.of} people at {self.enough} or more{so_far}"

    @property
    def response_note(self) -> str:
        return f"{self.response.count} of {self.response.of} people who came"

    @property
    def answers(self) -> list[tuple[str, list[Item | None]]]:
        """A row a question, with a cell a held workshop; None for one that has no survey."""
        return [
            (question.words, [one.results.items[number] if one.results else None for one in self.workshops])
            for number, question in enumerate(QUESTIONS)
        ]

    @property
    def is_final(self) -> bool:
        """Every workshop that is to be held has been."""
        return 0 < self.held == self.planned


def figures_of(cohort: Cohort, moment: datetime) -> Figures:
    """The cohort's figures. The number of queries is the same for 1 and for 1,000 people."""
    workshops = list(cohort.workshops.filter(cancelled_at=None))
    held = [workshop for workshop in workshops if workshop.is_held(moment)]
    members = list(cohort.memberships.participating().by_name())
    rolls = roll_call(held, members)
    results = {one.workshop.pk: one for one in results_of_cohort(cohort, moment)}
    writers = writers_per_workshop(cohort)
    enrolled = enrolled_in(members, held)
    return Figures(
        cohort=cohort,
        moment=moment,
        workshops=[
            WorkshopFigures(
                workshop=roll.workshop,
                expected=len(roll.expected),
                attended=len(roll.attended),
                excused=len(roll.excused),
                writers=writers.get(roll.workshop.pk, 0),
                results=results.get(roll.workshop.pk),
            )
            for roll in rolls
        ],
        planned=len(workshops),
        enrolled=len({member.user_id for member in enrolled}),
        completed=completion(rolls, members),
        reach=reach_of(enrolled),
    )


@dataclass(frozen=True)
class Roll:
    """The numbers of the memberships expected at one workshop, of those that attended and of those that were excused."""

    workshop: Workshop
    expected: set[int]
    attended: set[int]
    excused: set[int]


def roll_call(held: list[Workshop], members: list[Membership]) -> list[Roll]:
    """Who was expected at each held workshop and what became of them. Two queries."""
    known = Attendance.objects.filter(workshop__in=held)
    attended = set(known.attended().values_list("workshop", "membership"))
    excused = set(known.excused().values_list("workshop", "membership"))
    rolls = []
    for workshop in held:
        expected = {member.pk for member in members if was_expected(member, workshop)}
        came = {number for number in expected if (workshop.pk, number) in attended}
        sorry = {number for number in expected - came if (workshop.pk, number) in excused}
        rolls.append(Roll(workshop, expected, came, sorry))
    return rolls


def completion(rolls: list[Roll], members: list[Membership]) -> Share:
    """People at enough of the held workshops, of people at one at least. Somebody who came back is one person."""
    person = {member.pk: member.user_id for member in members}
    been = Counter(
        user for roll in rolls for user in {person[number] for number in roll.attended}
    )
    enough = enough_of(len(rolls))
    return Share(sum(count >= enough for count in been.values()), len(been))


def enough_of(held: int) -> int:
    """Four in five of the workshops held, rounded up: 5 of 6. Whole numbers, as 0.8 × 5 is a hair over 4 in a computer."""
    return -(-4 * held // 5)


def enrolled_in(members: list[Membership], held: list[Workshop]) -> list[Membership]:
    """Enrolled, and not withdrawn before the first workshop."""
    began = min((workshop.starts_at for workshop in held if workshop.starts_at), default=None)
    return [
        member
        for member in members
        if member.left_at is None or (began is not None and member.left_at > began)
    ]


def reach_of(members: list[Membership]) -> Reach:
    """Each person counts once, with the organisation that they came from last."""
    latest = {member.user_id: member for member in sorted(members, key=lambda one: one.joined_at)}
    organisations = [member.organisation for member in latest.values() if member.organisation]
    sectors = Counter(
        member.organisation.sector if member.organisation else Sector.OTHER.value for member in latest.values()
    )
    return Reach(len(latest), len({one.pk for one in organisations}), with_small_ones_joined(sectors))


def with_small_ones_joined(sectors: Counter[str]) -> dict[str, int]:
    """The sectors by name; those with fewer than MINIMUM people are counted with the others."""
    shown = {sector.value: sectors[sector.value] for sector in Sector if sector != Sector.OTHER}
    large = {name: count for name, count in shown.items() if count >= MINIMUM}
    other = sectors.total() - sum(large.values())
    return {Sector(name).label: count for name, count in large.items()} | ({Sector.OTHER.label: other} if other else {})
