"""Reading of CSV and XLSX files as tools and people write them."""

import io
import re
import zipfile

import openpyxl
import pytest

from cohorts.importing import reader
from cohorts.importing.reader import read_table
from tests.cohorts.importing.files import (
    AMINA,
    DATA,
    HEADINGS,
    MAIREAD,
    MOMENTS,
    cells,
    csv_of,
    repacked,
    xlsx_of,
)


def test_event_tool_file_is_read() -> None:
    table = read_table((DATA / "north-east-attendees.csv").read_bytes(), "north-east-attendees.csv")
    assert len(table.rows) == 25
    assert table.headings[2:5] == ("First name", "Surname", "Email")
    assert [row.number for row in table.rows] == list(range(2, 27))
    assert table.rows[12].cells[2] == "Mairéad"
    assert table.rows[12].cells[9] == "Open Door (Refugee Welcome), CIC"
    assert table.rows[10].cells[9] == 'Second Spring "Men\'s Shed"'


def test_form_tool_workbook_is_read_without_blank_rows_and_extra_sheet() -> None:
    table = read_table((DATA / "essex-form-answers.xlsx").read_bytes(), "essex-form-answers.xlsx")
    assert len(table.rows) == 20
    assert table.sheet == "Form1"
    assert table.notes == ()
    assert [row.number for row in table.rows] == list(range(2, 22))
    assert table.rows[2].cells[5:7] == ("Ceri Müller", "ceri.mller@example.net")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding",
    [
        "utf-8",
        "utf-8-sig",
        "cp1252",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-8+nothing-foreign",
    ],
)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_csv_is_read_in_every_encoding_with_every_delimiter(
    encoding: str, delimiter: str, line_end: str
) -> None:
    people = [AMINA, ["Zoe Lin", "zoe@example.org", "Harbour, Home; Care | Ltd"]]
    if "nothing" not in encoding:
        people.append(MAIREAD)
    text = csv_of([HEADINGS, *people], delimiter, line_end)
    table = read_table(text.encode(encoding.partition("+")[0]), "people.txt")
    assert list(table.headings) == HEADINGS
    assert cells(table) == people


def test_classic_mac_csv_is_read() -> None:
    text = csv_of([HEADINGS, ["Mairéad Ó Briain", "m@example.org", "Café"]], ",", "\r")
    assert cells(read_table(text.encode("mac_roman"), "mac.csv")) == [
        ["Mairéad Ó Briain", "m@example.org", "Café"]
    ]


def test_utf8_file_with_one_windows_1252_line_is_read() -> None:
    first = csv_of([HEADINGS, ["Siân Rees", "sian@example.org", "Ysgol"]]).encode("utf-8")
    second = csv_of([["Zoë Lin", "zoe@example.org", "Café"]]).encode("cp1252")
    assert [row[0] for row in cells(read_table(first + second, "x.csv"))] == [
        "Siân Rees",
        "Zoë Lin",
    ]


def test_byte_order_mark_in_the_middle_is_removed() -> None:
    half = csv_of([HEADINGS, AMINA]).encode("utf-8-sig")
    table = read_table(half + half, "joined.csv")
    assert cells(table) == [AMINA, AMINA]
    assert [row.number for row in table.rows] == [2, 4]


def test_separator_line_of_excel_is_used_and_not_counted() -> None:
    table = read_table(b"sep=;\r\nName;Email\r\nAmina;amina@example.org\r\n", "x.csv")
    assert cells(table) == [["Amina", "amina@example.org"]]
    assert table.rows[0].number == 2


def test_title_lines_and_blank_rows_are_skipped_without_renumbering() -> None:
    rows = [
        ["Leading Change Together: e-mail list"],
        [],
        ["Exported", "2026-11-01"],
        [],
        HEADINGS,
        AMINA,
        ["", "", ""],
        MAIREAD,
    ]
    table = read_table(csv_of(rows).encode(), "x.csv")
    assert (table.heading_row, [row.number for row in table.rows]) == (5, [6, 8])
    assert list(table.headings) == HEADINGS


