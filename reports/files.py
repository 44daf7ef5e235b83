"""The report as files, for those who download it and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.text import slugify

from cohorts.models import Cohort
from reports.figures import Figures, figures_of
from reports.sheets import as_csv, as_xlsx
from ui import dates
from ui.paper import PDF, typeset

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_pdf(figures: Figures) -> bytes:
    """What the page shows, on paper. Raises TypesettingError where no PDF can be made."""
    context = {"cohort": figures.cohort, "figures": figures}
    return typeset(render_to_string("reports/report_pdf.html", context))


@dataclass(frozen=True)
class Format:
    """A kind of file, and how one is made."""

    content_type: str
    make: Callable[[Figures], bytes]


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", as_csv),
    "xlsx": Format(XLSX, as_xlsx),
    "pdf": Format(PDF, as_pdf),
}


@dataclass(frozen=True)
class ReportFile:
    """One file of a cohort's report; `standing` says in a few words how far the cohort had come."""

    name: str
    content_type: str
    content: bytes
    standing: str


def report_file(cohort: Cohort, extension: str, moment: datetime) -> ReportFile:
    """Raises TypesettingError where no PDF can be made."""
    figures = figures_of(cohort, moment)
    format_ = FORMATS[extension]
    return ReportFile(
        file_name(cohort, moment, extension),
        format_.content_type,
        format_.make(figures),
        f"{figures.held} of {figures.planned} workshops held",
    )


def file_name(cohort: Cohort, moment: datetime, extension: str) -> str:
    """north-east-spring-2027-report-2027-06-30.csv"""
    name = slugify(cohort.name) or "cohort"
    return f"{name}-report-{dates.day_of(moment, cohort.zone):%Y-%m-%d}.{extension}"
