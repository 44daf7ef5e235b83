"""A reader of CSV files, which detects the encoding, the delimiter and the line endings."""

import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from cohorts.importing.addresses import is_address
from cohorts.importing.column_names import Field, field_of
from cohorts.importing.encodings import decode_bytes
from cohorts.importing.table import TableRow, UnreadableFile

DELIMITERS = (",", ";", "\t", "|")
# The most lines of a file. Blank lines are counted here, but not for MAX_ROWS.
MAX_LINES = 250_000
SAMPLE_LINES = 60
SAMPLE_BYTES = 64 * 1024
# The largest share of control characters in a file that is still read as text.
MAX_CONTROL_SHARE = 0.05
NUL = "\x00"
SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n?\Z", re.IGNORECASE)
TOO_MANY_LINES = _(
    "This file has too many lines. Delete the blank ones, or split the file, and try again."
)
DAMAGED = _(
    "This file is damaged: part of its text can’t be read. Export it again, or save it as .xlsx."
)
NOT_A_TABLE = _(
    "This does not look like a list of people. "
    "Save it from your spreadsheet as .xlsx or .csv, and try again."
)


def read_rows(content: bytes) -> Iterator[TableRow]:
    """Return the rows of a CSV file. Raises UnreadableFile.

    The file may have any encoding and delimiter that spreadsheet programs write.
    """
    text = decode(content)
    if text.count("\n") > MAX_LINES:
        raise UnreadableFile(TOO_MANY_LINES)
    lines = io.StringIO(text, newline="").readlines()
    if len(lines) == 1 and "\r" in lines[0].rstrip("\r\n"):
        lines = text.replace("\r", "\n").splitlines(keepends=True)
    delimiter = ""
    if lines and (named := SEPARATOR_LINE.match(lines[0])):
        # Excel doesn't show a first line “sep=;”, and numbers the rows from the next line.
        delimiter, lines = named.group(1), lines[1:]
    rows = split_rows(lines, delimiter or likely_delimiter(lines[:SAMPLE_LINES]))
    return _split_quoted_rows(list(rows))


def _split_quoted_rows(rows: list[TableRow]) -> Iterator[TableRow]:
    """Split each row again if every row is one quoted cell, as some tools write them."""
    lines = [row.cells[0] for row in rows if len(row.cells) == 1]
    delimiter = likely_delimiter(lines[:SAMPLE_LINES])
    widest_common = _delimiter_score(lines[:SAMPLE_LINES], delimiter)[2]
    if len(lines) < len(rows) or widest_common < 2:
        return iter(rows)
    return (TableRow(row.number, tuple(_split_line(row.cells[0], delimiter))) for row in rows)


def decode(content: bytes) -> str:
    """Decode UTF-8, UTF-16, UTF-32, Windows-1252 or Mac Roman text. Raises UnreadableFile."""
    try:
        if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
            text = content.decode("utf-32")
        elif content.startswith((b"\xff\xfe", b"\xfe\xff")):
            text = content.decode("utf-16")
        elif codec := _utf_16_codec(content[:SAMPLE_BYTES]):
            text = content.decode(codec)
        else:
            text = _decode_bytewise(content.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        raise UnreadableFile(DAMAGED) from None
    # A file that was pasted together from two exports has a byte-order mark in the middle.
    text = text.replace("\ufeff", "")
    outside = sum(
        1 for c in text[:SAMPLE_BYTES] if (c < " " and c not in "\t\r\n") or "\x7f" <= c < "\xa0"
    )
    if outside > max(2, MAX_CONTROL_SHARE * len(text[:SAMPLE_BYTES])):
        raise UnreadableFile(NOT_A_TABLE)
    return text


def _utf_16_codec(sample: bytes) -> str | None:
    """Return the codec of UTF-16 text without a byte-order mark, or None for other text.

    In UTF-16, about every second byte of a text in Latin script is NUL.
    """
    pairs = len(sample) // 2
    first, second = sample[0::2].count(0), sample[1::2].count(0)
    if pairs and second > 0.3 * pairs and first < 0.1 * pairs:
        return "utf-16-le"
    if pairs and first > 0.3 * pairs and second < 0.1 * pairs:
        return "utf-16-be"
    return None


def guessed_encoding(content: bytes) -> str:
    """Return the encoding that `decode` guesses; empty if the bytes identify the encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return ""
    if _utf_16_codec(content[:SAMPLE_BYTES]):
        return ""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        # In its plain CSV format, Excel for Mac writes Mac Roman with carriage returns only.
        return "mac_roman" if b"\r" in content and b"\n" not in content else "cp1252"
    return ""


def _decode_bytewise(content: bytes) -> str:
    """Decode UTF-8, Mac Roman or Windows-1252 text."""
    match guessed_encoding(content):
        case "":
            return content.decode("utf-8")
        case "mac_roman":
            return content.decode("mac_roman")
        case encoding:
            # Decode line by line, because a file that was pasted together from two exports may
            # have two encodings.
            return "".join(
                _decode_line(line, encoding) for line in content.splitlines(keepends=True)
            )


def _decode_line(line: bytes, encoding: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return decode_bytes(line, encoding)


def likely_delimiter(lines: list[str]) -> str:
    """Return the delimiter that splits the lines into the most known headings and e-mail addresses.

    Of equally good delimiters, the one with the most rows of equal length wins.
    """
    return max(DELIMITERS, key=lambda delimiter: _delimiter_score(lines, delimiter))


def _delimiter_score(lines: list[str], delimiter: str) -> tuple[int, float, int]:
    """Return a sort key for a delimiter. The delimiter with the highest key is the likeliest.

    The key is the number of known headings and addresses, the evenness, and the commonest number of
    cells in a row. Evenness is the fraction of rows that have the commonest number of cells.
    """
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
    """Yield the rows that are not empty, numbered as in a spreadsheet.

    An unclosed quotation mark affects only its own line.
    """
    start, number = 0, 1
    while start < len(lines):
        feed = _LineIterator(lines, start)
        reader = csv.reader(feed, delimiter=delimiter, strict=True)
        try:
            for cells in reader:
                if any(cells):
                    yield TableRow(number, tuple(cells))
                start, number = feed.position, number + 1
            return
        except csv.Error:
            # In strict mode, csv.reader raises an error at a stray quotation mark. Otherwise it
            # would read many rows as one cell.
            yield TableRow(number, tuple(_split_line(lines[start], delimiter)))
            start, number = start + 1, number + 1


class _LineIterator:
    """An iterator over lines. Its `position` shows how many lines csv.reader has read."""

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
        pass  # A cell longer than csv.field_size_limit().
    return [cell.strip('"') for cell in line.split(delimiter)]
