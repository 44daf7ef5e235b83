import csv
import io

import pytest

from cohorts.csv_writer import csv_rows, escape_formula


@pytest.mark.parametrize("cell", ["=1+1", "+44 191 498 0000", "-2", "@sum", "\tx", "\rx"])
def test_guard_puts_an_apostrophe_before_what_would_run(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "text"), [("Amina", "Amina"), (-2, "-2"), (1.5, "1.5"), (None, ""), ("", "")]
)
def test_guard_leaves_the_rest(cell: object, text: str) -> None:
    assert escape_formula(cell) == text


def test_csv_rows_can_be_read_back_by_a_spreadsheet() -> None:
    rows: list[list[object]] = [
        ["Name", "Note"],
        ["Mairéad", 'said "yes", then\nleft'],
        ["=HYPERLINK()", 3],
    ]
    content = "".join(csv_rows(rows)).encode()
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read == [["Name", "Note"], ["Mairéad", 'said "yes", then\nleft'], ["'=HYPERLINK()", "3"]]
