import csv
import io

import pytest

from cohorts.csv_writer import csv_rows, escape_formula


@pytest.mark.parametrize("cell", ["=1+1", "+44 191 498 0000", "-2", "@sum", "\tx", "\rx"])
def test_formula_gets_a_leading_apostrophe(cell: str) -> None:
    assert escape_formula(cell) == f"'{cell}"


@pytest.mark.parametrize(
    ("cell", "text"), [("Amina", "Amina"), (-2, "-2"), (1.5, "1.5"), (None, ""), ("", "")]
)
def test_other_text_and_numbers_are_unchanged(cell: object, text: str) -> None:
    assert escape_formula(cell) == text


def test_csv_rows_can_be_read_back() -> None:
    rows: list[list[object]] = [
        ["Name", "Note"],
        ["Mairéad", 'said "yes", then\nleft'],
        ["=HYPERLINK()", 3],
    ]
    content = "".join(csv_rows(rows)).encode()
    assert content.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert read == [["Name", "Note"], ["Mairéad", 'said "yes", then\nleft'], ["'=HYPERLINK()", "3"]]
