"""The report as files, for those who download it and for the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.text import slugify

from cohorts.models import Cohort
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.models import FrozenReport
from ui import dates
from ui.pdf import PDF, TypesettingError, typeset

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_pdf(figures: Figures) -> bytes:
    """What the page shows, on paper. Raises TypesettingError where no PDF can be made."""
    return typeset(as_document(figures))


def as_document(figures: Figures) -> str:
    """What is typeset: the same figures make the same."""
    return render_to_string(
        "reports/report_pdf.html", {"cohort": figures.cohort, "figures": figures}
    )


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
    """As it was frozen, or as of that moment. Raises TypesettingError where no PDF can be made, or could be then."""
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None:
        return kept_file(frozen, extension)
    figures = figures_of(cohort, moment)
    format_ = FORMATS[extension]
    return ReportFile(
        file_name(cohort, moment, extension),
        format_.content_type,
        format_.make(figures),
        f"{figures.held} of {figures.planned} workshops held",
    )


def kept_file(frozen: FrozenReport, extension: str) -> ReportFile:
    content = getattr(frozen, extension)
    if content is None:
        raise TypesettingError(
            "No PDF was kept: the server could make none on the day the report was frozen."
        )
    day = dates.long_day(dates.day_of(frozen.frozen_at, frozen.cohort.zone))
    return ReportFile(
        file_name(frozen.cohort, frozen.frozen_at, extension),
        FORMATS[extension].content_type,
        bytes(content),
        f"as it was frozen on {day}",
    )


def file_name(cohort: Cohort, moment: datetime, extension: str) -> str:
    """north-east-spring-2027-report-2027-06-30.csv"""
    name = slugify(cohort.name) or "cohort"
    return f"{name}-report-{dates.day_of(moment, cohort.zone):%Y-%m-%d}.{extension}"
