"""A reader of CSV and Excel files, which finds the headings and the rows of people."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.importing import csv_reader
from cohorts.importing.addresses import is_address, is_blank_word
from cohorts.importing.column_names import Field, field_of
from cohorts.importing.headings import BELOW_HEADINGS, has_address, headings_of
from cohorts.importing.shown_cells import (
    add_linked_addresses,
    heading_groups,
    hidden_row_notes,
    visible_rows,
    with_layout_notes,
)
from cohorts.importing.table import Table, TableRow, UnreadableFile
from cohorts.importing.xlsx_reader import DAMAGED, LOCKED, Book

__all__ = [
    "MAX_BYTES",
    "MAX_COLUMNS",
    "MAX_ROWS",
    "Table",
    "TableRow",
    "UnreadableFile",
    "read_table",
]

MAX_BYTES = 5 * 1024 * 1024
MAX_ROWS = 5_000
MAX_COLUMNS = 60
# The most characters of a cell that are read. Excel has the same limit.
MAX_CELL = 32_767
# The headings are looked for in this many rows, because there may be a title above them.
HEADING_WITHIN = 30

EMPTY = _("Choose another file. This one is empty.")
TOO_MANY_BYTES = _(
    "This file is larger than 5 MB. Keep only the sheet and columns about people, and try again."
)
TOO_MANY_ROWS = _(
    "This list has more than 5,000 rows. Split it into smaller lists, and import them one by one."
)
TOO_MANY_COLUMNS = _(
    "This list has more than 60 columns. Delete the ones that you don’t need, and try again."
)
HEADINGS_ONLY = _("This list has headings but no people below them.")
NO_ADDRESSES = _(
    "We found no e-mail addresses in this file. Each person needs one, so add a column of them "
    "and try again."
)
WEB_PAGE_FILE = _(
    "This is a web page with another file name. "
    "Open it in your spreadsheet, save it as .xlsx or .csv, and try again."
)
JSON_FILE = _("This is a JSON file. Export the list as .xlsx or .csv, and try again.")
OLD_EXCEL = _("This is an old Excel file (.xls). Save it as .xlsx or .csv, and try again.")
PDF = _("This is a PDF. Ask for the list as a spreadsheet, and save it as .xlsx or .csv.")
PICTURE = _(
    "This is a picture, not a spreadsheet. "
    "Open the list in your spreadsheet, save it as .xlsx or .csv, and try again."
)
TEXT_DOCUMENT = _(
    "This is a text document, not a spreadsheet. "
    "Open the list in your spreadsheet, save it as .xlsx or .csv, and try again."
)
COMPRESSED = _(
    "This file is compressed. Unpack it first, and choose the .xlsx or .csv file inside."
)

SIGNATURES = (
    (b"%PDF", PDF),
    (b"\x89PNG", PICTURE),
    (b"\xff\xd8\xff", PICTURE),
    (b"GIF8", PICTURE),
    (b"{\\rtf", TEXT_DOCUMENT),
    (b"\x1f\x8b", COMPRESSED),
    (b"7z\xbc\xaf", COMPRESSED),
    (b"Rar!", COMPRESSED),
)
WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype|<html|<\?xml|<table|<head|<body|<meta)", re.IGNORECASE
)
JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\[{\"])")

# Titles of the sections in an attendance report of Microsoft Teams: “2. Participants”.
SECTION_TITLE = re.compile(r"\d{1,2}\. \S.*")
TOTALS = re.compile(
    r"(?:grand |sub-?)?totals?\b|count\b|number of (?:people|attendees|delegates|rows)",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"(?:grand |sub-?)?totals?\b|count\b|number of|exported\b|generated\b|report (?:run|generated|"
    r"created)|printed\b|page \d|end of (?:list|report|file)|source:|notes?:|\*|©|"
    r"\d+ (?:rows|people|records|attendees|results)\b",
    re.IGNORECASE,
)


def read_table(content: bytes, filename: str) -> Table:
    """Return the table in a CSV or XLSX file. Raises UnreadableFile.

    The format is recognised by the content. The file name is only used to recognise a damaged
    workbook.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_MANY_BYTES)
    if not content.strip(b"\x00\t\r\n ,;\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(EMPTY)
    _refuse_other_formats(content)
    if content.startswith(b"PK"):
        return _read_book(content)
    if filename.lower().endswith((".xlsx", ".xlsm")) and b"\x00" in content[:4096]:
        raise UnreadableFile(DAMAGED)
    rows = _rows_within_limits(csv_reader.read_rows(content))
    return replace(_make_table(rows), encoding=csv_reader.guessed_encoding(content))


def _refuse_other_formats(content: bytes) -> None:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        protected = "EncryptedPackage".encode("utf-16-le") in content
        raise UnreadableFile(LOCKED if protected else OLD_EXCEL)
    for signature, sentence in SIGNATURES:
        if content.startswith(signature):
            raise UnreadableFile(sentence)
    if WEB_PAGE.match(content):
        raise UnreadableFile(WEB_PAGE_FILE)
    if JSON.match(content):
        raise UnreadableFile(JSON_FILE)


def _read_book(content: bytes) -> Table:
    """Return the table in the sheet that looks most like a list of people."""
    book = Book(content)
    likeness = [_sheet_score(_first_rows(book.rows(sheet))) for sheet in book.sheets]
    best = likeness.index(max(likeness))
    if max(likeness)[2] == 0:
        raise UnreadableFile(EMPTY)
    chosen = book.sheets[best]
    others = [
        gettext("The sheet “%(sheet)s” also looks like a list of people. We didn’t read it.")
        % {"sheet": sheet}
        for sheet, alike in zip(book.sheets, likeness, strict=True)
        if sheet is not chosen and alike[0]
    ]
    layout = book.layout(chosen)
    rows = _rows_within_limits(book.rows(chosen))
    shown = visible_rows(rows, layout)
    if not shown:
        raise UnreadableFile(EMPTY)
    with_links = add_linked_addresses(shown, layout)
    table = _make_table(
        with_links,
        sheet=chosen,
        notes=[*others, *hidden_row_notes(rows, layout)],
        groups=heading_groups(layout),
    )
    return with_layout_notes(table, layout, linked=with_links is not shown)


def _first_rows(rows: Iterator[TableRow]) -> list[TableRow]:
    return [row for row, _ in zip(rows, range(HEADING_WITHIN * 2), strict=False)]


def _sheet_score(rows: list[TableRow]) -> tuple[bool, int, bool]:
    """Return a sort key for how much a sheet looks like a list of people.

    The key is whether there are e-mail addresses, the number of known headings, and whether there
    are any rows.
    """
    addresses = any(is_address(cell) for row in rows for cell in row.cells)
    return addresses, max((_known_headings(row) for row in rows), default=0), bool(rows)


def _rows_within_limits(rows: Iterable[TableRow]) -> list[TableRow]:
    """Return the rows that are not blank, without trailing blank cells.

    Truncates cells to MAX_CELL characters. Raises UnreadableFile for too many rows or columns.
    """
    kept: list[TableRow] = []
    for row in rows:
        if row.is_blank:
            continue
        cells = list(row.cells)
        while not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise UnreadableFile(TOO_MANY_COLUMNS)
        # The limit is for rows of people, so allow for the headings and a title above them.
        if len(kept) >= MAX_ROWS + HEADING_WITHIN:
            raise UnreadableFile(TOO_MANY_ROWS)
        kept.append(TableRow(row.number, tuple(cell[:MAX_CELL] for cell in cells)))
    return kept


def _make_table(
    rows: list[TableRow],
    *,
    sheet: str = "",
    notes: Iterable[str] = (),
    groups: Mapping[int, Mapping[int, int]] | None = None,
) -> Table:
    """Return the table in these rows. `groups` is the result of `heading_groups`, if known."""
    if not rows:
        raise UnreadableFile(EMPTY)
    rows, sections = _people_section(rows)
    notes = [
        *notes,
        *(gettext("We left out the section “%(title)s”.") % {"title": each} for each in sections),
    ]
    at = _find_headings(rows)
    has_addresses = any("@" in cell for row in rows for cell in row.cells)
    if at is None and not has_addresses:
        raise UnreadableFile(NO_ADDRESSES)
    width = max(len(row.cells) for row in rows[at or 0 :])
    people, dropped = _people_among(rows, at)
    if not people:
        raise UnreadableFile(HEADINGS_ONLY)
    if len(people) > MAX_ROWS:
        raise UnreadableFile(TOO_MANY_ROWS)
    headings = headings_of(rows, at, width, groups)
    return Table(
        headings=headings,
        rows=tuple(
            TableRow(row.number, row.cells + ("",) * (width - len(row.cells))) for row in people
        ),
        has_headings=at is not None,
        heading_row=None if at is None else rows[at].number,
        sheet=sheet,
        notes=(
            *notes,
            *(
                gettext("We left out row %(number)d, which is not a person: “%(text)s”.")
                % {"number": row.number, "text": _excerpt(row)}
                for row in dropped
            ),
        ),
    )


def _excerpt(row: TableRow) -> str:
    text = " ".join(" ".join(cell.split()) for cell in row.cells if cell.strip())
    return text if len(text) <= 60 else f"{text[:60]}…"


def _find_headings(rows: list[TableRow]) -> int | None:
    """Return the index of the row of headings, or None if there is none.

    Of the rows above the first e-mail address, chooses the one with the most known headings. If no
    heading is known, chooses the last of these rows, unless that row looks like a person.
    """
    first_address = next((i for i, row in enumerate(rows) if has_address(row)), None)
    above = rows[: min(HEADING_WITHIN, len(rows) if first_address is None else first_address)]
    if not above:
        return None
    usual = Counter(row.filled_count for row in rows[len(above) - 1 :][:50]).most_common(1)[0][0]
    likely = [
        (_known_headings(row), -i)
        for i, row in enumerate(above)
        if row.filled_count >= min(2, usual)
    ]
    known, position = max(likely, default=(0, 0))
    if known:
        return -position
    if first_address is not None and _could_be_headings(
        rows[first_address - 1], rows[first_address]
    ):
        return first_address - 1
    return None


def _known_headings(row: TableRow) -> int:
    if has_address(row):
        return 0
    return len({field_of(cell)[0] for cell in row.cells} - {Field.IGNORED})


def _could_be_headings(row: TableRow, person: TableRow) -> bool:
    """Return whether the row above the first person could be headings that we don't know."""
    column = next(i for i, cell in enumerate(person.cells) if is_address(cell))
    over = row.cells[column] if column < len(row.cells) else ""
    return not is_blank_word(over) and "@" not in over and not re.search(r"\d", over)


def _people_among(rows: list[TableRow], at: int | None) -> tuple[list[TableRow], list[TableRow]]:
    """Return two lists: the rows of people, and the rows of totals and footers after them.

    Leaves out repeated headings, and the second row of headings that survey tools write.
    """
    if at is None:
        people = rows
    else:
        people = [row for row in rows[at + 1 :] if row.cells != rows[at].cells]
        if people and all(
            BELOW_HEADINGS.fullmatch(cell.strip()) for cell in people[0].cells if cell.strip()
        ):
            people = people[1:]
        if people and all(
            cell.startswith('{"ImportId"') for cell in people[0].cells if cell.strip()
        ):
            people = people[1:]
    dropped: list[TableRow] = []
    while people and len(dropped) < 5 and _is_footer(people[-1]):
        dropped.insert(0, people[-1])
        people = people[:-1]
    return people, dropped


def _is_footer(row: TableRow) -> bool:
    if any("@" in cell for cell in row.cells):
        return False
    first = next(cell.strip() for cell in row.cells if cell.strip())
    numbers_only = all(
        re.fullmatch(r"[£$€]?[\d.,]+%?", cell.strip()) for cell in row.cells[1:] if cell.strip()
    )
    return bool(TOTALS.match(first)) or (
        row.filled_count <= 2
        and bool(FOOTER.match(first))
        and (row.filled_count == 1 or numbers_only)
    )


def _people_section(rows: list[TableRow]) -> tuple[list[TableRow], list[str]]:
    """Return the rows of the section with the people, and the titles of the other sections.

    Attendance reports of Microsoft Teams have sections, each under a title such as
    “2. Participants”. In any other file, all rows are returned.
    """
    starts = [
        i
        for i, row in enumerate(rows)
        if row.filled_count == 1 and SECTION_TITLE.fullmatch("".join(row.cells).strip())
    ]
    if len(starts) < 2:
        return rows, []
    ends = [*starts[1:], len(rows)]
    sections = [rows[start + 1 : end] for start, end in zip(starts, ends, strict=True)]
    best = max(sections, key=_sheet_score)
    if _sheet_score(best)[:2] < (True, 2):
        return rows, []
    titles = [
        "".join(rows[start].cells).strip()
        for start, section in zip(starts, sections, strict=True)
        if section is not best
    ]
    return best, titles
