"""Files as tools and people really write them: read whole, or refused in one sentence."""

import datetime as dt
import io
import re
import time
import tracemalloc
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.importing import delimited, reading, workbooks
from cohorts.importing.reading import Table, UnreadableFile, read_table

# A spreadsheet's dates know no time zone.
MOMENTS = (dt.datetime(2026, 11, 1, 9, 30), dt.datetime(2026, 11, 1), dt.time(9, 5))  # noqa: DTZ001
DATA = Path(__file__).parents[2] / "data"
HEADINGS = ["Name", "Email", "Organisation"]
AMINA = ["Amina Patel", "amina@example.org", "Tyne Valley Council"]
MAIREAD = ["Mairéad Ó Briain", "mairead@example.net", "Second Spring “Men’s Shed”"]


def csv_of(rows: Sequence[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    def cell(text: str) -> str:
        needs_quotes = any(sign in text for sign in (delimiter, '"', "\n", "\r"))
        return '"' + text.replace('"', '""') + '"' if needs_quotes else text

    return "".join(delimiter.join(map(cell, row)) + line_end for row in rows)


def xlsx_of(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def repacked(content: bytes, replaced: dict[str, bytes]) -> bytes:
    """The same workbook with some of its parts written anew."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, replaced.pop(name, b"") or old.read(name))
        for name, part in replaced.items():
            new.writestr(name, part)
    return file.getvalue()


def cells(table: Table) -> list[list[str]]:
    return [list(row.cells) for row in table.rows]


def refusal(content: bytes, filename: str = "people.csv") -> str:
    with pytest.raises(UnreadableFile) as refused:
        read_table(content, filename)
    return refused.value.sentence


def test_event_tools_file_reads_whole() -> None:
    table = read_table((DATA / "north-east-attendees.csv").read_bytes(), "north-east-attendees.csv")
    assert len(table.rows) == 25
    assert table.headings[2:5] == ("First name", "Surname", "Email")
    assert [row.number for row in table.rows] == list(range(2, 27))
    assert table.rows[12].cells[2] == "Mairéad"
    assert table.rows[12].cells[9] == "Open Door (Refugee Welcome), CIC"
    assert table.rows[10].cells[9] == 'Second Spring "Men\'s Shed"'


def test_form_tools_workbook_reads_whole_without_its_blank_rows_and_extra_sheet() -> None:
    table = read_table((DATA / "essex-form-answers.xlsx").read_bytes(), "essex-form-answers.xlsx")
    assert len(table.rows) == 20
    assert table.sheet == "Form1"
    assert table.notes == ()
    assert [row.number for row in table.rows] == list(range(2, 22))
    assert table.rows[2].cells[5:7] == ("Ceri Müller", "ceri.mller@example.net")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8+nothing-foreign"],
)
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_csv_reads_in_every_alphabet_with_every_delimiter(
    encoding: str, delimiter: str, line_end: str
) -> None:
    people = [AMINA, ["Zoe Lin", "zoe@example.org", "Harbour, Home; Care | Ltd"]]
    if "nothing" not in encoding:
        people.append(MAIREAD)
    text = csv_of([HEADINGS, *people], delimiter, line_end)
    table = read_table(text.encode(encoding.partition("+")[0]), "people.txt")
    assert list(table.headings) == HEADINGS
    assert cells(table) == people


def test_old_mac_csv_reads() -> None:
    text = csv_of([HEADINGS, ["Mairéad Ó Briain", "m@example.org", "Café"]], ",", "\r")
    assert cells(read_table(text.encode("mac_roman"), "mac.csv")) == [
        ["Mairéad Ó Briain", "m@example.org", "Café"]
    ]


def test_utf8_with_one_windows_line_pasted_in_reads_both() -> None:
    first = csv_of([HEADINGS, ["Siân Rees", "sian@example.org", "Ysgol"]]).encode("utf-8")
    second = csv_of([["Zoë Lin", "zoe@example.org", "Café"]]).encode("cp1252")
    assert [row[0] for row in cells(read_table(first + second, "x.csv"))] == ["Siân Rees", "Zoë Lin"]


def test_mark_in_the_middle_where_two_files_were_joined_is_dropped() -> None:
    half = csv_of([HEADINGS, AMINA]).encode("utf-8-sig")
    table = read_table(half + half, "joined.csv")
    assert cells(table) == [AMINA, AMINA]
    assert [row.number for row in table.rows] == [2, 4]


def test_separator_line_of_excel_is_obeyed_and_not_counted() -> None:
    table = read_table(b"sep=;\r\nName;Email\r\nAmina;amina@example.org\r\n", "x.csv")
    assert cells(table) == [["Amina", "amina@example.org"]]
    assert table.rows[0].number == 2


def test_title_lines_and_blank_rows_are_left_out_and_rows_keep_their_numbers() -> None:
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


def test_file_without_headings_names_columns_by_letter_and_keeps_the_first_row() -> None:
    table = read_table(csv_of([AMINA, MAIREAD]).encode(), "x.csv")
    assert table.headings == ("Column A", "Column B", "Column C")
    assert not table.has_headings
    assert cells(table) == [AMINA, MAIREAD]


def test_headings_nobody_knows_are_found_above_the_first_address() -> None:
    table = read_table(csv_of([["Wer", "Wohin"], ["Amina", "amina@example.org"]]).encode(), "x.csv")
    assert table.headings == ("Wer", "Wohin")
    assert len(table.rows) == 1


def test_ragged_rows_are_evened_out_and_nothing_is_lost() -> None:
    content = b"Name,Email\nAmina,amina@example.org,extra\nBryn\n"
    table = read_table(content, "x.csv")
    assert table.headings == ("Name", "Email", "Column C")
    assert cells(table) == [["Amina", "amina@example.org", "extra"], ["Bryn", "", ""]]


def test_lone_quote_costs_its_own_line_only() -> None:
    content = b'Name,Email,Organisation\n"Amina,amina@example.org,Here\nBryn,bryn@example.org,There\n'
    assert cells(read_table(content, "x.csv")) == [
        ["Amina", "amina@example.org", "Here"],
        ["Bryn", "bryn@example.org", "There"],
    ]


def test_two_lone_quotes_do_not_swallow_the_people_between_them() -> None:
    content = (
        b'Name,Email\n"Amina,a@example.org\nBryn,b@example.org\n"Ceri,c@example.org\nDev,d@example.org\n'
    )
    assert [row[1] for row in cells(read_table(content, "x.csv"))] == [f"{c}@example.org" for c in "abcd"]


def test_quotes_inside_an_unquoted_cell_are_kept() -> None:
    content = b'Name,Email,Organisation\nAmina,a@example.org,The "Shed" Trust\n'
    assert cells(read_table(content, "x.csv"))[0][2] == 'The "Shed" Trust'


def test_line_break_in_a_quoted_cell_is_one_row_as_in_a_spreadsheet() -> None:
    table = read_table(csv_of([HEADINGS, ["Amina\nPatel", *AMINA[1:]], MAIREAD]).encode(), "x.csv")
    assert [row.number for row in table.rows] == [2, 3]
    assert cells(table)[0][0] == "Amina\nPatel"


def test_nul_in_a_cell_is_passed_on_for_cleaning() -> None:
    table = read_table(b"Name,Email\nAm\x00ina,amina@example.org\n", "x.csv")
    assert cells(table) == [["Am\x00ina", "amina@example.org"]]


def test_huge_cell_is_cut_to_what_a_spreadsheet_holds() -> None:
    table = read_table(csv_of([HEADINGS, [*AMINA[:2], "x" * 400_000], MAIREAD]).encode(), "x.csv")
    assert [len(row[2]) for row in cells(table)] == [reading.MAX_CELL, len(MAIREAD[2])]


def test_totals_footers_and_repeated_headings_are_no_people() -> None:
    rows = [HEADINGS, AMINA, HEADINGS, MAIREAD, ["Total", "2", ""], ["Exported on 1 November 2026"]]
    table = read_table(csv_of(rows).encode(), "x.csv")
    assert cells(table) == [AMINA, MAIREAD]
    assert table.notes == (
        "Row 5 is not a person and was left out: “Total 2”.",
        "Row 6 is not a person and was left out: “Exported on 1 November 2026”.",
    )


def test_last_person_without_an_address_is_no_footer() -> None:
    rows = [HEADINGS, AMINA, ["Bryn Nowak", "", ""]]
    assert len(read_table(csv_of(rows).encode(), "x.csv").rows) == 2


def test_survey_tools_second_line_of_headings_is_folded_in() -> None:
    rows = [
        ["Respondent ID", "About you", "", "What sector do you work in?"],
        ["", "Name", "Email Address", "Response"],
        ["1", "Amina", "amina@example.org", "NHS"],
    ]
    table = read_table(csv_of(rows).encode(), "x.csv")
    assert table.headings == ("Respondent ID", "Name", "Email Address", "What sector do you work in?")
    rows = [["Name", "Email", "Sector"], ["Open-Ended Response", "Response", "Response"], AMINA]
    assert cells(read_table(csv_of(rows).encode(), "x.csv")) == [AMINA]


def test_workbook_with_merged_title_lying_dimensions_and_gaps_reads() -> None:
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


def test_the_sheet_of_people_is_chosen_and_the_other_one_named() -> None:
    sheets = {
        "Read me": [["How to use this workbook"]],
        "Sectors": [["Sector"], ["Public"]],
        "People": [HEADINGS, AMINA],
        "Wave 2": [HEADINGS, MAIREAD],
    }
    table = read_table(xlsx_of(sheets), "x.xlsx")
    assert table.sheet == "People"
    assert table.notes == ("The sheet “Wave 2” also looks like a list of people. It was not read.",)


def test_hidden_sheet_is_not_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of({"Old": [HEADINGS, MAIREAD], "Now": [HEADINGS, AMINA]})))
    book["Old"].sheet_state = "hidden"
    book.active = 1
    file = io.BytesIO()
    book.save(file)
    table = read_table(file.getvalue(), "x.xlsx")
    assert (table.sheet, cells(table), table.notes) == ("Now", [AMINA], ())


def test_workbook_is_known_by_its_content_whatever_its_name() -> None:
    assert cells(read_table(xlsx_of({"S": [HEADINGS, AMINA]}), "people.csv")) == [AMINA]
    assert cells(read_table(csv_of([HEADINGS, AMINA]).encode(), "people.xlsx")) == [AMINA]


def test_cells_of_a_workbook_become_what_a_person_would_type() -> None:
    row = [
        "a@example.org", 7, 7.0, 7.5, True, *MOMENTS, "#N/A", None, "a_x000D_b",
    ]  # fmt: skip
    table = read_table(xlsx_of({"S": [["Email", *"BCDEFGHIJK"], row]}), "x.xlsx")
    assert cells(table)[0] == [
        "a@example.org", "7", "7", "7.5", "Yes", "2026-11-01 09:30:00", "2026-11-01", "09:05:00", "", "", "a\rb",
    ]  # fmt: skip


def test_formulas_are_never_worked_out() -> None:
    formulas = ['="Tyne "&"Valley"', '=HYPERLINK("https://example.com","click")']
    people = [[*AMINA[:2], formulas[0]], [*MAIREAD[:2], formulas[1]], ["Text", "t@example.org", "TEXT"]]
    content = xlsx_of({"S": [HEADINGS, *people]})
    part = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    # Excel keeps the value it last worked out beside a formula; other tools leave it out.
    saved = re.sub(rb'<c r="C2"><f>(.*?)</f><v ?/>', rb'<c r="C2" t="str"><f>\1</f><v>Tyne Valley</v>', part)
    assert saved != part
    table = read_table(repacked(content, {"xl/worksheets/sheet1.xml": saved}), "x.xlsx")
    assert [row[2] for row in cells(table)] == ["Tyne Valley", "", "TEXT"]


def test_whole_lines_in_quotes_are_taken_apart() -> None:
    table = read_table(
        b'"Name,Email"\n\n"Amina,amina@example.org"\n"""Rees, Bryn"",bryn@example.org"\n', "x.csv"
    )
    assert list(table.headings) == ["Name", "Email"]
    assert [(row.number, *row.cells) for row in table.rows] == [
        (3, "Amina", "amina@example.org"),
        (4, "Rees, Bryn", "bryn@example.org"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "This file is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "This file is empty."),
        (b"\x00" * 500, "This file is empty."),
        (b",,,\r\n,,,\r\n", "This file is empty."),
        (b"Name,Email\r\n", "This file has headings and nobody beneath them."),
        (b"%PDF-1.7\n...", reading.SIGNATURES[0][1]),
        (b"\x89PNG\r\n\x1a\n\x00", reading.SIGNATURES[1][1]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, reading.OLD_EXCEL),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "This workbook is protected by a password. Take the password off, save it and try again.",
        ),
        (b"<html><table><tr><td>Name</td></tr></table>", reading.WEB_PAGE_FILE),
        (b'[{"name": "Amina", "email": "a@example.org"}]', reading.JSON_FILE),
        (b"Once upon a time\nthere was a list.\n", reading.NO_ADDRESSES),
        (b"PK\x03\x04nonsense", workbooks.DAMAGED),
        (bytes(range(256)) * 40, delimited.NOT_A_TABLE),
        (b"\xff\xfeN\x00a\x00\x00\xd8", delimited.DAMAGED),
        (b"x" * (50 * 1024 * 1024), reading.TOO_MANY_BYTES),
    ],
    ids=[
        "empty",
        "blank",
        "nuls",
        "commas",
        "headings",
        "pdf",
        "png",
        "xls",
        "password",
        "html",
        "json",
        "prose",
        "zip",
        "noise",
        "utf16",
        "50MB",
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    assert refusal(content) == sentence


def zip_of(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in parts.items():
            package.writestr(name.replace("__", "/"), part)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "begins"),
    [
        (zip_of(word__document=b"x"), "This is a Word document"),
        (zip_of(people=b"x"), "This is a zip file"),
        (zip_of(xl__workbook=b"x"), "This kind of Excel file"),
        (zip_of(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "This is an OpenDocument file"),
        (zip_of(mimetype=b"\x00" * 70_000_000), "This is a zip file"),
    ],
    ids=["word", "zip", "xlsb", "ods", "bomb that is no workbook"],
)
def test_other_packages_are_told_apart(content: bytes, begins: str) -> None:
    assert refusal(content).startswith(begins)


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/worksheets/sheet1.xml": b" " * 70_000_000})
    assert len(bomb) < 200_000
    tracemalloc.start()
    try:
        assert refusal(bomb) == workbooks.TOO_LARGE_INSIDE
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_bomb_of_shared_texts_is_refused() -> None:
    strings = b"<sst>" + b"<si><t>a</t></si>" * 1_000_000 + b"</sst>"
    assert (
        refusal(repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/sharedStrings.xml": strings}))
        == workbooks.TOO_LARGE_INSIDE
    )


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(9))
    + b"]><z>&j;</z>"
)


@pytest.mark.parametrize("element", [b"<c/>" * 500_000, b"<row/>" * 2_100_000], ids=["cells", "rows"])
def test_sheet_of_countless_blank_cells_is_refused_before_it_is_parsed(element: bytes) -> None:
    sheet = b"<worksheet><sheetData><row>" + element + b"</row></sheetData></worksheet>"
    content = repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/worksheets/sheet1.xml": sheet})
    assert refusal(content) == workbooks.TOO_LARGE_INSIDE


def test_text_of_countless_lines_is_refused() -> None:
    assert refusal(b"Email\na@example.org\n" + b"\n" * delimited.MAX_LINES) == delimited.TOO_MANY_LINES


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize(
    "written",
    [
        b"<not closed",
        b"\x00\x01\x02",
        ENTITIES,
    ],
    ids=["torn", "binary", "entities"],
)
def test_damaged_workbook_is_refused(part: str, written: bytes) -> None:
    assert refusal(repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {part: written})) == workbooks.DAMAGED


def test_too_many_rows_and_columns_are_refused() -> None:
    people = [["A", f"a{n}@example.org", ""] for n in range(reading.MAX_ROWS)]
    full = csv_of([["A title"], [], HEADINGS, *people])
    assert len(read_table(full.encode(), "x.csv").rows) == reading.MAX_ROWS
    assert refusal((full + "B,b@example.org,\r\n").encode()) == reading.TOO_MANY_ROWS
    assert refusal((full * 2).encode()) == reading.TOO_MANY_ROWS
    wide = [
        ["Email", *map(str, range(reading.MAX_COLUMNS - 1))],
        ["a@example.org", *["1"] * (reading.MAX_COLUMNS - 1)],
    ]
    assert len(read_table(csv_of(wide).encode(), "x.csv").headings) == reading.MAX_COLUMNS
    assert refusal(csv_of([[*row, "1"] for row in wide]).encode()) == reading.TOO_MANY_COLUMNS
    assert refusal(xlsx_of({"S": [[*row, "1"] for row in wide]}), "x.xlsx") == reading.TOO_MANY_COLUMNS


def test_blank_columns_and_rows_far_out_do_not_count() -> None:
    assert cells(read_table(b"Email" + b"," * 90 + b"\na@example.org\n" + b",,\n" * 9000, "x.csv")) == [
        ["a@example.org"]
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_two_thousand_rows_read_fast_and_in_little_memory(kind: str) -> None:
    rows = [[*HEADINGS, *[f"Question {n}" for n in range(12)]]]
    rows += [
        [f"Amina {n} Patel", f"amina{n}@example.org", "Tyne Valley Council", *["A short answer"] * 12]
        for n in range(2000)
    ]
    content = csv_of(rows).encode() if kind == "csv" else xlsx_of({"S": rows})
    began = time.process_time()
    assert len(read_table(content, "x").rows) == 2000
    assert time.process_time() - began < 2
    tracemalloc.start()
    try:
        read_table(content, "x")
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()


def read_or_refuse(content: bytes) -> Table | str:
    try:
        return read_table(content, "x.csv")
    except UnreadableFile as refused:
        return refused.sentence


@given(
    content=st.binary(max_size=600)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=300, deadline=None)
def test_any_bytes_give_a_table_or_a_sentence(content: bytes) -> None:
    for beginning in (b"", b"\xff\xfe", b"PK\x03\x04", b"Name,Email\n"):
        table = read_or_refuse(beginning + content)
        if isinstance(table, str):
            assert table.endswith(".")
        else:
            assert {len(row.cells) for row in table.rows} == {len(table.headings)}
