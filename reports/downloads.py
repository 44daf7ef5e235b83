"""The report as files, for downloads and the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.models import FrozenReport
from ui import dates
from ui.pdf import PDF, TypesettingError, typeset

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def as_pdf(figures: Figures) -> bytes:
    """Return the PDF. Raises TypesettingError if this server can't make one."""
    return typeset(as_document(figures))


def as_document(figures: Figures) -> str:
    """Return the HTML from which the PDF is made. Equal figures give equal HTML."""
    return render_to_string(
        "reports/report_pdf.html", {"cohort": figures.cohort, "figures": figures}
    )


@dataclass(frozen=True)
class Format:
    """A file format: its content type, and the function that makes such a file from figures."""

    content_type: str
    make: Callable[[Figures], bytes]


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", as_csv),
    "xlsx": Format(XLSX, as_xlsx),
    "pdf": Format(PDF, as_pdf),
}


@dataclass(frozen=True)
class ReportFile:
    """A file of a cohort's report. `status` is a phrase: “3 of 6 workshops have taken place”."""

    name: str
    content_type: str
    content: bytes
    status: str


def report_file(
    cohort: Cohort, extension: str, moment: datetime, version: int | None = None
) -> ReportFile:
    """Return the frozen report's file or, if the report isn't frozen, a new file as of `moment`.

    Without a `version`, returns the file of the latest one. Raises FrozenReport.DoesNotExist if
    there is no such version.

    `extension` is a key of FORMATS. Raises TypesettingError for a PDF that can't be made, or that
    could not be made when the report was frozen.
    """
    versions = FrozenReport.objects.versions_of(cohort)
    frozen = versions.first() if version is None else versions.get(version=version)
    if frozen is not None:
        return frozen_file(frozen, extension)
    figures = figures_of(cohort, moment)
    format_ = FORMATS[extension]
    return ReportFile(
        file_name(cohort, moment, extension),
        format_.content_type,
        format_.make(figures),
        _("%(held)d of %(planned)d workshops have taken place")
        % {"held": figures.held, "planned": figures.planned},
    )


def frozen_file(frozen: FrozenReport, extension: str) -> ReportFile:
    content = getattr(frozen, extension)
    if content is None:
        raise TypesettingError(
            _("There is no PDF: the server couldn’t make one on the day the report was frozen.")
        )
    day = dates.long_day(dates.day_of(frozen.frozen_at, frozen.cohort.zone))
    name = file_name(frozen.cohort, frozen.frozen_at, extension)
    return ReportFile(
        name.replace(f".{extension}", f"-v{frozen.version}.{extension}"),
        FORMATS[extension].content_type,
        bytes(content),
        _("as frozen on %(day)s") % {"day": day},
    )


def file_name(cohort: Cohort, moment: datetime, extension: str) -> str:
    """Return a name such as north-east-spring-2027-report-2027-06-30.csv."""
    name = slugify(cohort.name) or "cohort"
    return f"{name}-report-{dates.day_of(moment, cohort.zone):%Y-%m-%d}.{extension}"
