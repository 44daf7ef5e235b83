"""The people read from each file in tests/data/cases/people, and the notes about it."""

from dataclasses import dataclass

import pytest

from cohorts.importing.columns import guess_columns
from cohorts.importing.encodings import decode_again
from cohorts.importing.people import Row, read_people
from cohorts.importing.reader import read_table
from cohorts.importing.table import Table
from tests.cohorts.importing.rows import DATA

CASES = DATA / "cases" / "people"
AMINA = "Amina Patel <amina.patel@example.org>"
TOMASZ = "Tomasz Wójcik <tomasz.wojcik@example.org>"
SIAN = "Siân Hughes <sian.hughes@example.org>"
KWAME = "Kwame Mensah <kwame.mensah@example.org>"
COUNCIL, TRUST, FOODBANK = "Northfield Council", "Harbour NHS Trust", "Cwm Foodbank"


@dataclass(frozen=True)
class Right:
    """The correct result of reading a file.

    `ready` are the people to add, and `organisations` their organisations (None if not compared).
    `left_out` are the statuses of the other rows. Each of `remarks` must be in a note about the
    file or a row.
    """

    ready: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    organisations: tuple[str, ...] | None = None


ALL = (AMINA, TOMASZ, SIAN, KWAME)
ALL_ORGANISATIONS = (COUNCIL, TRUST, FOODBANK, FOODBANK)
FILES: dict[str, Right] = {
    "01-hidden-rows.xlsx": Right(
        (AMINA, SIAN, KWAME), (), ("1 hidden row left out",), (COUNCIL, FOODBANK, FOODBANK)
    ),
    "02-hidden-column.xlsx": Right(ALL, (), ("“Old e-mail” is hidden",), ALL_ORGANISATIONS),
    "03-merged-organisation.xlsx": Right(ALL, organisations=(COUNCIL, COUNCIL, FOODBANK, FOODBANK)),
    "04-group-headings-manager-first.xlsx": Right((AMINA, TOMASZ, SIAN)),
    "05-group-headings-manager-last.xlsx": Right((AMINA, TOMASZ, SIAN)),
    "06-formulas-without-values.xlsx": Right(
        (), ("wrong",) * 4, ("the cells hold formulas that were never calculated",)
    ),
    "07-formula-names-without-values.xlsx": Right(
        ALL, (), ("the cells hold formulas that were never calculated",)
    ),
    "08-plain.xlsx": Right(ALL, organisations=ALL_ORGANISATIONS),
    "09-strict-ooxml.xlsx": Right(ALL, organisations=ALL_ORGANISATIONS),
    "10-prefixed-namespace.xlsx": Right(ALL, organisations=ALL_ORGANISATIONS),
    "11-inline-rich-phonetic.xlsx": Right(
        (AMINA, "山田 花子 <hanako.yamada@example.org>"), organisations=(COUNCIL, TRUST)
    ),
    "12-no-cell-references.xlsx": Right(ALL, organisations=ALL_ORGANISATIONS),
    "13-address-only-in-hyperlink.xlsx": Right(ALL, (), ("from the links",), ALL_ORGANISATIONS),
    "20-nbsp-zero-width.csv": Right(
        (AMINA, TOMASZ, SIAN), ("wrong",), ("We removed invisible characters",)
    ),
    "21-bom-no-headings.csv": Right((AMINA, TOMASZ)),
    "22-quoted-sep-line.csv": Right((AMINA, TOMASZ), organisations=(COUNCIL, TRUST)),
    "23-unquoted-comma-in-name.csv": Right((AMINA, SIAN), ("wrong",)),
    "24-luma-mixed-names.csv": Right(
        (AMINA, TOMASZ, SIAN), ("cancelled",), (), (COUNCIL, TRUST, FOODBANK)
    ),
    "26-idn.csv": Right(("Anna Müller <anna.mueller@bücher.example>",), ("merged",)),
    "27-shared-family-address.csv": Right(
        ("Amina Patel <office@example.org>",), ("wrong",), ("for another person, Amina Patel",)
    ),
    "28-titles.csv": Right(
        (
            "Dr Amina Patel <amina.patel@example.org>",
            "Cllr Kwame Mensah <kwame.mensah@example.org>",
            "The Revd Siân Hughes <sian.hughes@example.org>",
            "Nguyễn Thị Lan <lan@example.org>",
        ),
        organisations=(TRUST, COUNCIL, FOODBANK, FOODBANK),
    ),
    "29-msforms.csv": Right((AMINA, TOMASZ), organisations=(COUNCIL, TRUST)),
    "30-apostrophe-plus.csv": Right(
        (
            "Niamh O’Brien <niamh.o'brien@example.org>",
            "Amina Patel <amina+leading@example.org>",
        ),
        ("wrong",),
    ),
    "40-teams-attendance.csv": Right(
        (
            "Ruth Adeyemi <ruth.adeyemi@example.org>",
            AMINA,
            "Tomasz Wójcik (Guest) <tomasz.wojcik@example.org>",
        ),
        (),
        ("the section “1. Summary”", "the section “3. In-Meeting Activities”"),
    ),
    "42-google-contacts.csv": Right((AMINA,), ("wrong",), ("more than one e-mail address",)),
    "43-outlook-contacts.csv": Right((AMINA, KWAME), organisations=(TRUST, COUNCIL)),
    "44-surveymonkey.csv": Right((AMINA, SIAN), organisations=(COUNCIL, FOODBANK)),
    "45-civicrm.csv": Right(
        ("Amina Patel <amina.patel@example.org>",), ("cancelled", "cancelled"), ("waiting list",)
    ),
    "46-eventbrite.csv": Right((AMINA,), ("cancelled", "cancelled", "wrong")),
    "47-mailchimp.csv": Right((AMINA, SIAN)),
    "48-status-words.csv": Right(
        (
            "Person A Made-Up <person.a@example.org>",
            "Person J Made-Up <person.j@example.org>",
        ),
        ("cancelled",) * 8,
        ("says “Maybe”, so they count as coming",),
    ),
    "50-windows-1250.csv": Right(
        (
            "Pawe³ Wiœniewski <pawel.wisniewski@example.org>",
            "£ucja ¯ak <lucja.zak@example.org>",
        ),
        (),
        ("“³” is unusual in a name", "“£” is unusual in a name"),
    ),
    "52-iso-8859-14-welsh.csv": Right(("Dðr Tþ <dwr@example.org>", SIAN)),
    "53-markup.csv": Right(
        (
            "<img src=x onerror=alert(1)> Smith <a.smith@example.org>",
            "{first_name} Jones <b.jones@example.org>",
            'Amina "Mina" Patel <mina@example.org>',
        ),
        (),
        (),
        ("<script>alert(1)</script>", "{{7*7}}", '=HYPERLINK("http://example.org")'),
    ),
    "54-case-duplicates.csv": Right((AMINA,), ("merged",)),
}


