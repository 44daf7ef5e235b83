"""Helpers that write CSV and XLSX files as common tools do, for the tests of the reader."""

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from cohorts.importing.reader import Table, UnreadableFile, read_table

# Dates and times to write to cells, without a time zone, because a spreadsheet stores none.
MOMENTS = (dt.datetime(2026, 11, 1, 9, 30), dt.datetime(2026, 11, 1), dt.time(9, 5))  # noqa: DTZ001
DATA = Path(__file__).parents[2] / "data"
HEADINGS = ["Name", "Email", "Organisation"]
AMINA = ["Amina Patel", "amina@example.org", "Tyne Valley Council"]
MAIREAD = ["Mairéad Ó Briain", "mairead@example.net", "Second Spring “Men’s Shed”"]


def csv_of(rows: Sequence[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    def cell(text: str) -> str:
        needs_quotes = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


def xlsx_of(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, replaced: dict[str, bytes]) -> bytes:
    """Replace or add files in a workbook, which is a zip file; return the new workbook.

    `replaced` maps the name of each file to its new content.
    """
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, replaced.pop(name, b"") or old.read(name))
        for name, part in replaced.items():
            new.writestr(name, part)
    return file.getvalue()


def cells(table: Table) -> list[list[str]]:
    return [list(row.cells) for row in table.rows]


def refusal(content: bytes, filename: str = "people.csv") -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_table(content, filename)
    return refused.value.sentence
