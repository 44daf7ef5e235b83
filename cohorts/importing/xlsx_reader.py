"""A reader of Excel workbooks, which returns cells as text and refuses harmful files."""

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from cohorts.importing.table import TableRow, UnreadableFile
from cohorts.importing.xlsx_layout import Layout, read_layout

MAX_UNPACKED_BYTES = 60 * 1024 * 1024
# The most bytes of shared strings and styles. openpyxl loads all of them into memory, where they
# take several times their size in the file.
MAX_SHARED_BYTES = 12 * 1024 * 1024
# The most cells of a sheet. openpyxl loads whole rows, and a blank cell that takes 4 bytes in
# the file takes 300 bytes of memory.
MAX_CELLS = 400_000
MAX_TAGS = 2_000_000
CELL_TAG = re.compile(rb"<(?:\w+:)?c[ />]")
MAX_SHEETS = 50
# The number of columns that are read. It is more than MAX_COLUMNS, so that a table with too many
# columns gets an error and is not cut off.
WIDEST = 256
# After this many blank rows in succession, the rest of a sheet is not read.
MAX_BLANK_RUN = 20_000

LOCKED = _("This workbook is protected by a password. Remove the password, save it and try again.")
DAMAGED = _(
    "This workbook is damaged or in a format that we can’t read."
    " Open it in your spreadsheet, save it as .xlsx or .csv, and try again."
)
TOO_LARGE_INSIDE = _(
    "This workbook is too large once unpacked. "
    "Copy the list of people into a new one, and try again."
)
OPEN_DOCUMENT = _(
    "This is an OpenDocument file."
    " Open it in your spreadsheet, save it as .xlsx or .csv, and try again."
)
NO_SHEET = _(
    "This workbook has no sheet with cells in it."
    " Open it in your spreadsheet, save it as .xlsx or .csv, and try again."
)
ERROR_VALUES = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
# The namespaces of a “Strict Open XML” workbook, which openpyxl can't read. They differ from those
# of other workbooks only in the part that this pattern matches.
STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(\w+)")
ESCAPED_CONTROL = re.compile(r"_x00([01][0-9A-Fa-f]|7F)_")


def check_package(content: bytes) -> None:
    """Raise UnreadableFile if the content is not an Excel workbook, or is a zip bomb.

    This check comes before openpyxl loads the file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            # Trust the declared sizes, because zipfile never unpacks more bytes than declared.
            too_large = _is_too_large(entries) or any(
                _has_too_many_cells(package, entry) for entry in entries
            )
            mimetype = b""
            if "mimetype" in package.namelist():
                with package.open("mimetype") as named:
                    mimetype = named.read(80)
    except Exception:  # zipfile raises some ten kinds of exception on a damaged file
        raise UnreadableFile(DAMAGED) from None
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise UnreadableFile(LOCKED)
    if b"opendocument" in mimetype:
        raise UnreadableFile(OPEN_DOCUMENT)
    if "xl/workbook.xml" not in names and not any(name.endswith("workbook.xml") for name in names):
        raise UnreadableFile(_other_package(names))
    if too_large:
        raise UnreadableFile(TOO_LARGE_INSIDE)


def _is_too_large(entries: list[zipfile.ZipInfo]) -> bool:
    shared = [
        entry
        for entry in entries
        if "worksheets/" not in entry.filename and "media/" not in entry.filename
    ]
    return (
        sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES
        or sum(entry.file_size for entry in shared) > MAX_SHARED_BYTES
    )


def _has_too_many_cells(package: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    if "worksheets/" not in entry.filename or entry.flag_bits & 0x1:
        return False
    tags = cells = 0
    with package.open(entry) as part:
        while chunk := part.read(1024 * 1024):
            tags += chunk.count(b"<")
            cells += sum(1 for _ in CELL_TAG.finditer(chunk))
            if tags > MAX_TAGS or cells > MAX_CELLS:
                return True
    return False


def _other_package(names: set[str]) -> StrPromise:
    if any(name.startswith("word/") for name in names):
        return _(
            "This is a Word document, not a spreadsheet. "
            "Copy its table into a spreadsheet, and save that as .xlsx."
        )
    if any(name.startswith("ppt/") for name in names):
        return _(
            "This is a presentation, not a spreadsheet. Save the list of people as .xlsx or .csv."
        )
    if any(name.startswith("xl/") for name in names):
        return _(
            "We can’t read this kind of Excel file."
            " Open it in your spreadsheet, save it as .xlsx or .csv, and try again."
        )
    if any(name.endswith(".iwa") or name.startswith("Index") for name in names):
        return _(
            "This is a Numbers file. In Numbers choose Export, then Excel or CSV, and try again."
        )
    return _("This is a zip file. Unpack it first, and choose the .xlsx or .csv file inside.")


def without_strict_namespaces(content: bytes) -> bytes:
    """Return a “Strict” workbook with the usual namespaces. Return other workbooks unchanged."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        book = next((name for name in package.namelist() if name.endswith("workbook.xml")), None)
        if book is None or not STRICT.search(package.read(book)):
            return content
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as copy:
            for entry in package.infolist():
                part = package.read(entry)
                if entry.filename.endswith((".xml", ".rels")):
                    part = STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", part)
                copy.writestr(entry.filename, part)
    return file.getvalue()


