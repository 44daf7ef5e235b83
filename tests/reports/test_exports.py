"""The report's CSV and spreadsheet: the numbers of test_figures.py, and no formulas from names."""

from __future__ import annotations

import csv
import io
import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

import openpyxl
import pytest

from cohorts.models import Cohort, Organisation
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.row import HEADINGS
from reports.rows import rows_of
from tests.reports.hand_worked import FINISHED, STARTS, HandWorked

pytestmark = pytest.mark.either

# The key of a row is its part, workshop and figure; the value is its columns value, count and of.
# The sums are in test_figures.py. Shares are fractions of 1 with four decimal places.
EXPECTED: dict[tuple[str, str, str], tuple[Any, Any, Any]] = {
    ("Cohort", "All workshops", "Name"): ("North East, spring 2027", None, None),
    ("Cohort", "All workshops", "Programme"): ("Leading Change Together", None, None),
    ("Cohort", "All workshops", "Place"): ("North East", None, None),
    ("Cohort", "All workshops", "Figures as of"): (date(2026, 12, 31), None, None),
    ("Cohort", "All workshops", "Workshops that took place"): (5, None, 5),
    ("Attendance", "All workshops", "Attendance"): (0.8235, 56, 68),
    ("Attendance", "All workshops", "Commitment"): (0.8676, 59, 68),
    ("Attendance", "All workshops", "Completion"): (0.7143, 10, 14),
    ("Reach", "All workshops", "People"): (15, None, None),
    ("Reach", "All workshops", "Organisations"): (8, None, None),
    ("Reach", "All workshops", "Sector: Public"): (0.4667, 7, 15),
    ("Reach", "All workshops", "Sector: Other"): (0.5333, 8, 15),
    ("Feedback", "All workshops", "Response rate"): (0.5, 23, 46),
    ("Feedback", "All workshops", "I could speak openly: mean"): (3.9, None, 8),
    ("Feedback", "All workshops", "I could speak openly: answered 4 or 5"): (0.625, 5, 8),
    ("Feedback", "All workshops", "I met a perspective that was new to me: mean"): (4, None, 8),
    ("Feedback", "All workshops", "The half day was worth my time: mean"): (5, None, 8),
    ("Feedback", "All workshops", "I could speak openly: answered 3"): (0.25, 2, 8),
    ("Experiments", "All workshops", "Started"): ("not shown", None, None),
    ("Experiments", "All workshops", "With learning written down"): ("not shown", None, None),
    ("Attendance", "1. Who leads here?", "Attendance"): (0.9286, 13, 14),
    ("Attendance", "2. Seeing the whole", "Commitment"): (0.9231, 12, 13),
    ("Attendance", "6. What next, together", "No mark on the register"): (1, None, 14),
    ("Reflection", "5. Try, learn, be wrong", "People who wrote"): (
        "three quarters or more",
        None,
        None,
    ),
    ("Feedback", "1. Who leads here?", "I could speak openly: mean"): (3.9, None, 8),
    ("Feedback", "1. Who leads here?", "I could speak openly: answered 1"): (0, 0, 8),
    ("Feedback", "1. Who leads here?", "I could speak openly: answered 5"): (0.375, 3, 8),
    ("Feedback", "2. Seeing the whole", "I could speak openly: mean"): (3.5, None, None),
    ("Feedback", "2. Seeing the whole", "I could speak openly: answered 4 or 5"): (
        "not shown",
        None,
        None,
    ),
    ("Cohort", "All workshops", "Workshops with a register"): (5, None, 5),
    ("Cohort", "4. Power, privilege and prejudice", "Cancelled workshop"): (
        "cancelled",
        None,
        None,
    ),
    ("Feedback", "3. Trust under strain", "Response rate"): (0.4, 4, 10),
    ("Feedback", "3. Trust under strain", "I could speak openly: mean"): ("not shown", None, None),
    ("Feedback", "5. Try, learn, be wrong", "The half day was worth my time: mean"): (
        "not shown",
        None,
        None,
    ),
    ("Feedback", "6. What next, together", "Response rate"): (0.6364, 7, 11),
    ("Feedback", "6. What next, together", "I could speak openly: mean"): ("not shown", None, None),
}
NOT_THERE = {
    ("Attendance", "4. Power, privilege and prejudice", "Attendance"),
    ("Feedback", "2. Seeing the whole", "I could speak openly: answered 5"),
    ("Feedback", "3. Trust under strain", "I could speak openly: answered 5"),
    ("Feedback", "6. What next, together", "I could speak openly: answered 5"),
}


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def read_xlsx(content: bytes) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Report"]
    return list(book["Report"].iter_rows(values_only=True))


def found(rows: list[Any]) -> dict[tuple[str, str, str], tuple[Any, Any, Any]]:
    """Return a dict that maps the (part, workshop, figure) of each row to its (value, count, of).

    Assert that no key occurs twice.
    """
    assert tuple(rows[0]) == HEADINGS
    by_name = {(row[0], row[1], row[3]): (row[4], row[5], row[6]) for row in rows[1:]}
    assert len(by_name) == len(rows) - 1
    return by_name


