"""The report as rows: the same for its CSV, its spreadsheet and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from reports.attendance import Share
from reports.figures import Figures, WorkshopFigures
from surveys.disclosure import MINIMUM
from surveys.results import Item, Results
from ui import dates

Value = int | float | str | date | None

HEADINGS = ("Part", "Workshop", "Held on", "Figure", "Value", "Count", "Of", "Note")
NOT_SHOWN = "not shown"
ALL = "All workshops"
# How a spreadsheet shows a value, which itself stays exact.
PERCENT, ONE_DECIMAL = "0%", "0.0"


@dataclass(frozen=True)
class Row:
    """One figure; `value` is what it comes to, `count` and `of` are what it was made from."""

    part: str
    figure: str
    value: Value
    count: int | None = None
    of: int | None = None
    note: str = ""
    workshop: str = ALL
    held_on: date | None = None
    number_format: str = ""

    @property
    def cells(self) -> tuple[Value, ...]:
        """In the order of HEADINGS."""
        return (
            self.part,
            self.workshop,
            self.held_on,
            self.figure,
            self.value,
            self.count,
            self.of,
            self.note,
        )


def rows_of(figures: Figures) -> Iterator[Row]:
    """Everything that the page shows, from the whole to its parts."""
    yield from cohort_rows(figures)
    yield from attendance_rows(figures)
    yield from reach_rows(figures)
    yield from answer_rows(figures)
    yield from experiment_rows(figures)
    for number, words in enumerate(figures.quotations, 1):
        yield Row(
            "In their own words",
            f"Quotation {number}",
            words,
            note="offered by a participant for this report",
        )
    for one in figures.workshops:
        yield from workshop_rows(one, figures)


def share(part: str, figure: str, made_from: Share, note: str = "", **where: Any) -> Row:
    rate = None if made_from.rate is None else round(made_from.rate, 4)
    return Row(
        part, figure, rate, made_from.count, made_from.of, note, number_format=PERCENT, **where
    )


def cohort_rows(figures: Figures) -> Iterator[Row]:
    cohort = figures.cohort
    yield Row("Cohort", "Name", cohort.name)
    yield Row("Cohort", "Programme", cohort.programme.name)
    yield Row("Cohort", "Place", cohort.place)
    yield Row("Cohort", "Figures as of", dates.day_of(figures.moment, cohort.zone))
    yield Row(
        "Cohort", "Workshops held", figures.held, of=figures.planned, note="cancelled ones left out"
    )


def attendance_rows(figures: Figures) -> Iterator[Row]:
    so_far = "" if figures.is_final else ", so far"
    yield share("Attendance", "Attendance", figures.attendance, "attended, of those expected")
    yield share(
        "Attendance", "Commitment", figures.commitment, "attended or sent apologies before it began"
    )
    enough = (
        f"at {figures.enough} or more of {figures.held} held, of people at one at least{so_far}"
    )
    yield share("Attendance", "Completion", figures.completion, enough)


def reach_rows(figures: Figures) -> Iterator[Row]:
    reach = figures.reach
    if not reach.is_shown:
        yield Row("Reach", "People", NOT_SHOWN, note=f"shown from {MINIMUM} people")
        return
    yield Row(
        "Reach",
        "People",
        reach.people,
        note="enrolled, and not withdrawn before the first workshop",
    )
    yield Row("Reach", "Organisations", reach.organisations)
    for sector, people in reach.sectors:
        yield share("Reach", f"Sector: {sector.label}", Share(people, reach.people))


def answer_rows(figures: Figures) -> Iterator[Row]:
    note = "answers of people asked, over closed surveys" + (
        "; indicative" if figures.is_indicative else ""
    )
    yield share("Feedback", "Response rate", figures.response, note)
    for question in figures.questions:
        yield from item_rows(question.overall, f"no closed survey with {MINIMUM} answers")


def experiment_rows(figures: Figures) -> Iterator[Row]:
    tried = figures.experiments
    if not tried.is_shown:
        yield Row(
            "Experiments",
            "Started",
            NOT_SHOWN,
            note=f"shown once {MINIMUM} people have started one",
        )
        return
    yield Row(
        "Experiments", "Started", tried.started, note="things that people said they would try"
    )
    yield share("Experiments", "With learning written down", tried.learning, "of those started")


def workshop_rows(one: WorkshopFigures, figures: Figures) -> Iterator[Row]:
    held_on = one.workshop.starts_at and dates.day_of(one.workshop.starts_at, figures.cohort.zone)
    where: dict[str, Any] = {"workshop": str(one.workshop), "held_on": held_on}
    yield share("Attendance", "Attendance", one.attendance, "attended, of those expected", **where)
    yield share(
        "Attendance",
        "Commitment",
        one.commitment,
        "attended or sent apologies before it began",
        **where,
    )
    yield Row("Attendance", "No mark on the register", one.unmarked, of=one.expected, **where)
    yield Row(
        "Reflection",
        "People who wrote",
        one.practice,
        note="as a part of those who attended",
        **where,
    )
    yield share("Feedback", "Response rate", one.response, response_note(one.results), **where)
    for item in one.results.items:
        yield from item_rows(item, why_hidden(one.results), **where)


def response_note(results: Results) -> str:
    if not results.is_closed:
        return "so far: the survey is open"
    return "indicative" if results.is_indicative else ""


def why_hidden(results: Results) -> str:
    return f"fewer than {MINIMUM} answers" if results.is_closed else "the survey is open"


def item_rows(item: Item, why: str, **where: Any) -> Iterator[Row]:
    """The mean, the share of 4 and 5, and how many chose each point, as far as each may be shown."""
    if item.n is None or item.favourable is None:
        yield Row("Feedback", f"{item.question}: mean", NOT_SHOWN, note=why, **where)
        return
    mean = f"{item.question}: mean"
    yield Row(
        "Feedback",
        mean,
        item.mean,
        of=item.n,
        note="from 1 to 5",
        number_format=ONE_DECIMAL,
        **where,
    )
    yield share(
        "Feedback", f"{item.question}: answered 4 or 5", Share(item.favourable, item.n), **where
    )
    for point, chosen in enumerate(item.distribution or (), 1):
        yield share(
            "Feedback", f"{item.question}: answered {point}", Share(chosen, item.n), **where
        )
