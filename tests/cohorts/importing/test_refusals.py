"""Files that the reader refuses with UnreadableFile: damaged or too large ones, and zip bombs."""

import io
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.importing import csv_reader, reader, xlsx_reader
from cohorts.importing.reader import Table, UnreadableFile, read_table
from tests.cohorts.importing.files import AMINA, HEADINGS, cells, csv_of, refusal, repacked, xlsx_of


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Choose another file. This one is empty."),
        (b"\xef\xbb\xbf\r\n\r\n", "Choose another file. This one is empty."),
        (b"\x00" * 500, "Choose another file. This one is empty."),
        (b",,,\r\n,,,\r\n", "Choose another file. This one is empty."),
        (b"Name,Email\r\n", "This list has headings but no people below them."),
        (b"%PDF-1.7\n...", reader.SIGNATURES[0][1]),
        (b"\x89PNG\r\n\x1a\n\x00", reader.SIGNATURES[1][1]),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, reader.OLD_EXCEL),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\x00" * 600
            + "EncryptedPackage".encode("utf-16-le"),
            "This workbook is protected by a password. Remove the password, save it and try again.",
        ),
        (b"<html><table><tr><td>Name</td></tr></table>", reader.WEB_PAGE_FILE),
        (b'[{"name": "Amina", "email": "a@example.org"}]', reader.JSON_FILE),
        (b"Once upon a time\nthere was a list.\n", reader.NO_ADDRESSES),
        (b"PK\x03\x04nonsense", xlsx_reader.DAMAGED),
        (bytes(range(256)) * 40, csv_reader.NOT_A_TABLE),
        (b"\xff\xfeN\x00a\x00\x00\xd8", csv_reader.DAMAGED),
        (b"x" * (50 * 1024 * 1024), reader.TOO_MANY_BYTES),
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
def test_unreadable_file_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
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
        (zip_of(xl__workbook=b"x"), "We can’t read this kind of Excel file"),
        (
            zip_of(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"),
            "This is an OpenDocument file",
        ),
        (zip_of(mimetype=b"\x00" * 70_000_000), "This is a zip file"),
    ],
    ids=["word", "zip", "xlsb", "ods", "bomb that is no workbook"],
)
def test_other_zip_packages_are_distinguished(content: bytes, begins: str) -> None:
    assert refusal(content).startswith(begins)


def test_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = repacked(
        xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/worksheets/sheet1.xml": b" " * 70_000_000}
    )
    assert len(bomb) < 200_000
    tracemalloc.start()
    try:
        assert refusal(bomb) == str(xlsx_reader.TOO_LARGE_INSIDE)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_zip_bomb_of_shared_strings_is_refused() -> None:
    strings = b"<sst>" + b"<si><t>a</t></si>" * 1_000_000 + b"</sst>"
    assert refusal(
        repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/sharedStrings.xml": strings})
    ) == str(xlsx_reader.TOO_LARGE_INSIDE)


ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "%b">' % (98 + i, b"&%c;" % (97 + i) * 20) for i in range(9))
    + b"]><z>&j;</z>"
)


@pytest.mark.parametrize(
    "element", [b"<c/>" * 500_000, b"<row/>" * 2_100_000], ids=["cells", "rows"]
)
def test_sheet_with_too_many_blank_cells_is_refused_before_parsing(element: bytes) -> None:
    sheet = b"<worksheet><sheetData><row>" + element + b"</row></sheetData></worksheet>"
    content = repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {"xl/worksheets/sheet1.xml": sheet})
    assert refusal(content) == str(xlsx_reader.TOO_LARGE_INSIDE)


def test_text_with_too_many_lines_is_refused() -> None:
    assert refusal(b"Email\na@example.org\n" + b"\n" * csv_reader.MAX_LINES) == str(
        csv_reader.TOO_MANY_LINES
    )


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
    assert refusal(repacked(xlsx_of({"S": [HEADINGS, AMINA]}), {part: written})) == str(
        xlsx_reader.DAMAGED
    )


def test_table_above_the_limits_is_refused() -> None:
    people = [["A", f"a{n}@example.org", ""] for n in range(reader.MAX_ROWS)]
    full = csv_of([["A title"], [], HEADINGS, *people])
    assert len(read_table(full.encode(), "x.csv").rows) == reader.MAX_ROWS
    assert refusal((full + "B,b@example.org,\r\n").encode()) == str(reader.TOO_MANY_ROWS)
    assert refusal((full * 2).encode()) == str(reader.TOO_MANY_ROWS)
    wide = [
        ["Email", *map(str, range(reader.MAX_COLUMNS - 1))],
        ["a@example.org", *["1"] * (reader.MAX_COLUMNS - 1)],
    ]
    assert len(read_table(csv_of(wide).encode(), "x.csv").headings) == reader.MAX_COLUMNS
    assert refusal(csv_of([[*row, "1"] for row in wide]).encode()) == str(reader.TOO_MANY_COLUMNS)
    assert refusal(xlsx_of({"S": [[*row, "1"] for row in wide]}), "x.xlsx") == str(
        reader.TOO_MANY_COLUMNS
    )


def test_distant_blank_columns_and_rows_do_not_count() -> None:
    assert cells(
        read_table(b"Email" + b"," * 90 + b"\na@example.org\n" + b",,\n" * 9000, "x.csv")
    ) == [["a@example.org"]]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_two_thousand_rows_are_read(kind: str) -> None:
    rows = [[*HEADINGS, *[f"Question {n}" for n in range(12)]]]
    rows += [
        [
            f"Amina {n} Patel",
            f"amina{n}@example.org",
            "Tyne Valley Council",
            *["A short answer"] * 12,
        ]
        for n in range(2000)
    ]
    content = csv_of(rows).encode() if kind == "csv" else xlsx_of({"S": rows})
    assert len(read_table(content, "x").rows) == 2000


def read_or_refuse(content: bytes) -> Table | str:
    try:
        return read_table(content, "x.csv")
    except UnreadableFile as refused:
        return refused.sentence


@given(
    content=st.binary(max_size=600)
    | st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=300)
def test_any_bytes_give_a_table_or_unreadable_file(content: bytes) -> None:
    for beginning in (b"", b"\xff\xfe", b"PK\x03\x04", b"Name,Email\n"):
        table = read_or_refuse(beginning + content)
        if isinstance(table, str):
            assert table.endswith(".")
        else:
            assert {len(row.cells) for row in table.rows} == {len(table.headings)}
