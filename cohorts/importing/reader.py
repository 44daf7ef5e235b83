"""From the bytes of a file to a table: headings, rows and their numbers, or one sentence saying why not."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from cohorts.importing import csv_reader
from cohorts.importing.addresses import is_address, is_blank_word
from cohorts.importing.column_names import Field, field_of
from cohorts.importing.table import Table, TableRow, UnreadableFile
from cohorts.importing.xlsx_reader import LOCKED, SAVE_AGAIN, Book

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
# As much as a spreadsheet's own cell can hold.
MAX_CELL = 32_767
# A heading stands among the first rows, under a few lines of title at most.
HEADING_WITHIN = 30

EMPTY = "This file is empty."
TOO_MANY_BYTES = (
    "This file is larger than 5 MB. Keep only the sheet and columns about people, and try again."
)
TOO_MANY_ROWS = f"This file has more than {MAX_ROWS:,} rows. Split it into smaller files, and bring them in one by one."
TOO_MANY_COLUMNS = (
    f"This file has more than {MAX_COLUMNS} columns. Take out those you do not need, and try again."
)
HEADINGS_ONLY = "This file has headings and nobody beneath them."
NO_ADDRESSES = (
    "We found no e-mail addresses in this file. Each person needs one, "
    "so add a column of them and try again."
)
WEB_PAGE_FILE = f"This is a web page under another name. {SAVE_AGAIN}"
JSON_FILE = "This is data for computers (JSON). Export the list as .xlsx or .csv and try again."
OLD_EXCEL = "This is an old Excel file (.xls). Save it as .xlsx or .csv and try again."

SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "This is a PDF. Ask for the list as a spreadsheet, and save it as .xlsx or .csv."),
    (b"\x89PNG", f"This is a picture, not a spreadsheet. {SAVE_AGAIN}"),
    (b"\xff\xd8\xff", f"This is a picture, not a spreadsheet. {SAVE_AGAIN}"),
    (b"GIF8", f"This is a picture, not a spreadsheet. {SAVE_AGAIN}"),
    (b"{\\rtf", f"This is a text document, not a spreadsheet. {SAVE_AGAIN}"),
    (
        b"\x1f\x8b",
        "This is a packed file. Unpack it first, and choose the .xlsx or .csv file inside.",
    ),
    (
        b"7z\xbc\xaf",
        "This is a packed file. Unpack it first, and choose the .xlsx or .csv file inside.",
    ),
    (b"Rar!", "This is a packed file. Unpack it first, and choose the .xlsx or .csv file inside."),
)
WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!doctype|<html|<\?xml|<table|<head|<body|<meta)", re.IGNORECASE
)
JSON = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*[\"}]|\[\s*[\[{\"])")

# Lines that a survey tool writes between the headings and the first answer.
BELOW_HEADINGS = re.compile(
    r"(?:open[- ]ended )?response|other \(please specify\)|\{\"ImportId\".*", re.I | re.S
)
TOTALS = re.compile(
    r"(?:grand |sub-?)?totals?\b|count\b|number of (?:people|attendees|delegates|rows)",
    re.IGNORECASE,
)
FOOTER = re.compile(
    r"(?:grand |sub-?)?totals?\b|count\b|number of|exported\b|generated\b|report (?:run|generated|created)|printed\b|"
    r"page \d|end of (?:list|report|file)|source:|notes?:|\*|©|\d+ (?:rows|people|records|attendees|results)\b",
    re.IGNORECASE,
)


def read_table(content: bytes, filename: str) -> Table:
    """Read a CSV or XLSX file, told apart by what is in it; the name only helps to word a refusal."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_MANY_BYTES)
    if not content.strip(b"\x00\t\r\n ,;\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(EMPTY)
    _refuse_other_formats(content)
    if content.startswith(b"PK"):
        return _read_book(content)
    if filename.lower().endswith((".xlsx", ".xlsm")) and b"\x00" in content[:4096]:
        raise UnreadableFile(f"This workbook is damaged. {SAVE_AGAIN}")
    return _make_table(_bounded(csv_reader.read_rows(content)))


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
    """The sheet that looks most like a list of people; the first of them where two look alike."""
    book = Book(content)
    likeness = [_likeness(_first_rows(book.rows(sheet))) for sheet in book.sheets]
    best = likeness.index(max(likeness))
    if max(likeness)[2] == 0:
        raise UnreadableFile(EMPTY)
    chosen = book.sheets[best]
    others = [
        f"The sheet “{sheet}” also looks like a list of people. It was not read."
        for sheet, alike in zip(book.sheets, likeness, strict=True)
        if sheet is not chosen and alike[0]
    ]
    return _make_table(_bounded(book.rows(chosen)), sheet=chosen, notes=others)


def _first_rows(rows: Iterator[TableRow]) -> list[TableRow]:
    return [row for row, _ in zip(rows, range(HEADING_WITHIN * 2), strict=False)]


def _likeness(rows: list[TableRow]) -> tuple[bool, int, bool]:
    """Addresses, then known headings, then anything at all."""
    addresses = any(is_address(cell) for row in rows for cell in row.cells)
    return addresses, max((_known_headings(row) for row in rows), default=0), bool(rows)


def _bounded(rows: Iterable[TableRow]) -> list[TableRow]:
    """The rows that hold anything, within our limits."""
    kept: list[TableRow] = []
    for row in rows:
        if row.is_blank:
            continue
        cells = list(row.cells)
        while not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise UnreadableFile(TOO_MANY_COLUMNS)
        # The headings and their title do not count: some room is left for them.
        if len(kept) >= MAX_ROWS + HEADING_WITHIN:
            raise UnreadableFile(TOO_MANY_ROWS)
        kept.append(TableRow(row.number, tuple(cell[:MAX_CELL] for cell in cells)))
    return kept


def _make_table(rows: list[TableRow], *, sheet: str = "", notes: Iterable[str] = ()) -> Table:
    if not rows:
        raise UnreadableFile(EMPTY)
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
    headings = _headings(rows, at, width)
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
                f"Row {row.number} is not a person and was left out: “{_gist(row)}”."
                for row in dropped
            ),
        ),
    )