@pytest.fixture
def figures(hand_worked: HandWorked) -> Figures:
    return figures_of(hand_worked.cohort, FINISHED)


def test_xlsx_contains_the_figures_as_numbers(figures: Figures) -> None:
    rows = found(read_xlsx(as_xlsx(figures)))
    dated = {name: tuple(day(cell) for cell in cells) for name, cells in rows.items()}
    assert {name: dated[name] for name in EXPECTED} == EXPECTED
    assert NOT_THERE.isdisjoint(rows)
    assert {type(cell) for cells in rows.values() for cell in cells[1:]} == {int, type(None)}


def day(cell: Any) -> Any:
    return cell.date() if isinstance(cell, datetime) else cell


def test_each_figure_is_worked_out_by_hand(figures: Figures) -> None:
    """Other modules of tests work out what a cohort can switch off."""
    elsewhere = ("change.", "relationships.", "started.")
    rows = [row for row in rows_of(figures) if not row.key.startswith(elsewhere)]
    worked_out = [row for row in rows if (row.part, row.cells[1], row.figure) in EXPECTED]
    assert {kind(row.key) for row in rows} == {kind(row.key) for row in worked_out}


def kind(key: str) -> str:
    """Return the key without the numbers of workshops and questions."""
    return re.sub(r"-\d+", "", key)


def test_csv_and_xlsx_contain_the_same_rows(figures: Figures) -> None:
    in_csv, in_xlsx = read_csv(as_csv(figures)), read_xlsx(as_xlsx(figures))
    assert [[typed(cell) for cell in row] for row in in_csv] == [
        [day(cell) for cell in row] for row in in_xlsx
    ]


def typed(text: str) -> Any:
    """Return the value in a CSV cell: a number, a date or text; None if the cell is empty."""
    for read in (float, date.fromisoformat):
        with suppress(ValueError):
            return read(text)
    return text or None


def test_csv_contains_the_figures(figures: Figures) -> None:
    rows = found(read_csv(as_csv(figures)))
    assert rows["Attendance", "All workshops", "Attendance"] == ("0.8235", "56", "68")
    assert rows["Feedback", "3. Trust under strain", "I could speak openly: mean"] == (
        "not shown",
        "",
        "",
    )
    assert NOT_THERE.isdisjoint(rows)


def test_rows_give_dates_and_reasons_for_hidden_figures(figures: Figures) -> None:
    notes = {(row[1], row[3]): (row[2], row[7]) for row in read_csv(as_csv(figures))}
    mean = "I could speak openly: mean"
    assert notes["3. Trust under strain", mean] == ("2026-10-22", "fewer than 5 answers")
    assert notes["6. What next, together", mean] == ("2026-12-24", "the survey is open")
    assert notes["6. What next, together", "Response rate"][1] == "so far: the survey is open"
    assert notes["2. Seeing the whole", "Response rate"][1] == "indicative"


def test_rows_say_that_results_follow_between_closing_and_release(
    hand_worked: HandWorked,
) -> None:
    closing = FINISHED + timedelta(days=7)
    rows = read_csv(as_csv(figures_of(hand_worked.cohort, closing)))
    notes = {(row[1], row[3]): row[7] for row in rows}
    sixth = "6. What next, together"
    assert notes[sixth, "I could speak openly: mean"] == "results follow within a few minutes"
    assert notes[sixth, "Response rate"] == (
        "the survey has closed; its results follow within a few minutes"
    )


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("https://example.org","Open")', "+44 cohort", "@SUM(A1)", "-1+1"]
)
def test_names_that_look_like_formulas_are_escaped(hand_worked: HandWorked, name: str) -> None:
    Cohort.objects.filter(pk=hand_worked.cohort.pk).update(name=name, place=name)
    Organisation.objects.filter(name="Tynewick Council").update(name=name)
    hand_worked.cohort.refresh_from_db()
    figures = figures_of(hand_worked.cohort, FINISHED)
    assert read_csv(as_csv(figures))[1][4] == f"'{name}"
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(figures)))["Report"]
    cell = sheet.cell(2, 5)
    assert (cell.value, cell.data_type, cell.hyperlink) == (name, "s", None)
    assert {one.data_type for row in sheet.iter_rows() for one in row} == {"s", "n", "d"}


def test_reach_of_few_people_is_hidden_in_files(cohort: Cohort, participant: object) -> None:
    rows = found(read_csv(as_csv(figures_of(cohort, FINISHED))))
    assert rows["Reach", "All workshops", "People"] == ("not shown", "", "")
    assert rows["Reach", "All workshops", "Organisations"] == ("not shown", "", "")
    assert rows["Reach", "All workshops", "Sectors"] == ("not shown", "", "")


def test_files_before_the_first_workshop_have_no_rates(hand_worked: HandWorked) -> None:
    figures = figures_of(hand_worked.cohort, STARTS[0])
    assert found(read_csv(as_csv(figures)))["Attendance", "All workshops", "Attendance"] == (
        "",
        "0",
        "0",
    )
    assert found(read_xlsx(as_xlsx(figures)))["Attendance", "All workshops", "Attendance"] == (
        None,
        0,
        0,
    )
