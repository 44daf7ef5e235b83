"""A cohort's figures at one moment, for each workshop and overall. See docs/figures.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cohorts.models import Cohort
from reports.attendance import Roll, Share, call_rolls, completion, completion_threshold
from reports.experiments import Experiments, experiments_of
from reports.models import FrozenReport
from reports.quotes import quotations_of
from reports.reach import Reach, reach_of
from reports.reflection_rate import PENDING, Band, bands_of
from surveys.results import (
    INDICATIVE_BELOW,
    Item,
    Results,
    counted_workshops,
    pooled,
    results_among,
)
from ui import dates
from workshops.models import Workshop


@dataclass(frozen=True)
class WorkshopFigures:
    """The figures of one workshop that has taken place.

    `expected`, `attended`, `excused` (see `Roll`) and `unmarked` (expected, but without a mark on
    the register) are numbers of people.
    """

    workshop: Workshop
    expected: int
    attended: int
    excused: int
    unmarked: int
    wrote: Band
    results: Results

    @property
    def attendance(self) -> Share:
        return Share(self.attended, self.expected)

    @property
    def commitment(self) -> Share:
        return Share(self.attended + self.excused, self.expected)

    @property
    def response(self) -> Share:
        """Return the share of the people asked who have answered the survey so far."""
        return Share(self.results.received, self.results.asked)


@dataclass(frozen=True)
class Question:
    """The results of one survey question, by workshop and overall."""

    text: str
    by_workshop: list[Item]
    overall: Item


@dataclass(frozen=True)
class Figures:
    """Every figure of a cohort's report."""

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
        """Return whether every workshop that is not cancelled has taken place."""
        return 0 < self.held == self.planned

    @property
    def workshops_to_complete(self) -> int:
        """Return the number of workshops that a person must attend for completion."""
        return completion_threshold(self.held)

    @cached_property
    def attendance(self) -> Share:
        return Share.pooled(one.attendance for one in self.workshops)

    @cached_property
    def commitment(self) -> Share:
        return Share.pooled(one.commitment for one in self.workshops)

    @cached_property
    def closed(self) -> list[WorkshopFigures]:
        """Return the figures of the workshops whose survey has closed."""
        return [one for one in self.workshops if one.results.is_closed]

    @cached_property
    def response(self) -> Share:
        """Return the response rate over all closed surveys.

        Leaves out open surveys, which people are still answering and which would lower the rate.
        """
        return Share.pooled(one.response for one in self.closed)

    @property
    def is_indicative(self) -> bool:
        """Return whether the response rate is too low for the answers to represent everybody."""
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
        """Return the workshops at which somebody expected has no mark on the register."""
        return [one for one in self.workshops if one.unmarked]

    @property
    def attendance_note(self) -> str:
        return _("%(count)d of %(of)d places") % vars(self.attendance)

    @property
    def completion_note(self) -> str:
        note = (
            _("%(count)d of %(of)d people at %(enough)d or more")
            if self.is_final
            else _("%(count)d of %(of)d people at %(enough)d or more, so far")
        )
        return note % (vars(self.completion) | {"enough": self.workshops_to_complete})

    @property
    def response_note(self) -> str:
        if not self.closed:
            return _("no survey has closed yet")
        note = (
            _("%(count)d of %(of)d asked; below 60%%, so indicative")
            if self.is_indicative
            else _("%(count)d of %(of)d asked")
        )
        return note % vars(self.response)

    @property
    def period(self) -> str:
        """Return the days of the first and the last workshop that took place; empty if none has."""
        starts = [one.workshop.starts_at for one in self.workshops if one.workshop.starts_at]
        days = sorted(dates.day_of(start, self.cohort.zone) for start in starts)
        return period_of(days[0], days[-1]) if days else ""


def period_of(first: date, last: date) -> str:
    """Return a period such as “10 September to 17 December 2026”.

    The first day has its own year only if the years differ.
    """
    # Translators: a date with its year, in the letters of Django's "date" template filter.
    with_year = pgettext("date format", "j F Y")
    end = format_date(last, with_year)
    if first == last:
        return end
    begin = dates.day_month(first) if first.year == last.year else format_date(first, with_year)
    return _("%(begin)s to %(end)s") % {"begin": begin, "end": end}


def figures_of(cohort: Cohort, moment: datetime, frozen: FrozenReport | None = None) -> Figures:
    """Return the cohort's figures as of `moment`.

    If a frozen report is given, the quotations are those of that report. The number of queries
    doesn't depend on the number of people.
    """
    workshops = counted_workshops(cohort)
    results = results_among(workshops, moment)
    held = [one.workshop for one in results]
    members = list(cohort.memberships.participating().select_related("organisation"))
    rolls = call_rolls(held, members)
    bands = bands_of(held)
    reach = reach_of(members, held)
    return Figures(
        cohort=cohort,
        moment=moment,
        workshops=[
            workshop_figures(roll, bands[roll.workshop.pk] if one.is_closed else PENDING, one)
            for roll, one in zip(rolls, results, strict=True)
        ],
        planned=sum(not workshop.is_cancelled for workshop in workshops),
        completion=completion(rolls),
        reach=reach,
        experiments=experiments_of(cohort),
        quotations=quotations_of(cohort, reach, frozen),
    )


def workshop_figures(roll: Roll, wrote: Band, results: Results) -> WorkshopFigures:
    return WorkshopFigures(
        workshop=roll.workshop,
        expected=len(roll.expected),
        attended=len(roll.attended),
        excused=len(roll.excused),
        unmarked=len(roll.expected - roll.marked),
        wrote=wrote,
        results=results,
    )
