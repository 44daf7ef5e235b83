"""The report as rows, for its CSV, its spreadsheet and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Sector
from reports.attendance import Share
from reports.change_rows import change_rows
from reports.figures import Figures, WorkshopFigures, with_coverage
from reports.partnership_rows import partnership_rows
from reports.question_rows import item_rows, why_hidden
from reports.reflection_rate import Band
from reports.relationship_rows import relationship_rows
from reports.row import (
    Row,
    hidden,
    not_taken,
    share,
)
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.results import Results
from ui import dates

# The keys of rows about the report itself, which differ between two versions with equal figures.
NOT_COMPARED = ("cohort.as-of", "cohort.edition")


def values_of(figures: Figures) -> dict[str, list[Any]]:
    """Return a dict that maps each figure's key to its `plain_values`, except NOT_COMPARED."""
    return {row.key: row.plain_values for row in rows_of(figures) if row.key not in NOT_COMPARED}


def rows_of(figures: Figures) -> Iterator[Row]:
    """Yield a row for each figure on the page: the cohort's, and then those of each workshop."""
    yield from cohort_rows(figures)
    yield from attendance_rows(figures)
    yield from reach_rows(figures)
    yield from answer_rows(figures)
    yield from experiment_rows(figures)
    yield from change_rows(figures.before_after)
    yield from relationship_rows(figures.relationships)
    yield from partnership_rows(figures.started)
    for number, words in enumerate(figures.quotes, 1):
        yield Row(
            f"quotation.{number}",
            _("In their own words"),
            _("Quote %(number)d") % {"number": number},
            words,
            note=_("offered by a participant for this report"),
        )
    for one in figures.workshops:
        yield from workshop_rows(one, figures)


def cohort_rows(figures: Figures) -> Iterator[Row]:
    cohort, part = figures.cohort, _("Cohort")
    yield Row("cohort.name", part, _("Name"), cohort.name)
    yield Row("cohort.programme", part, _("Programme"), cohort.programme_name)
    yield Row("cohort.place", part, _("Place"), cohort.place)
    as_of = dates.day_of(figures.moment, cohort.zone)
    yield Row("cohort.as-of", part, _("Figures as of"), as_of)
    if figures.edition:
        yield Row("cohort.edition", part, _("Report"), str(figures.edition))
    yield Row(
        "cohort.workshops-held",
        part,
        _("Workshops that took place"),
        figures.held,
        of=figures.planned,
        note=_("not counting cancelled workshops"),
    )
    yield Row(
        "cohort.registers-taken",
        part,
        _("Workshops with a register"),
        len(figures.taken),
        of=figures.held,
        note=_("only these are in the rates of attendance, commitment and completion"),
    )
    for workshop in figures.cancelled:
        yield Row(
            f"workshop-{workshop.position}.cancelled",
            part,
            _("Cancelled workshop"),
            _("cancelled"),
            note=_("in no figure"),
            workshop=str(workshop),
            band=Band(),
        )


def attendance_rows(figures: Figures) -> Iterator[Row]:
    part = _("Attendance")
    yield share(
        "attendance",
        part,
        _("Attendance"),
        figures.attendance,
        with_coverage(_("attended, of those expected"), figures),
    )
    yield share(
        "commitment",
        part,
        _("Commitment"),
        figures.commitment,
        with_coverage(_("attended or sent apologies before it began"), figures),
    )
    note = (
        _("at %(enough)d or more of %(held)d, of people at one at least")
        if figures.is_final
        else _("at %(enough)d or more of %(held)d, of people at one at least, so far")
    )
    yield share(
        "completion",
        part,
        _("Completion"),
        figures.completion,
        with_coverage(
            note % {"enough": figures.workshops_to_complete, "held": len(figures.taken)}, figures
        ),
    )