def read(name: str) -> tuple[Table, list[Row]]:
    table = read_table((CASES / name).read_bytes(), name)
    return table, read_people(table, guess_columns(table), {})


def test_every_file_has_an_expectation() -> None:
    assert {path.name for path in CASES.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_file_is_read(name: str) -> None:
    right = FILES[name]
    table, rows = read(name)

    ready = [row for row in rows if row.status == "ready"]
    assert tuple(f"{row.name} <{row.email}>" for row in ready) == right.ready
    assert tuple(row.status for row in rows if row not in ready) == right.left_out
    if right.organisations is not None:
        assert tuple(row.organisation for row in ready) == right.organisations
    said = [*table.notes, *(note for row in rows for note in (row.reason, *row.notes))]
    assert [remark for remark in right.remarks if not any(remark in each for each in said)] == []


@pytest.mark.parametrize("name", ["08-plain.xlsx", "22-quoted-sep-line.csv", "29-msforms.csv"])
def test_plain_file_gets_no_remarks(name: str) -> None:
    table, rows = read(name)
    assert (table.notes, table.encoding, [row.notes for row in rows if row.notes]) == ((), "", [])


def test_role_of_a_participant_is_no_job_title() -> None:
    assert [row.job_title for row in read("40-teams-attendance.csv")[1]] == ["", "", ""]


@pytest.mark.parametrize(
    ("name", "encoding", "people"),
    [
        ("50-windows-1250.csv", "cp1250", ["Paweł Wiśniewski", "Łucja Żak"]),
        ("52-iso-8859-14-welsh.csv", "iso8859-14", ["Dŵr Tŷ", "Siân Hughes"]),
    ],
)
def test_chosen_encoding_reads_the_names(name: str, encoding: str, people: list[str]) -> None:
    table = read(name)[0]
    assert table.encoding == "cp1252"

    again = decode_again(table, encoding)

    rows = read_people(again, guess_columns(again), {})
    assert [(row.name, row.notes) for row in rows] == [(person, ()) for person in people]
    assert decode_again(again, "cp1252") == table