def test_file_without_headings_gets_lettered_columns_and_includes_row_one() -> None:
    table = read_table(csv_of([AMINA, MAIREAD]).encode(), "x.csv")
    assert table.headings == ("Column A", "Column B", "Column C")
    assert not table.has_headings
    assert cells(table) == [AMINA, MAIREAD]


def test_unknown_headings_are_found_above_the_first_address() -> None:
    table = read_table(csv_of([["Wer", "Wohin"], ["Amina", "amina@example.org"]]).encode(), "x.csv")
    assert table.headings == ("Wer", "Wohin")
    assert len(table.rows) == 1


def test_rows_of_different_lengths_are_padded() -> None:
    content = b"Name,Email\nAmina,amina@example.org,extra\nBryn\n"
    table = read_table(content, "x.csv")
    assert table.headings == ("Name", "Email", "Column C")
    assert cells(table) == [["Amina", "amina@example.org", "extra"], ["Bryn", "", ""]]


def test_unclosed_quotation_mark_affects_one_line_only() -> None:
    content = (
        b'Name,Email,Organisation\n"Amina,amina@example.org,Here\nBryn,bryn@example.org,There\n'
    )
    assert cells(read_table(content, "x.csv")) == [
        ["Amina", "amina@example.org", "Here"],
        ["Bryn", "bryn@example.org", "There"],
    ]


def test_two_unclosed_quotation_marks_do_not_join_rows() -> None:
    content = (
        b'Name,Email\n"Amina,a@example.org\nBryn,b@example.org\n'
        b'"Ceri,c@example.org\nDev,d@example.org\n'
    )
    assert [row[1] for row in cells(read_table(content, "x.csv"))] == [
        f"{c}@example.org" for c in "abcd"
    ]


def test_quotation_marks_inside_an_unquoted_cell_are_unchanged() -> None:
    content = b'Name,Email,Organisation\nAmina,a@example.org,The "Shed" Trust\n'
    assert cells(read_table(content, "x.csv"))[0][2] == 'The "Shed" Trust'


def test_line_break_in_a_quoted_cell_does_not_end_the_row() -> None:
    table = read_table(csv_of([HEADINGS, ["Amina\nPatel", *AMINA[1:]], MAIREAD]).encode(), "x.csv")
    assert [row.number for row in table.rows] == [2, 3]
    assert cells(table)[0][0] == "Amina\nPatel"


def test_nul_in_a_cell_is_returned() -> None:
    table = read_table(b"Name,Email\nAm\x00ina,amina@example.org\n", "x.csv")
    assert cells(table) == [["Am\x00ina", "amina@example.org"]]


def test_long_cell_is_truncated_to_the_limit_of_spreadsheets() -> None:
    table = read_table(csv_of([HEADINGS, [*AMINA[:2], "x" * 400_000], MAIREAD]).encode(), "x.csv")
    assert [len(row[2]) for row in cells(table)] == [reader.MAX_CELL, len(MAIREAD[2])]


def test_totals_footers_and_repeated_headings_are_not_people() -> None:
    rows = [HEADINGS, AMINA, HEADINGS, MAIREAD, ["Total", "2", ""], ["Exported on 1 November 2026"]]
    table = read_table(csv_of(rows).encode(), "x.csv")
    assert cells(table) == [AMINA, MAIREAD]
    assert table.notes == (
        "We left out row 5, which is not a person: “Total 2”.",
        "We left out row 6, which is not a person: “Exported on 1 November 2026”.",
    )


def test_last_person_without_an_address_is_not_a_footer() -> None:
    rows = [HEADINGS, AMINA, ["Bryn Nowak", "", ""]]
    assert len(read_table(csv_of(rows).encode(), "x.csv").rows) == 2


def test_second_line_of_headings_of_survey_tools_is_merged() -> None:
    rows = [
        ["Respondent ID", "About you", "", "What sector do you work in?"],
        ["", "Name", "Email Address", "Response"],
        ["1", "Amina", "amina@example.org", "NHS"],
    ]
    table = read_table(csv_of(rows).encode(), "x.csv")
    assert table.headings == (
        "Respondent ID",
        "Name",
        "Email Address",
        "What sector do you work in?",
    )
    rows = [["Name", "Email", "Sector"], ["Open-Ended Response", "Response", "Response"], AMINA]
    assert cells(read_table(csv_of(rows).encode(), "x.csv")) == [AMINA]