def reach_rows(figures: Figures) -> Iterator[Row]:
    reach, part = figures.reach, _("Reach")
    if not reach.is_shown:
        note = ngettext("shown from %(count)d person", "shown from %(count)d people", MINIMUM)
        why = note % {"count": MINIMUM}
        yield hidden("reach.people", part, _("People"), why, {})
        yield hidden("reach.organisations", part, _("Organisations"), why, {})
        yield hidden("reach.sectors", part, _("Sectors"), why, {})
        return
    yield Row(
        "reach.people",
        part,
        _("People"),
        reach.people,
        note=_("enrolled, and not withdrawn before the first workshop"),
    )
    yield Row("reach.organisations", part, _("Organisations"), reach.organisations)
    for sector, people in reach.sectors:
        yield share(
            f"reach.sector.{sector.value}",
            part,
            _("Sector: %(sector)s") % {"sector": sector.label},
            Share(people, reach.people),
            _("with the sectors of fewer than %(minimum)d people") % {"minimum": MINIMUM}
            if sector == Sector.OTHER
            else "",
        )


def answer_rows(figures: Figures) -> Iterator[Row]:
    note = (
        _("answers of people asked, over closed surveys; indicative")
        if figures.is_indicative
        else _("answers of people asked, over closed surveys")
    )
    yield share("response", _("Feedback"), _("Response rate"), figures.response, note)
    why = _("no closed survey with %(minimum)d answers") % {"minimum": EXACT_MINIMUM}
    for number, question in enumerate(figures.questions, 1):
        yield from item_rows(f"question-{number}", question.overall, why)


def experiment_rows(figures: Figures) -> Iterator[Row]:
    tried, part = figures.experiments, _("Experiments")
    if not tried.is_shown:
        why = _("shown once %(minimum)d people have started one") % {"minimum": MINIMUM}
        yield hidden("experiments.started", part, _("Started"), why, {})
        yield hidden("experiments.learning", part, _("With learning written down"), why, {})
        return
    yield Row(
        "experiments.started",
        part,
        _("Started"),
        tried.started,
        note=_("things that people said they would try"),
    )
    yield share(
        "experiments.learning",
        part,
        _("With learning written down"),
        tried.learning,
        _("of those started"),
    )


def workshop_rows(one: WorkshopFigures, figures: Figures) -> Iterator[Row]:
    held_on = one.workshop.starts_at and dates.day_of(one.workshop.starts_at, figures.cohort.zone)
    where: dict[str, Any] = {"workshop": str(one.workshop), "held_on": held_on}
    prefix = f"workshop-{one.workshop.position}"
    yield from register_rows(prefix, one, where)
    yield Row(
        f"{prefix}.reflections",
        _("Reflection"),
        _("People who wrote"),
        str(one.wrote),
        note=_("as a part of those who attended"),
        band=one.wrote,
        **where,
    )
    yield share(
        f"{prefix}.response",
        _("Feedback"),
        _("Response rate"),
        one.response,
        response_note(one.results),
        **where,
    )
    for number, item in enumerate(one.results.items, 1):
        yield from item_rows(f"{prefix}.question-{number}", item, why_hidden(one.results), **where)


def register_rows(prefix: str, one: WorkshopFigures, where: Mapping[str, Any]) -> Iterator[Row]:
    part, attendance, commitment = _("Attendance"), _("Attendance"), _("Commitment")
    unmarked = _("No mark on the register")
    if not one.is_taken:
        for name, figure in (
            ("attendance", attendance),
            ("commitment", commitment),
            ("unmarked", unmarked),
        ):
            yield not_taken(f"{prefix}.{name}", part, figure, where)
        return
    note = _("attended, of those expected")
    yield share(f"{prefix}.attendance", part, attendance, one.attendance, note, **where)
    note = _("attended or sent apologies before it began")
    yield share(f"{prefix}.commitment", part, commitment, one.commitment, note, **where)
    note = _("counted as not attended") if one.unmarked else ""
    yield Row(
        f"{prefix}.unmarked", part, unmarked, one.unmarked, of=one.expected, note=note, **where
    )


def response_note(results: Results) -> str:
    if results.is_pending:
        return _("the survey has closed; its results follow within a few minutes")
    if not results.is_closed:
        return _("so far: the survey is open")
    return _("indicative") if results.is_indicative else ""
