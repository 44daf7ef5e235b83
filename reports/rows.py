"""The report as rows, for its CSV, its spreadsheet and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reports.attendance import Share
from reports.figures import Figures, WorkshopFigures
from reports.reflection_rate import Band
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.results import Item, Results
from ui import dates

Value = int | float | str | date | None

HEADINGS = (
    gettext_lazy("Part"),
    gettext_lazy("Workshop"),
    gettext_lazy("Held on"),
    gettext_lazy("Figure"),
    gettext_lazy("Value"),
    gettext_lazy("Count"),
    gettext_lazy("Of"),
    gettext_lazy("Note"),
)
VALUE_COLUMN = 4
# Number formats of the spreadsheet. They round only the display: the cells contain exact values.
PERCENT, ONE_DECIMAL = "0%", "0.0"
# The means that a rounded mean at either limit may stand for.
ROUNDED_BANDS = {1.5: Band(1.0, 1.5), 4.5: Band(4.5, 5.0)}


@dataclass(frozen=True)
class Row:
    """A figure of the report: its value, and the numerator (`count`) and denominator (`of`).

    The key identifies the figure in every language and version, so never change a key. `band` is
    set if the value is the text of a band, or says that the figure is not shown.
    """

    key: str
    part: str
    figure: str
    value: Value
    count: int | None = None
    of: int | None = None
    note: str = ""
    workshop: str = ""
    held_on: date | None = None
    number_format: str = ""
    band: Band | None = None

    @property
    def cells(self) -> tuple[Value, ...]:
        """Return the cells in the order of HEADINGS."""
        return (
            self.part,
            self.workshop or _("All workshops"),
            self.held_on,
            self.figure,
            self.value,
            self.count,
            self.of,
            self.note,
        )

    @property
    def plain_values(self) -> list[Any]:
        """Return the value, numerator and denominator for JSON, independent of the language.

        A band's value is the list of its two bounds.
        """
        value = [self.band.low, self.band.high] if self.band else self.value
        if isinstance(value, date):
            value = value.isoformat()
        return [value, self.count, self.of]


def values_of(figures: Figures) -> dict[str, list[Any]]:
    """Return a dict that maps each figure's key to its `plain_values`, except “cohort.as-of”."""
    return {row.key: row.plain_values for row in rows_of(figures) if row.key != "cohort.as-of"}


def rows_of(figures: Figures) -> Iterator[Row]:
    """Yield a row for each figure on the page: the cohort's, and then those of each workshop."""
    yield from cohort_rows(figures)
    yield from attendance_rows(figures)
    yield from reach_rows(figures)
    yield from answer_rows(figures)
    yield from experiment_rows(figures)
    for number, words in enumerate(figures.quotations, 1):
        yield Row(
            f"quotation.{number}",
            _("In their own words"),
            _("Quotation %(number)d") % {"number": number},
            words,
            note=_("offered by a participant for this report"),
        )
    for one in figures.workshops:
        yield from workshop_rows(one, figures)


def share(key: str, part: str, figure: str, made_from: Share, note: str = "", **where: Any) -> Row:
    rate = None if made_from.rate is None else round(made_from.rate, 4)
    return Row(
        key, part, figure, rate, made_from.count, made_from.of, note, number_format=PERCENT, **where
    )


def hidden(key: str, part: str, figure: str, note: str, where: Mapping[str, Any]) -> Row:
    """Return the row of a figure that may not be shown. `note` gives the reason."""
    return Row(key, part, figure, _("not shown"), note=note, band=Band(), **where)


def cohort_rows(figures: Figures) -> Iterator[Row]:
    cohort, part = figures.cohort, _("Cohort")
    yield Row("cohort.name", part, _("Name"), cohort.name)
    yield Row("cohort.programme", part, _("Programme"), cohort.programme.name)
    yield Row("cohort.place", part, _("Place"), cohort.place)
    as_of = dates.day_of(figures.moment, cohort.zone)
    yield Row("cohort.as-of", part, _("Figures as of"), as_of)
    yield Row(
        "cohort.workshops-held",
        part,
        _("Workshops held"),
        figures.held,
        of=figures.planned,
        note=_("cancelled ones left out"),
    )