def _gist(row: TableRow) -> str:
    text = " ".join(" ".join(cell.split()) for cell in row.cells if cell.strip())
    return text if len(text) <= 60 else f"{text[:60]}…"


def _find_headings(rows: list[TableRow]) -> int | None:
    """Where the headings stand: the row above the first address whose cells say most of what we know."""
    first_address = next((i for i, row in enumerate(rows) if _has_address(row)), None)
    above = rows[: min(HEADING_WITHIN, len(rows) if first_address is None else first_address)]
    if not above:
        return None
    usual = Counter(row.filled for row in rows[len(above) - 1 :][:50]).most_common(1)[0][0]
    likely = [
        (_known_headings(row), -i) for i, row in enumerate(above) if row.filled >= min(2, usual)
    ]
    known, position = max(likely, default=(0, 0))
    if known:
        return -position
    if first_address is not None and _could_be_headings(
        rows[first_address - 1], rows[first_address]
    ):
        return first_address - 1
    return None


def _has_address(row: TableRow) -> bool:
    return any(is_address(cell) for cell in row.cells)


def _known_headings(row: TableRow) -> int:
    if _has_address(row):
        return 0
    return len({field_of(cell)[0] for cell in row.cells} - {Field.IGNORED})


def _could_be_headings(row: TableRow, person: TableRow) -> bool:
    """Words of nobody's knowing right above the first address, and no half-filled person."""
    column = next(i for i, cell in enumerate(person.cells) if is_address(cell))
    over = row.cells[column] if column < len(row.cells) else ""
    return not is_blank_word(over) and "@" not in over and not re.search(r"\d", over)


def _people_among(rows: list[TableRow], at: int | None) -> tuple[list[TableRow], list[TableRow]]:
    """The rows under the headings without repeated headings, survey tools' second line, totals and footers."""
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
        row.filled <= 2 and bool(FOOTER.match(first)) and (row.filled == 1 or numbers_only)
    )


def _headings(rows: list[TableRow], at: int | None, width: int) -> tuple[str, ...]:
    """The headings' words; a cell that says nothing takes the word above it, or its column's letter."""
    words = list(rows[at].cells) if at is not None else []
    words += [""] * (width - len(words))
    if at and rows[at - 1].filled > 1 and not _has_address(rows[at - 1]):
        for i, above in enumerate(rows[at - 1].cells[:width]):
            if not words[i].strip() or BELOW_HEADINGS.fullmatch(words[i].strip()):
                words[i] = above
    return tuple(" ".join(word.split()) or f"Column {_letter(i)}" for i, word in enumerate(words))


def _letter(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)
