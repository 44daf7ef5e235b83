"""Tests of the rows about relationships, and that page, PDF and files agree on them."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from relationships.models import Occasion, Round, RoundFigures
from reports.downloads import as_document
from reports.exports import as_csv, as_xlsx
from reports.figures import figures_of
from reports.freezing import VALUES_VERSION, has_changed, why_cannot_freeze
from reports.models import FrozenReport
from reports.rows import rows_of, values_of
from surveys.release import release_due
from tests.relationships.closed import close_rounds, counts_of
from tests.reports.hand_worked import FINISHED, HandWorked

# After the hand-worked cohort's last survey has closed too.
CLOSED = FINISHED + timedelta(days=14)
END = ": after the last workshop"
START = ": before workshop 1"


def relationships(cohort: Cohort) -> dict[str, tuple[Any, ...]]:
    """Return the value, count, total and note of each row of this part, by its figure."""
    rows = [row.cells for row in rows_of(figures_of(cohort, CLOSED))]
    return {
        str(figure): (value, number, of, note)
        for part, _workshop, _day, figure, value, number, of, note in rows
        if part == "Relationships"
    }


def test_rows_have_each_figure_before_and_after(hand_worked: HandWorked) -> None:
    close_rounds(hand_worked.cohort, counts_of(3), at=CLOSED)
    found = {figure: row[:3] for figure, row in relationships(hand_worked.cohort).items()}
    turn_to = "People each can turn to in other organisations"
    across = "Pairs across sectors that help each other"
    cells = "Pairs that help each other: "
    assert {figure: row for figure, row in found.items() if not figure.startswith(cells)} == {
        f"Answered both times{END}": (1.0, 24, 24),
        f"{turn_to}{START}": (2.3333, None, 24),
        f"{turn_to}{END}": (9.5833, None, 24),
        f"Helping relationships{START}": (28, None, 276),
        f"Helping relationships{END}": (115, None, 276),
        f"New helping relationships{END}": (104, None, 276),
        f"Lost helping relationships{END}": (17, None, 276),
        f"Pairs across organisations that help each other{START}": (0.1014, 28, 276),
        f"Pairs across organisations that help each other{END}": (0.4167, 115, 276),
        f"Pairs that do something together{START}": (13, None, 276),
        f"Pairs that do something together{END}": (64, None, 276),
        f"{across}{START}": (0.0995, 19, 191),
        f"{across}{END}": (0.4136, 79, 191),
        f"People on the edge{END}": ("fewer than 5", None, 24),
    }
    assert {figure: row for figure, row in found.items() if "Public – " in figure} == {
        f"{cells}Public – Voluntary and community{START}": ("under 7%", None, 72),
        f"{cells}Public – Voluntary and community{END}": (0.4028, 29, 72),
        f"{cells}Public – Private{START}": (0.1587, 10, 63),
        f"{cells}Public – Private{END}": (0.4127, 26, 63),
    }
    assert relationships(hand_worked.cohort)[f"{cells}Within the private sector{START}"] == (
        "not shown",
        None,
        None,
        "the number could reveal what one person said",
    )


@pytest.mark.parametrize(
    ("silent", "value", "why"),
    [
        (5, 5.7895, "19 of 24 people answered both times. From 80%, all figures are shown;"),
        (9, None, "15 of 24 people answered both times. Figures are shown from 65%:"),
    ],
)
def test_hidden_figures_say_why(
    hand_worked: HandWorked, silent: int, value: float | None, why: str
) -> None:
    close_rounds(hand_worked.cohort, counts_of(3, silent=silent), at=CLOSED)
    found = relationships(hand_worked.cohort)
    turn_to = found.get(f"People each can turn to in other organisations{END}", (None,) * 4)
    assert (turn_to[0] is None) == (value is None)
    assert "indicative" in str(turn_to[3]) or value is None
    ((last, row),) = [(figure, row) for figure, row in found.items() if row[0] == "not shown"]
    assert row[3].startswith(why)
    assert last.endswith(END)


def test_page_pdf_csv_and_spreadsheet_agree(hand_worked: HandWorked, facilitator: User) -> None:
    cohort = hand_worked.cohort
    close_rounds(cohort, counts_of(3, silent=3), at=CLOSED)
    figures = figures_of(cohort, CLOSED)
    with time_machine.travel(CLOSED, tick=False):
        client = Client()
        client.force_login(facilitator)
        page = client.get(reverse("reports:report_detail", args=[cohort.public_id]))
    for text in (page.content.decode(), as_document(figures)):
        assert text.index("<b>16 → 86</b>") < text.index("attendance</span>")
        assert "<b>6% → 40%</b>" in text
        assert text.count('class="ribbon"') > 1
        assert "40%, and 6% before the first." in text
    rows = [list(row) for row in csv.reader(io.StringIO(as_csv(figures).decode("utf-8-sig")))]
    sheet = openpyxl.load_workbook(io.BytesIO(as_xlsx(figures))).worksheets[0]
    cells = [["" if cell is None else str(cell) for cell in row] for row in sheet.values]
    named = {row[3]: row[4:] for row in rows if row[0] == "Relationships"}
    assert named == {row[3]: row[4:] for row in cells if row[0] == "Relationships"}
    assert named[f"Helping relationships{START}"][0] == "16"
    assert named[f"Helping relationships{END}"][0] == "86"
    assert round(100 * float(named[f"Pairs across sectors that help each other{END}"][0])) == 40


def test_report_waits_for_the_round_after_the_last_workshop(hand_worked: HandWorked) -> None:
    cohort = hand_worked.cohort
    release_due(at=CLOSED)
    close_rounds(cohort, counts_of(3), at=CLOSED)
    assert why_cannot_freeze(figures_of(cohort, CLOSED)) == ""
    Round.objects.filter(occasion=Occasion.END).update(closed_at=None)
    assert "Who do you know here?" in why_cannot_freeze(figures_of(cohort, CLOSED))
    Round.objects.filter(occasion=Occasion.START).update(
        opened_at=None, closing_at=None, closed_at=None
    )
    assert why_cannot_freeze(figures_of(cohort, CLOSED)) == ""


def test_figures_of_a_frozen_report_stay(hand_worked: HandWorked) -> None:
    cohort = hand_worked.cohort
    close_rounds(cohort, counts_of(3), at=CLOSED)
    figures = figures_of(cohort, CLOSED)
    values = values_of(figures)
    frozen = FrozenReport(values=values, values_version=VALUES_VERSION)
    assert values["relationships.end.helping.after"] == [115, None, 276]
    assert values["relationships.end.edge"] == [[0, 4], None, 24]
    assert has_changed(frozen, figures_of(cohort, CLOSED)) is False
    RoundFigures.objects.update(counts=counts_of(3, after=0.5))
    assert has_changed(frozen, figures_of(cohort, CLOSED)) is True


def test_cohort_that_does_not_use_relationships_has_no_trace(hand_worked: HandWorked) -> None:
    cohort = hand_worked.cohort
    close_rounds(cohort, counts_of(3), at=CLOSED)
    Cohort.objects.update(uses_relationships=False)
    cohort.refresh_from_db()
    assert relationships(cohort) == {}
    assert "elationship" not in as_document(figures_of(cohort, CLOSED))