def attendance_rows(figures: Figures) -> Iterator[Row]:
    part = _("Attendance")
    yield share(
        "attendance",
        part,
        _("Attendance"),
        figures.attendance,
        _("attended, of those expected"),
    )
    yield share(
        "commitment",
        part,
        _("Commitment"),
        figures.commitment,
        _("attended or sent apologies before it began"),
    )
    note = (
        _("at %(enough)d or more of %(held)d held, of people at one at least")
        if figures.is_final
        else _("at %(enough)d or more of %(held)d held, of people at one at least, so far")
    )
    yield share(
        "completion",
        part,
        _("Completion"),
        figures.completion,
        note % {"enough": figures.workshops_to_complete, "held": figures.held},
    )


def reach_rows(figures: Figures) -> Iterator[Row]:
    reach, part = figures.reach, _("Reach")
    if not reach.is_shown:
        note = ngettext("shown from %(count)d person", "shown from %(count)d people", MINIMUM)
        yield hidden("reach.people", part, _("People"), note % {"count": MINIMUM}, {})
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
    prefix, part = f"workshop-{one.workshop.position}", _("Attendance")
    yield share(
        f"{prefix}.attendance",
        part,
        _("Attendance"),
        one.attendance,
        _("attended, of those expected"),
        **where,
    )
    yield share(
        f"{prefix}.commitment",
        part,
        _("Commitment"),
        one.commitment,
        _("attended or sent apologies before it began"),
        **where,
    )
    yield Row(
        f"{prefix}.unmarked",
        part,
        _("No mark on the register"),
        one.unmarked,
        of=one.expected,
        **where,
    )
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


def response_note(results: Results) -> str:
    if results.is_pending:
        return _("the survey has closed; its results follow within a few minutes")
    if not results.is_closed:
        return _("so far: the survey is open")
    return _("indicative") if results.is_indicative else ""


def why_hidden(results: Results) -> str:
    if results.is_closed:
        return _("fewer than %(minimum)d answers") % {"minimum": MINIMUM}
    if results.is_pending:
        return _("results follow within a few minutes")
    return _("the survey is open")


def item_rows(key: str, item: Item, why: str, **where: Any) -> Iterator[Row]:
    """Yield the rows of a question: the mean, the share of answers 4 and 5, and that of each point.

    Without exact figures, yields only the row of the mean: rounded, or with the reason `why` it is
    hidden.
    """
    part, question = _("Feedback"), {"question": item.question}
    mean = _("%(question)s: mean") % question
    if item.rounded is not None:
        yield rounded_row(f"{key}.mean", part, mean, item.rounded, item.average, where)
        return
    if item.n is None or item.favourable is None:
        yield hidden(f"{key}.mean", part, mean, why, where)
        return
    yield Row(
        f"{key}.mean",
        part,
        mean,
        item.mean,
        of=item.n,
        note=_("from 1 to 5"),
        number_format=ONE_DECIMAL,
        **where,
    )
    yield share(
        f"{key}.favourable",
        part,
        _("%(question)s: answered 4 or 5") % question,
        Share(item.favourable, item.n),
        **where,
    )
    for point, chosen in enumerate(item.distribution or (), 1):
        yield share(
            f"{key}.answered-{point}",
            part,
            _("%(question)s: answered %(point)d") % (question | {"point": point}),
            Share(chosen, item.n),
            **where,
        )


def rounded_row(
    key: str, part: str, figure: str, rounded: float, average: str, where: Mapping[str, Any]
) -> Row:
    """Return the row of a rounded mean. Its text `average` is its value if the mean is a band."""
    note = _("from 1 to 5, to the nearest half: fewer than %(number)d answered") % {
        "number": EXACT_MINIMUM
    }
    if band := ROUNDED_BANDS.get(rounded):
        return Row(key, part, figure, average, note=note, band=band, **where)
    return Row(key, part, figure, rounded, note=note, number_format=ONE_DECIMAL, **where)
