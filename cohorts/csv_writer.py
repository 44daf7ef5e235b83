"""CSV that a spreadsheet opens as it was meant: in the right alphabet, and with no cell that runs as a formula."""

import csv
import io
from collections.abc import Iterable, Iterator

BYTE_ORDER_MARK = "\ufeff"
# What Excel, LibreOffice and Google Sheets take for the beginning of a formula.
RUNS = ("=", "+", "-", "@", "\t", "\r")


def guard(cell: object) -> str:
    """The cell as text; an apostrophe goes before what would run, as a spreadsheet's own user would type it.

    Numbers stay numbers, negative ones too.
    """
    if isinstance(cell, int | float):
        return str(cell)
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(RUNS) else text


def csv_rows(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The lines of a CSV file, to be sent as UTF-8: a byte-order mark first, by which Excel knows the alphabet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield BYTE_ORDER_MARK
    for row in rows:
        writer.writerow([guard(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
