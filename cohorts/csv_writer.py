"""CSV files for spreadsheets, with a byte-order mark and protection from formula injection."""

import csv
import io
from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse

BYTE_ORDER_MARK = "\ufeff"
# Excel, LibreOffice and Google Sheets read a cell that starts with one of these as a formula.
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: object) -> str:
    """Return the cell as text. Prefix an apostrophe if a spreadsheet would run it as a formula.

    Numbers get no apostrophe, not even negative ones. None becomes an empty string.
    """
    if isinstance(cell, int | float):
        return str(cell)
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text


def csv_rows(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the text of a CSV file: first a byte-order mark, then one row at a time.

    The byte-order mark tells Excel that the file is UTF-8.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield BYTE_ORDER_MARK
    for row in rows:
        writer.writerow([escape_formula(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def csv_download(rows: Iterable[Iterable[object]], filename: str) -> StreamingHttpResponse:
    """Return a response that sends the CSV file row by row, so that memory stays constant."""
    return StreamingHttpResponse(
        csv_rows(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"'},
    )
