"""Workbooks are read as Excel shows them: hidden cells, merged cells, links, group headings."""

import io
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from cohorts.importing.columns import guess_columns
from cohorts.importing.people import read_people
from cohorts.importing.reader import read_table
from cohorts.importing.table import Table, UnreadableFile
from cohorts.importing.xlsx_reader import DAMAGED
from tests.cohorts.importing.files import AMINA, HEADINGS, MAIREAD, cells, csv_of, repacked

BRYN = ["Bryn Rees", "bryn@example.org", "Fell Ltd"]
MANAGERS = [["Line manager", "", "Participant", ""], ["Name", "Email", "Name", "Email"]]
PAIRS = [
    ["Olu Ade", "olu@example.org", "Amina Patel", "amina@example.org"],
    ["Jo Reed", "jo@example.org", "Bryn Rees", "bryn@example.org"],
]


def workbook(rows: list[list[str]], change: Callable[[Worksheet], object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(row)
    change(sheet)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def people_of(table: Table) -> list[tuple[str, str]]:
    return [
        (row.name, row.email)
        for row in read_people(table, guess_columns(table), {})
        if row.status == "ready"
    ]


def test_hidden_rows_are_counted_together() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.row_dimensions[3].hidden = True
        sheet.row_dimensions[9].hidden = True

    table = read_table(workbook([HEADINGS, AMINA, BRYN, MAIREAD], hide), "x.xlsx")

    assert cells(table) == [MAIREAD]
    assert table.rows[0].number == 4
    assert [note.partition(".")[0] for note in table.notes] == ["2 hidden rows left out: rows 2, 3"]


def test_organisation_merged_from_a_hidden_row_is_read() -> None:
    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("C2:C3")
        sheet.row_dimensions[2].hidden = True

    table = read_table(workbook([HEADINGS, AMINA, [*BRYN[:2], ""]], change), "x.xlsx")

    assert cells(table) == [[*BRYN[:2], AMINA[2]]]


def test_blank_row_within_merged_cells_is_no_person() -> None:
    content = workbook(
        [HEADINGS, AMINA, [], [*BRYN[:2], ""]], lambda sheet: sheet.merge_cells("C2:C4")
    )

    assert [row[2] for row in cells(read_table(content, "x.xlsx"))] == [AMINA[2]] * 2


def test_hidden_column_of_addresses_is_read() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.column_dimensions["B"].hidden = True

    table = read_table(workbook([HEADINGS, AMINA], hide), "x.xlsx")

    assert people_of(table) == [("Amina Patel", "amina@example.org")]
    assert table.notes == ("The column “Email” is hidden in the file. We read it too.",)


def test_addresses_in_link_formulas_are_read() -> None:
    formula = '=HYPERLINK("mailto:amina@example.org?subject=Hello","E-mail")'
    content = workbook([["Name", "E-mail"], ["Amina Patel", formula]], lambda _: None)

    assert people_of(read_table(content, "x.xlsx")) == [("Amina Patel", "amina@example.org")]


def test_links_to_the_addresses_that_cells_show_add_no_column() -> None:
    def link(sheet: Worksheet) -> None:
        sheet["B2"].hyperlink = "mailto:amina@example.org"
        sheet["C2"].hyperlink = "https://example.org/"

    table = read_table(workbook([HEADINGS, AMINA], link), "x.xlsx")

    assert (list(table.headings), table.notes) == (HEADINGS, ())


@pytest.mark.parametrize("turned", [False, True])
def test_group_headings_of_a_csv_file_keep_managers_out(turned: bool) -> None:
    rows = [[*row[2:], *row[:2]] if turned else row for row in (*MANAGERS, *PAIRS)]

    table = read_table(csv_of(rows).encode(), "x.csv")

    assert people_of(table) == [
        ("Amina Patel", "amina@example.org"),
        ("Bryn Rees", "bryn@example.org"),
    ]


def test_column_beside_a_merged_group_keeps_its_heading() -> None:
    def merge(sheet: Worksheet) -> None:
        sheet.merge_cells("A1:B1")
        sheet.merge_cells("C1:D1")

    rows = [[*row, "Organisation" if row is MANAGERS[1] else "Fell Ltd"] for row in PAIRS]
    headings = [MANAGERS[0], [*MANAGERS[1], "Organisation"]]
    table = read_table(workbook([*headings, *rows], merge), "x.xlsx")

    assert list(table.headings) == [
        "Line manager: Name",
        "Line manager: Email",
        "Participant: Name",
        "Participant: Email",
        "Organisation",
    ]


def test_damaged_sheet_is_refused() -> None:
    content = workbook([HEADINGS, AMINA], lambda _: None)
    with pytest.raises(UnreadableFile) as refused:
        read_table(repacked(content, {"xl/worksheets/sheet1.xml": b"<worksheet"}), "x.xlsx")
    assert refused.value.sentence == str(DAMAGED)