class Book:
    """A workbook, whose sheets are read as text, one row at a time.

    `sheets` are the titles of the visible sheets, or of all sheets if none is visible.
    """

    def __init__(self, content: bytes) -> None:
        check_package(content)
        try:
            content = without_strict_namespaces(content)
            with warnings.catch_warnings():
                # openpyxl warns about styles, drawings and validation lists, which we don't need.
                warnings.simplefilter("ignore")
                self._book = openpyxl.load_workbook(
                    io.BytesIO(content), read_only=True, data_only=True, keep_links=False
                )
            sheets = list(self._book.worksheets)
        except Exception:  # openpyxl raises many kinds of exception
            raise UnreadableFile(DAMAGED) from None
        visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        self.sheets = [sheet.title for sheet in (visible or sheets)[:MAX_SHEETS]]
        if not self.sheets:
            raise UnreadableFile(NO_SHEET)

    def layout(self, title: str) -> Layout:
        """Return the layout of a sheet. Raises UnreadableFile if the sheet is damaged."""
        # In read-only mode, openpyxl doesn't read the layout. Only private attributes give access
        # to the sheet's XML.
        book: Any = self._book
        path = book[title]._worksheet_path
        folder, _, name = path.rpartition("/")
        relations = f"{folder}/_rels/{name}.rels"
        archive = book._archive
        try:
            with archive.open(path) as sheet:
                if relations not in archive.namelist():
                    return read_layout(sheet, None)
                with archive.open(relations) as related:
                    return read_layout(sheet, related)
        except Exception:  # as below
            raise UnreadableFile(DAMAGED) from None

    def rows(self, title: str) -> Iterator[TableRow]:
        """Yield the rows of a sheet that are not empty. A formula is read as its last saved value.

        Raises UnreadableFile if the sheet is damaged.
        """
        # Many tools write wrong dimensions for a sheet (A1:A1), so ignore them.
        sheet = self._book[title]
        sheet.reset_dimensions()
        blank_run = 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for number, values in enumerate(
                    sheet.iter_rows(max_col=WIDEST, values_only=True), start=1
                ):
                    if not any(value is not None for value in values):
                        blank_run += 1
                        if blank_run > MAX_BLANK_RUN:
                            return
                        continue
                    blank_run = 0
                    yield TableRow(
                        number, _strip_trailing_blanks([as_text(value) for value in values])
                    )
        except Exception:  # as above: damaged XML, impossible references, unknown types
            raise UnreadableFile(DAMAGED) from None


def _strip_trailing_blanks(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1].strip():
        cells.pop()
    return tuple(cells)


def as_text(value: object) -> str:
    """Return a cell's value as a person would type it. An error value is empty text."""
    match value:
        case None:
            return ""
        case str():
            return (
                ""
                if value in ERROR_VALUES
                else ESCAPED_CONTROL.sub(lambda m: chr(int(m[1], 16)), value)
            )
        case bool():
            return "Yes" if value else "No"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case int() | float() | Decimal():
            return str(value)
        case dt.datetime() if value.time() == dt.time():
            return value.date().isoformat()
        case dt.datetime():
            return value.isoformat(sep=" ", timespec="seconds")
        case dt.date() | dt.time():
            return value.isoformat()
        case _:
            return str(value)