def test_workbook_with_merged_title_wrong_dimensions_and_gaps_is_read() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "Delegates, autumn 2026"
    sheet.merge_cells("A1:C1")
    for column, heading in enumerate(HEADINGS, start=1):
        sheet.cell(3, column, heading)
        sheet.cell(7, column, AMINA[column - 1])
    file = io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as package:
        part = package.read("xl/worksheets/sheet1.xml").replace(b'ref="A1:C7"', b'ref="A1:A1"')
    assert b'ref="A1:A1"' in part
    table = read_table(repacked(file.getvalue(), {"xl/worksheets/sheet1.xml": part}), "x.xlsx")
    assert (table.heading_row, table.rows[0].number, cells(table)) == (3, 7, [AMINA])


def test_sheet_of_people_is_chosen_and_the_other_sheet_is_named() -> None:
    sheets = {
        "Read me": [["How to use this workbook"]],
        "Sectors": [["Sector"], ["Public"]],
        "People": [HEADINGS, AMINA],
        "Wave 2": [HEADINGS, MAIREAD],
    }
    table = read_table(xlsx_of(sheets), "x.xlsx")
    assert table.sheet == "People"
    assert table.notes == (
        "The sheet “Wave 2” also looks like a list of people. We didn’t read it.",
    )


def test_hidden_sheet_is_not_read() -> None:
    book = openpyxl.load_workbook(
        io.BytesIO(xlsx_of({"Old": [HEADINGS, MAIREAD], "Now": [HEADINGS, AMINA]}))
    )
    book["Old"].sheet_state = "hidden"
    book.active = 1
    file = io.BytesIO()
    book.save(file)
    table = read_table(file.getvalue(), "x.xlsx")
    assert (table.sheet, cells(table), table.notes) == ("Now", [AMINA], ())


def test_workbook_is_recognised_by_its_content() -> None:
    assert cells(read_table(xlsx_of({"S": [HEADINGS, AMINA]}), "people.csv")) == [AMINA]
    assert cells(read_table(csv_of([HEADINGS, AMINA]).encode(), "people.xlsx")) == [AMINA]


def test_cells_of_a_workbook_become_text() -> None:
    row = [
        "a@example.org", 7, 7.0, 7.5, True, *MOMENTS, "#N/A", None, "a_x000D_b",
    ]  # fmt: skip
    table = read_table(xlsx_of({"S": [["Email", *"BCDEFGHIJK"], row]}), "x.xlsx")
    assert cells(table)[0] == [
        "a@example.org", "7", "7", "7.5", "Yes", "2026-11-01 09:30:00", "2026-11-01", "09:05:00",
        "", "", "a\rb",
    ]  # fmt: skip


def test_formulas_are_not_evaluated() -> None:
    formulas = ['="Tyne "&"Valley"', '=HYPERLINK("https://example.com","click")']
    people = [
        [*AMINA[:2], formulas[0]],
        [*MAIREAD[:2], formulas[1]],
        ["Text", "t@example.org", "TEXT"],
    ]
    content = xlsx_of({"S": [HEADINGS, *people]})
    part = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    # Excel saves a formula's last value in its cell, which this file lacks, so it is added here.
    saved = re.sub(
        rb'<c r="C2"><f>(.*?)</f><v ?/>', rb'<c r="C2" t="str"><f>\1</f><v>Tyne Valley</v>', part
    )
    assert saved != part
    table = read_table(repacked(content, {"xl/worksheets/sheet1.xml": saved}), "x.xlsx")
    assert [row[2] for row in cells(table)] == ["Tyne Valley", "", "TEXT"]


def test_rows_quoted_as_a_whole_are_split() -> None:
    table = read_table(
        b'"Name,Email"\n\n"Amina,amina@example.org"\n"""Rees, Bryn"",bryn@example.org"\n', "x.csv"
    )
    assert list(table.headings) == ["Name", "Email"]
    assert [(row.number, *row.cells) for row in table.rows] == [
        (3, "Amina", "amina@example.org"),
        (4, "Rees, Bryn", "bryn@example.org"),
    ]
