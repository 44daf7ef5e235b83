"""A cohort's figures at one moment, for each workshop and overall. See docs/figures.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.dateformat import format as format_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cohorts.models import Cohort
from partnerships.models import Partnership
from partnerships.results import Started, started_of
from reflections.models import Quote
from relationships.results import Relationships, relationships_of
from reports.attendance import Roll, Share, call_rolls, completion, completion_threshold
from reports.editions import Edition, edition_of
from reports.experiments import Experiments, experiments_of
from reports.models import FrozenReport
from reports.quotes import quotes_of
from reports.reach import Reach, reach_in, reach_of
from reports.reflection_rate import PENDING, Band, bands_of
from surveys.before_after.results import BeforeAfter, before_after_of
from surveys.items import Item
from surveys.results import (
    INDICATIVE_BELOW,
    Results,
    counted_workshops,
    pooled,
    results_among,
)
from ui import dates
from ui.numbers import joined_by_and
from workshops.models import Workshop

# The attendance of a workshop without a register. It adds nothing to a pooled share.
UNKNOWN = Share(0, 0)


@dataclass(frozen=True)
class WorkshopFigures:
    """The figures of one workshop that has taken place.

    `expected`, `attended`, `excused` (see `Roll`) and `unmarked` (expected, but without a mark on
    the register) are numbers of people. If the register was not taken (`is_taken` is False), the
    workshop is left out of every rate of attendance, because attendance is unknown.
    """

    workshop: Workshop
    is_taken: bool
    expected: int
    attended: int
    excused: int
    unmarked: int
    wrote: Band
    results: Results

    @property
    def attendance(self) -> Share:
        return Share(self.attended, self.expected) if self.is_taken else UNKNOWN

    @property
    def commitment(self) -> Share:
        return Share(self.attended + self.excused, self.expected) if self.is_taken else UNKNOWN

    @property
    def response(self) -> Share:
        """Return the share of the people asked who have answered the survey so far."""
        return Share(self.results.received, self.results.asked)


@dataclass(frozen=True)
class Question:
    """The results of one survey question, by workshop and overall.

    A workshop's item is None if the survey of that workshop did not ask this question.
    """

    workshops: list[tuple[WorkshopFigures, Item | None]]
    overall: Item

    @property
    def text(self) -> str:
        return self.overall.text


@dataclass(frozen=True)
class Figures:
    """Every figure of a cohort's report."""

    cohort: Cohort
    moment: datetime
    workshops: list[WorkshopFigures]
    cancelled: list[Workshop]
    planned: int
    completion: Share
    reach: Reach
    experiments: Experiments
    quotes: list[str]
    before_after: BeforeAfter
    relationships: Relationships
    started: Started
    edition: Edition | None = None

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
        return completion_threshold(len(self.taken))

    @cached_property
    def taken(self) -> list[WorkshopFigures]:
        """Return the figures of the workshops with a register, which the rates are about."""
        return [one for one in self.workshops if one.is_taken]

    @property
    def not_taken(self) -> list[WorkshopFigures]:
        return [one for one in self.workshops if not one.is_taken]

    @property
    def coverage_note(self) -> str:
        """Return how many workshops the rates of attendance cover; empty if all of them."""
        if not self.not_taken:
            return ""
        return _("rate over %(taken)d of %(held)d workshops: the others have no register") % {
            "taken": len(self.taken),
            "held": self.held,
        }

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
        asked = pooled(one.results for one in self.workshops)
        to_ask = (question for question in self.cohort.questions if not question.is_text)
        return [
            Question([(one, one.results.item_of(item.question)) for one in self.workshops], item)
            for item in asked or map(Item, to_ask)
        ]

    @property
    def scale(self) -> Question | None:
        """Return the first question that is answered on a scale, whose answers get a chart."""
        return next((one for one in self.questions if one.overall.question.is_scale), None)

    @property
    def unmarked(self) -> list[WorkshopFigures]:
        """Return the workshops with a register on which somebody expected has no mark."""
        return [one for one in self.taken if one.unmarked]

    @property
    def attendance_note(self) -> str:
        return with_coverage(_("%(count)d of %(of)d places") % vars(self.attendance), self)

    @property
    def commitment_note(self) -> str:
        return with_coverage(_("came, or sent apologies first"), self)

    @property
    def completion_note(self) -> str:
        note = (
            _("%(count)d of %(of)d people at %(enough)d or more")
            if self.is_final
            else _("%(count)d of %(of)d people at %(enough)d or more, so far")
        )
        values = vars(self.completion) | {"enough": self.workshops_to_complete}
        return with_coverage(note % values, self)

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
    def cancelled_names(self) -> str:
        return joined_by_and([str(workshop) for workshop in self.cancelled])

    @property
    def period(self) -> str:
        """Return the days of the first and the last workshop that took place; empty if none has."""
        starts = [one.workshop.starts_at for one in self.workshops if one.workshop.starts_at]
        days = sorted(dates.day_of(start, self.cohort.zone) for start in starts)
        return period_of(days[0], days[-1]) if days else ""


def with_coverage(note: str, figures: Figures) -> str:
    """Return the note of a rate of attendance, with the workshops that it covers if not all."""
    coverage = figures.coverage_note
    if not coverage:
        return note
    return _("%(note)s; %(coverage)s") % {"note": note, "coverage": coverage}


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

    If a frozen report is given, the quotes and the reach are those of that report. The number of
    queries doesn't depend on the number of people.
    """
    workshops = counted_workshops(cohort)
    results = results_among(workshops, moment)
    held = [one.workshop for one in results]
    members: list[Any] = list(
        cohort.memberships.participating()
        .select_related("organisation")
        .annotate(
            has_work=Exists(Partnership.objects.filter(cohort=OuterRef("cohort"))),
            has_quotes=Exists(Quote.objects.chosen().filter(cohort=OuterRef("cohort"))),
        )
    )
    rolls = call_rolls(held, members)
    bands = bands_of(held)
    planned = [workshop for workshop in workshops if not workshop.is_cancelled]
    reach = (
        reach_in(frozen.values) if frozen and frozen.values else reach_of(members, planned, moment)
    )
    return Figures(
        cohort=cohort,
        moment=moment,
        workshops=[
            workshop_figures(roll, bands[roll.workshop.pk] if one.is_closed else PENDING, one)
            for roll, one in zip(rolls, results, strict=True)
        ],
        cancelled=[workshop for workshop in workshops if workshop.is_cancelled],
        planned=len(planned),
        completion=completion(rolls),
        reach=reach,
        experiments=experiments_of(cohort),
        # A cohort in which nobody has offered a quote or started work needs no query for them.
        quotes=quotes_of(cohort, reach, frozen)
        if frozen or not members or members[0].has_quotes
        else [],
        before_after=before_after_of(cohort, moment),
        relationships=relationships_of(cohort, moment),
        started=started_of(cohort, moment)
        if not members or members[0].has_work
        else Started(is_on=cohort.uses_partnerships),
        edition=edition_of(frozen) if frozen else None,
    )


def workshop_figures(roll: Roll, wrote: Band, results: Results) -> WorkshopFigures:
    return WorkshopFigures(
        workshop=roll.workshop,
        is_taken=roll.is_taken,
        expected=len(roll.expected),
        attended=len(roll.attended),
        excused=len(roll.excused),
        unmarked=len(roll.expected - roll.marked),
        wrote=wrote,
        results=results,
    )
