"""The report as rows, the same for its CSV, its spreadsheet and the command line."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlsxwriter
from django.utils.text import slugify

from cohorts.spreadsheets import csv_rows
from reports.figures import Figures, Share, WorkshopFigures
from surveys.disclosure import MINIMUM
from surveys.results import Results
from ui import dates

Row = tuple[str, str, str, float | int | str, int | str, str]

HEADINGS = ("Part", "Workshop", "Figure", "Value", "Out of", "Note")
NOT_SHOWN = "not shown"


def rows_of(figures: Figures) -> Iterator[Row]:
    """The headings' row excepted. Shares are fractions of 1, means go from 1 to 5."""
    cohort = figures.cohort
    yield ("Cohort", "", "Name", cohort.name, "", cohort.programme.name)
    yield ("Cohort", "", "Workshops held", figures.held, figures.planned, "")
    yield ("Cohort", "", "Enrolled", figures.enrolled, "", "not withdrawn before the first workshop")
    yield share("Attendance", "", "Attendance", figures.attendance, "attended of expected")
    yield share("Attendance", "", "Commitment", figures.commitment, "attended, or sent apologies before it began")
    yield share(
        "Attendance",
        "",
        "Completion",
        figures.completed,
        f"at {figures.enough} or more of {figures.held}" + ("" if figures.is_final else ", so far"),
    )
    yield from reach_rows(figures)
    yield share("Feedback", "", "Response rate", figures.response, "answers of people marked as attending")
    for one in figures.workshops:
        yield from workshop_rows(one)


def share(part: str, workshop: str, name: str, figure: Share, note: str) -> Row:
    rate = round(figure.rate, 4) if figure.rate is not None else ""
    return (part, workshop, name, rate, figure.of, f"{figure.count}: {note}")


def reach_rows(figures: Figures) -> Iterator[Row]:
    reach = figures.reach
    if not reach.is_shown:
        yield ("Reach", "", "People", NOT_SHOWN, "", f"shown from {MINIMUM} people")
        return
    yield ("Reach", "", "People", reach.people, "", "")
    yield ("Reach", "", "Organisations", reach.organisations, "", "")
    for sector, people in reach.sectors.items():
        yield ("Reach", "", f"Sector: {sector}", people, reach.people, "")


def workshop_rows(one: WorkshopFigures) -> Iterator[Row]:
    title = str(one.workshop)
    yield share("Attendance", title, "Attendance", one.attendance, "attended of expected")
    yield share("Attendance", title, "Commitment", one.commitment, "attended or excused, of expected")
    yield ("Reflection", title, "People who wrote", one.practice, "", "as a part of those who attended")
    if one.results:
        yield from feedback_rows(title, one.results)


def feedback_rows(title: str, results: Results) -> Iterator[Row]:
    note = "indicative: fewer than 60% answered" if results.is_indicative else ""
    yield share("Feedback", title, "Response rate", Share(results.received, results.asked), note)
    for item in results.items:
        yield (
            "Feedback",
            title,
            f"{item.question}: mean",
            NOT_SHOWN if item.mean is None else item.mean,
            "" if item.n is None else item.n,
            "1 to 5",
        )
        if item.share is not None and item.n is not None:
            yield ("Feedback", title, f"{item.question}: answered 4 or 5", round(item.share, 4), item.n, "")


def as_csv(figures: Figures) -> str:
    return "".join(csv_rows([HEADINGS, *rows_of(figures)]))


def as_xlsx(figures: Figures) -> bytes:
    """One sheet; no cell is a formula or a link, whatever a name begins with."""
    buffer = io.BytesIO()
    options: dict[str, Any] = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Report")
        bold = book.add_format({"bold": True})
        sheet.write_row(0, 0, HEADINGS, bold)
        for number, row in enumerate(rows_of(figures), 1):
            sheet.write_row(number, 0, row)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 12)
        sheet.set_column(1, 2, 40)
        sheet.set_column(3, 4, 12)
        sheet.set_column(5, 5, 48)
    return buffer.getvalue()


def file_name(figures: Figures, extension: str) -> str:
    return f"{slugify(figures.cohort.name)}-report-{dates.local(figures.moment, figures.cohort.zone):%Y-%m-%d}.{extension}"
