"""The report's rows as CSV and as a spreadsheet."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _

from cohorts.csv_writer import csv_rows
from reports.figures import Figures
from reports.row import HEADINGS, ONE_DECIMAL, PERCENT, VALUE_COLUMN, Row
from reports.rows import rows_of

COLUMN_WIDTHS = (12, 34, 12, 52, 14, 8, 8, 60)


def as_csv(figures: Figures) -> bytes:
    return "".join(csv_rows([HEADINGS, *(row.cells for row in rows_of(figures))])).encode()


def as_xlsx(figures: Figures) -> bytes:
    """Return a workbook of one sheet, in which no cell is a formula or a link."""
    buffer = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "d mmm yyyy",
    }
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties({"title": _("Report: %(cohort)s") % {"cohort": figures.cohort}})
        fill(book, [*rows_of(figures)], str(figures.edition or ""))
    return buffer.getvalue()


def fill(book: xlsxwriter.Workbook, rows: list[Row], edition: str) -> None:
    """Write the rows. The footer of each printed page has the edition, if the report is frozen."""
    sheet = book.add_worksheet(_("Report"))
    # In a footer, “&” begins a code such as &P, the number of the page.
    sheet.set_footer(f"&L{edition.replace('&', '&&')}&R&P / &N")
    formats = {shown: book.add_format({"num_format": shown}) for shown in (PERCENT, ONE_DECIMAL)}
    sheet.write_row(0, 0, [str(heading) for heading in HEADINGS], book.add_format({"bold": True}))
    for number, row in enumerate(rows, 1):
        sheet.write_row(number, 0, row.cells)
        if row.number_format:
            sheet.write(number, VALUE_COLUMN, row.value, formats[row.number_format])
    for column, width in enumerate(COLUMN_WIDTHS):
        sheet.set_column(column, column, width)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(HEADINGS) - 1)
