"""A cohort's figures as of one moment. docs/figures.md says in words how each is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cohorts.models import Cohort
from reports.attendance import Roll, Share, call_rolls, completion, enough_of
from reports.experiments import Experiments, experiments_of
from reports.models import FrozenReport
from reports.quotes import quotations_of
from reports.reach import Reach, reach_of
from reports.reflection_rate import practice_of
from surveys.results import INDICATIVE_BELOW, Item, Results, pooled, results_of_cohort
from ui import dates
from workshops.models import Workshop


@dataclass(frozen=True)
class WorkshopFigures:
    """One held workshop in figures."""

    workshop: Workshop
    expected: int
    attended: int
    excused: int
    unmarked: int
    practice: str
    results: Results

    @property
    def attendance(self) -> Share:
        return Share(self.attended, self.expected)

    @property
    def commitment(self) -> Share:
        return Share(self.attended + self.excused, self.expected)

    @property
    def response(self) -> Share:
        """Answers so far, of people asked."""
        return Share(self.results.received, self.results.asked)


@dataclass(frozen=True)
class Question:
    """What one question brought: workshop by workshop, and all of them together."""

    text: str
    by_workshop: list[Item]
    overall: Item


@dataclass(frozen=True)
class Figures:
    """All of a cohort's figures."""

    cohort: Cohort
    moment: datetime
    workshops: list[WorkshopFigures]
    planned: int
    completion: Share
    reach: Reach
    experiments: Experiments
    quotations: list[str]

    @property
    def held(self) -> int:
        return len(self.workshops)

    @property
    def is_final(self) -> bool:
        """Every workshop that is to be held has been."""
        return 0 < self.held == self.planned

    @property
    def enough(self) -> int:
        """At how many of the held workshops one must have been for completion."""
        return enough_of(self.held)

    @cached_property
    def attendance(self) -> Share:
        return Share.pooled(one.attendance for one in self.workshops)

    @cached_property
    def commitment(self) -> Share:
        return Share.pooled(one.commitment for one in self.workshops)

    @cached_property
    def closed(self) -> list[WorkshopFigures]:
        """Those whose survey takes no more answers."""
        return [one for one in self.workshops if one.results.is_closed]

    @cached_property
    def response(self) -> Share:
        """Of closed surveys alone: one that is open still fills, and would pull the rate down."""
        return Share.pooled(one.response for one in self.closed)

    @property
    def is_indicative(self) -> bool:
        """Too few of those asked have answered to speak for all."""
        return self.response.rate is not None and self.response.rate < INDICATIVE_BELOW

    @cached_property
    def questions(self) -> list[Question]:
        return [
            Question(
                overall.question, [one.results.items[place] for one in self.workshops], overall
            )
            for place, overall in enumerate(pooled(one.results for one in self.workshops))
        ]

    @property
    def unmarked(self) -> list[WorkshopFigures]:
        """Those whose register has gaps."""
        return [one for one in self.workshops if one.unmarked]

    @property
    def attendance_note(self) -> str:
        return f"{self.attendance.count} of {self.attendance.of} places"

    @property
    def completion_note(self) -> str:
        so_far = "" if self.is_final else ", so far"
        return f"{self.completion.count} of {self.completion.of} people at {self.enough} or more{so_far}"

    @property
    def response_note(self) -> str:
        if not self.closed:
            return "no survey has closed yet"
        indicative = "; below 60%, so indicative" if self.is_indicative else ""
        return f"{self.response.count} of {self.response.of} asked{indicative}"

    @property
    def period(self) -> str:
        """From the first held workshop to the last."""
        starts = [one.workshop.starts_at for one in self.workshops if one.workshop.starts_at]
        days = sorted(dates.day_of(start, self.cohort.zone) for start in starts)
        return period_of(days[0], days[-1]) if days else ""


def period_of(first: date, last: date) -> str:
    """10 September to 17 December 2026; a year that is the same is said once."""
    end = f"{dates.day_month(last)} {last.year}"
    if first == last:
        return end
    year = f" {first.year}" if first.year != last.year else ""
    return f"{dates.day_month(first)}{year} to {end}"


def figures_of(cohort: Cohort, moment: datetime, frozen: FrozenReport | None = None) -> Figures:
    """The cohort's figures, in as many queries for 1,000 people as for 1; with the words of its report, if `frozen`."""
    results = results_of_cohort(cohort, moment)
    held = [one.workshop for one in results]
    members = list(cohort.memberships.participating().select_related("organisation"))
    rolls = call_rolls(held, members)
    practice = practice_of(cohort, rolls)
    reach = reach_of(members, held)
    return Figures(
        cohort=cohort,
        moment=moment,
        workshops=[
            workshop_figures(roll, practice[roll.workshop.pk], one)
            for roll, one in zip(rolls, results, strict=True)
        ],
        planned=cohort.workshops.filter(cancelled_at=None).count(),
        completion=completion(rolls),
        reach=reach,
        experiments=experiments_of(cohort),
        quotations=quotations_of(cohort, reach, frozen),
    )


def workshop_figures(roll: Roll, practice: str, results: Results) -> WorkshopFigures:
    return WorkshopFigures(
        workshop=roll.workshop,
        expected=len(roll.expected),
        attended=len(roll.attended),
        excused=len(roll.excused),
        unmarked=len(roll.expected - roll.marked),
        practice=practice,
        results=results,
    )
