"""The report of random cohorts: counted a second way, and the same in every format."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from itertools import groupby
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings

from accounts.models import User
from cohorts.models import Cohort, Organisation
from reports.attendance import Share
from reports.downloads import as_document, as_pdf, report_file
from reports.editions import edition_of
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.freezing import freeze, quotes_token
from reports.reflection_rate import store_bands
from reports.row import HEADINGS, PERCENT
from reports.rows import rows_of
from tests.reflections.pages import text_in, text_of
from tests.reports.pictures import FIRST, Picture, draw_picture, pictures
from tests.reports.test_downloads import text_of as pdf_text
from tests.reports.test_exports import day, read_csv, read_xlsx, typed

pytestmark = pytest.mark.either
MOMENT = FIRST + timedelta(days=90)
PARTS = ["Cohort", "Attendance", "Reach", "Feedback", "Experiments"]
# Late, left, back, walked in; two of seven workshops cancelled or without a register.
EVERYTHING = Picture(
    ("PPP-P", ".½PP-", "W<.>-", "PR.W-", "PB>P-", "AAA--"), frozenset({3}), workshops=5
)
NOBODY = Picture((), frozenset(), workshops=1)


@contextmanager
def drawn(picture: Picture, cohort: Cohort, council: Organisation) -> Iterator[Figures]:
    """Create the picture's cohort for a moment, and give its figures."""
    with transaction.atomic(), time_machine.travel(MOMENT, tick=False):
        draw_picture(picture, cohort, council)
        Cohort.objects.update(uses_before_after=False, uses_relationships=False)
        cohort.refresh_from_db()
        store_bands(at=MOMENT)
        yield figures_of(cohort, MOMENT)
        transaction.set_rollback(True)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(picture=pictures())
@example(picture=EVERYTHING)
@example(picture=NOBODY)
def test_figures_are_right_and_the_same_everywhere(
    picture: Picture,
    cohort: Cohort,
    council: Organisation,
    facilitator: User,
    facilitator_client: Client,
    tmp_path: Path,
) -> None:
    with drawn(picture, cohort, council) as figures:
        counted_a_second_way(figures, picture)
        shares_are_in_range(figures)
        parts_are_in_order(figures)
        files_have_the_rows(figures, cohort, tmp_path)
        page = facilitator_client.get(reverse("reports:report_detail", args=[cohort.public_id]))
        paper = text_in(as_document(figures).split("<body", 1)[1])
        for said in sentences(figures):
            assert said in text_of(page)
            assert said in paper


def test_frozen_files_equal_those_made_before(
    cohort: Cohort, council: Organisation, facilitator: User
) -> None:
    with drawn(EVERYTHING, cohort, council) as figures:
        report = freeze(cohort=cohort, agreed=quotes_token([]), by=facilitator, at=MOMENT)
        figures = replace(figures, edition=edition_of(report))
        made = {"csv": as_csv(figures), "xlsx": as_xlsx(figures), "pdf": as_pdf(figures)}
        frozen = {name: report_file(cohort, name, MOMENT).content for name in made}
        assert frozen["csv"] == made["csv"]
        assert read_xlsx(frozen["xlsx"]) == read_xlsx(made["xlsx"])
        text = pdf_text(frozen["pdf"])
        assert text == pdf_text(made["pdf"])
        for said in sentences(figures):
            assert said in text


def counted_a_second_way(figures: Figures, picture: Picture) -> None:
    assert (figures.held, len(figures.taken)) == (len(picture.held), len(picture.taken))
    assert [one.position - 1 for one in figures.cancelled] == sorted(picture.cancelled)
    assert figures.attendance == Share(picture.attended, picture.expected)
    assert figures.commitment == Share(picture.attended + picture.excused, picture.expected)
    assert figures.completion == Share(*picture.completed)


def shares_are_in_range(figures: Figures) -> None:
    rows = list(rows_of(figures))
    for row in rows:
        if row.number_format == PERCENT:
            assert row.count is not None
            assert row.of is not None
            assert 0 <= row.count <= row.of
            assert row.value == (round(row.count / row.of, 4) if row.of else None)
    assert len({row.key for row in rows}) == len(rows)
    assert all(row.note for row in rows if row.value in ("not shown", "not taken"))


def parts_are_in_order(figures: Figures) -> None:
    overall = [row.part for row in rows_of(figures) if not row.workshop]
    assert [part for part, _rows in groupby(overall)] == PARTS
    workshops = [row.workshop for row in rows_of(figures) if row.held_on]
    assert [name for name, _rows in groupby(workshops)] == [
        str(one.workshop) for one in figures.workshops
    ]


def files_have_the_rows(figures: Figures, cohort: Cohort, folder: Path) -> None:
    cells = [tuple(HEADINGS), *(row.cells for row in rows_of(figures))]
    expected = [tuple("" if cell is None else str(cell) for cell in row) for row in cells]
    in_csv = as_csv(figures)
    assert [tuple(row) for row in read_csv(in_csv)] == expected
    in_xlsx = [[day(cell) for cell in row] for row in read_xlsx(as_xlsx(figures))]
    assert in_xlsx == [[typed(cell) for cell in row] for row in read_csv(in_csv)]
    path = folder / "report.csv"
    call_command("export_report", cohort.name, "--output", str(path), stdout=StringIO())
    assert path.read_bytes() == in_csv


def sentences(figures: Figures) -> Iterator[str]:
    """Yield what the page and the PDF say of each rate and each workshop."""
    if not figures.held:
        return
    yield f"attendance {figures.attendance_note}"
    yield f"commitment {figures.commitment_note}"
    yield f"completion {figures.completion_note}"
    for one in figures.workshops:
        name = f"{one.workshop} {london(one.workshop.starts_at)} {one.expected}"
        if not one.is_taken:
            yield f"{name} not taken not taken not taken"
        else:
            unmarked = f" {one.unmarked} not marked" if one.unmarked else ""
            rate = one.attendance.rate
            assert rate is not None
            yield f"{name} {one.attended}{unmarked} {one.excused} {rate:.0%}"
    for workshop in figures.cancelled:
        yield str(workshop)


def london(start: datetime | None) -> str:
    assert start is not None
    return f"{start.day} {start:%B}"
