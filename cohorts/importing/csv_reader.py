"""Text files of rows: which alphabet, which mark between cells, and where each row ends."""

import csv
import io
import re
from collections.abc import Iterator

from cohorts.importing.addresses import is_address
from cohorts.importing.column_names import Field, field_of
from cohorts.importing.table import TableRow, UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
# Blank lines are free, but not without end.
MAX_LINES = 250_000
SAMPLE_LINES = 60
SAMPLE_BYTES = 64 * 1024
MOST_OUTSIDE_TEXT = 0.05
NUL = "\x00"
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?\Z", re.IGNORECASE)
TOO_MANY_LINES = "This file has too many lines. Delete the blank ones, or split it, and try again."
DAMAGED = (
    "This file is damaged: part of its text cannot be read. Export it again, or save it as .xlsx."
)
NOT_A_TABLE = "This does not look like a list of people. Save it from your spreadsheet as .xlsx or .csv and try again."


def read_rows(content: bytes) -> Iterator[TableRow]:
    """The rows of a CSV file in any alphabet and with any delimiter that a spreadsheet writes."""
    text = decode(content)
    if text.count("\n") > MAX_LINES:
        raise UnreadableFile(TOO_MANY_LINES)
    lines = io.StringIO(text, newline="").readlines()
    if len(lines) == 1 and "\r" in lines[0].rstrip("\r\n"):
        lines = text.replace("\r", "\n").splitlines(keepends=True)
    delimiter = ""
    if lines and (named := SEPARATOR_LINE.match(lines[0])):
        # Excel hides this line and counts from the one below it.
        delimiter, lines = named.group(1), lines[1:]
    rows = split_rows(lines, delimiter or likely_delimiter(lines[:SAMPLE_LINES]))
    return _out_of_their_quotes(list(rows))


def _out_of_their_quotes(rows: list[TableRow]) -> Iterator[TableRow]:
    """Rows that some tools put into quotation marks whole, as if each were one cell, taken apart again."""
    lines = [row.cells[0] for row in rows if len(row.cells) == 1]
    delimiter = likely_delimiter(lines[:SAMPLE_LINES])
    widest_common = _evenness(lines[:SAMPLE_LINES], delimiter)[2]
    if len(lines) < len(rows) or widest_common < 2:
        return iter(rows)
    return (TableRow(row.number, tuple(_split_line(row.cells[0], delimiter))) for row in rows)


def decode(content: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 either way round, Windows-1252, or an old Mac's own."""
    try:
        if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
            text = content.decode("utf-32")
        elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        elif byte_order := _byte_order(content[:SAMPLE_BYTES]):
            text = content.decode(byte_order)
        else:
            text = _decode_bytewise(content.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        raise UnreadableFile(DAMAGED) from None
    # A mark in the middle stands where two exports were pasted into one file.
    text = text.replace("\ufeff", "")
    outside = sum(
        1 for c in text[:SAMPLE_BYTES] if (c < " " and c not in "\t\r\n") or "\x7f" <= c < "\xa0"
    )
    if outside > max(2, MOST_OUTSIDE_TEXT * len(text[:SAMPLE_BYTES])):
        raise UnreadableFile(NOT_A_TABLE)
    return text


def _byte_order(sample: bytes) -> str | None:
    """UTF-16 without its mark: nearly every second byte of a table with e-mail addresses is then a NUL."""
    pairs = len(sample) // 2
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and second > 0.3 * pairs and first < 0.1 * pairs:
        return "utf-16-le"
    if pairs and first > 0.3 * pairs and second < 0.1 * pairs:
        return "utf-16-be"
    return None


def _decode_bytewise(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if b"\r" in content and b"\n" not in content:
        # Excel for Mac's plain "CSV" has lines that end in a carriage return alone, and its own alphabet.
        return content.decode("mac_roman")
    # Line by line, as two exports in one file may differ. A byte that Windows-1252 leaves empty becomes a
    # control character, which is taken out of the cell later.
    return "".join(_decode_line(line) for line in content.splitlines(keepends=True))


def _decode_line(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def likely_delimiter(lines: list[str]) -> str:
    """The mark that makes the most headings, addresses and even rows of the first lines."""
    return max(DELIMITERS, key=lambda delimiter: _evenness(lines, delimiter))


def _evenness(lines: list[str], delimiter: str) -> tuple[int, float, int]:
    rows = [row.cells for row in split_rows(lines, delimiter) if not row.is_blank]
    widths = [len(cells) for cells in rows]
    if not widths:
        return 0, 0.0, 0
    known = max(len({field_of(cell)[0] for cell in cells} - {Field.IGNORED}) for cells in rows[:30])
    addresses = sum(1 for cells in rows if any(is_address(cell) for cell in cells))
    common = max(set(widths), key=widths.count)
    evenness = widths.count(common) / len(widths) if common > 1 else 0.0
    return known + addresses, evenness, common


def split_rows(lines: list[str], delimiter: str) -> Iterator[TableRow]:
    """Rows as a spreadsheet numbers them; a quotation mark that is never closed costs its own line only."""
    start, number = 0, 1
    while start < len(lines):
        feed = _Feed(lines, start)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells):
                    yield TableRow(number, tuple(cells))
                start, number = feed.position, number + 1
            return
        except csv.Error:
            # Strict reading stops at a stray quotation mark; the loose one would swallow people into one cell.
            yield TableRow(number, tuple(_split_line(lines[start], delimiter)))
            start, number = start + 1, number + 1


class _Feed:
    """Lines handed to the csv reader one by one, so that we know where it stopped."""

    def __init__(self, lines: list[str], position: int) -> None:
        self.lines = lines
        self.position = position

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.position >= len(self.lines):
            raise StopIteration
        self.position += 1
        return self.lines[self.position - 1]


def _split_line(line: str, delimiter: str) -> list[str]:
    line = line.rstrip("\r\n")
    try:
        if line.count('"') % 2 == 0:
            return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        pass  # A cell longer than the csv module will hold: split it by hand.
    return [cell.strip('"') for cell in line.split(delimiter)]
