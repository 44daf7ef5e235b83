"""Reading people from a table: cleaning, merging duplicates and explaining errors."""

import csv
import io
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from cohorts.importing.columns import Field
from cohorts.importing.people import Row
from tests.cohorts.importing.rows import BIDI, DATA, name_of, person, read_file, read_rows


def test_people_of_event_tools_are_read() -> None:
    rows = read_file((DATA / "north-east-attendees.csv").read_bytes())
    assert len(rows) == 25
    assert Counter(row.status for row in rows) == {"ready": 23, "cancelled": 1, "merged": 1}
    assert Counter(row.sector for row in rows) == {"public": 10, "voluntary": 8, "private": 7}
    by_number = {row.number: row for row in rows}
    assert by_number[9] == Row(
        number=9,
        name="Hal Iyer",
        email="hal.iyer@example.com",
        organisation="Beacon Academy Trust",
        sector="public",
        sector_words="Public sector",
        job_title="Owner",
        status="cancelled",
        reason="Not coming: the file says “Not attending”.",
    )
    assert by_number[14] == Row(
        number=14,
        name="Mairéad Zhang",
        email="mairad.zhang@example.org",
        organisation="Open Door (Refugee Welcome), CIC",
        sector="voluntary",
        sector_words="Voluntary / community",
        job_title="Director of Adult Social Care",
        needs="Step-free access",
    )
    assert by_number[13].name == "Liam de la Cruz"
    assert by_number[12].organisation == 'Second Spring "Men\'s Shed"'
    assert by_number[10].needs == "Nut allergy, and needs to leave by 12:45"
    assert by_number[26] == replace(
        by_number[4], number=26, status="merged", reason="Same e-mail as row 4.", merged_into=4
    )


def test_people_of_form_tools_are_read() -> None:
    rows = read_file((DATA / "essex-form-answers.xlsx").read_bytes())
    assert Counter(row.status for row in rows) == {"ready": 20}
    assert Counter(row.sector for row in rows) == {"public": 9, "voluntary": 7, "private": 4}
    assert rows[0] == Row(
        number=2,
        name="Amina Murphy",
        email="amina.murphy@example.org",
        organisation='Second Spring "Men\'s Shed"',
        sector="voluntary",
        sector_words="VCSE",
        job_title="Director of Adult Social Care",
    )
    assert [rows[i].sector for i in (7, 13, 18, 19)] == [
        "voluntary",
        "voluntary",
        "public",
        "private",
    ]


PEOPLE = [
    ("Amina", "Patel", "amina.patel@example.org"),
    ("Liam", "de la Cruz", "liam@example.net"),
    ("Mairéad", "Ó Briain", "mairead@example.com"),
    ("Tomasz", "O'Neill", "tomasz@example.org"),
]
Shape = tuple[list[str] | None, Callable[[str, str, str], list[str]]]
SHAPES: dict[str, Shape] = {
    "one column": (["Name", "Email"], lambda f, s, e: [f"{f} {s}", e]),
    "turned round": (["Email", "Delegate name"], lambda f, s, e: [e, f"{s}, {f}"]),
    "two columns": (["First name", "E-mail address", "Surname"], lambda f, s, e: [f, e, s]),
    "no headings": (None, lambda f, s, e: [f"{f} {s}", e]),
    "mailto": (["Full name", "Your work email"], lambda f, s, e: [f"{f} {s}", f"mailto:{e}"]),
    "address book": (["Name", "E-mail"], lambda f, s, e: [f"{f}  {s} ", f"{f} {s} <{e.upper()}>"]),
}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("title", [False, True], ids=["", "under a title"])
@pytest.mark.parametrize("shape", list(SHAPES))
def test_every_file_format_gives_the_same_people(
    shape: str, title: bool, encoding: str, delimiter: str
) -> None:
    headings, write = SHAPES[shape]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    if title and headings:
        writer.writerows([["Leading Change Together: delegates"], []])
    if headings:
        writer.writerow(headings)
    for first, surname, email in PEOPLE:
        writer.writerows([write(first, surname, email), []])
    rows = read_file(text.getvalue().encode(encoding))
    assert [(row.status, row.name, row.email) for row in rows] == [
        ("ready", f"{first} {surname}", email) for first, surname, email in PEOPLE
    ]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("Patel, Amina", "Amina Patel"),
        ("de la Cruz, Liam", "Liam de la Cruz"),
        ("Liam de la Cruz", "Liam de la Cruz"),
        ("de la Cruz, Amy", "Amy de la Cruz"),
        ("van der Berg, AJ", "AJ van der Berg"),
        ("PATEL, AMINA", "Amina Patel"),
        ("Patel, Dr Amina", "Dr Amina Patel"),
        ("Smith, JJ", "JJ Smith"),
        ("Amina Patel, MBE", "Amina Patel, MBE"),
        ("Amina Patel, PhD", "Amina Patel, PhD"),
        ("Patel, Amina, MBE", "Amina Patel, MBE"),
        ("Open Door (Refugee Welcome), CIC", "Open Door (Refugee Welcome), CIC"),
        ("Harbour Home Care, Ltd", "Harbour Home Care, Ltd"),
        ("CERI PUGH", "Ceri Pugh"),
        ("TOMASZ O'NEILL", "Tomasz O'Neill"),
        ("TOMASZ O’NEILL", "Tomasz O’Neill"),
        ("BRYN NOWAK-SMITH", "Bryn Nowak-Smith"),
        ("IMOGEN ÅKESSON", "Imogen Åkesson"),
        ("LIAM DE LA CRUZ", "Liam de la Cruz"),
        ("EWAN MCDONALD", "Ewan McDonald"),
        ("JJ", "JJ"),
        ("Siobhan McDonald-van der Berg", "Siobhan McDonald-van der Berg"),
        ("bell hooks", "bell hooks"),
        ("李小龍", "李小龍"),
        ("  Amina\t \n Patel ", "Amina Patel"),
        ("Zoe\u0308 Lin", "Zoë Lin"),
        ("Na Null", "Na Null"),
        ("\u0645\u06cc\u200c\u0646\u0627", "\u0645\u06cc\u200c\u0646\u0627"),
    ],
)
def test_name_is_tidied(cell: str, name: str) -> None:
    assert name_of(cell) == name


def test_first_name_and_surname_are_tidied_separately() -> None:
    assert (
        read_file(
            b"First name,Surname,Email\nCERI,Pugh,c@example.org\nLiam,de la Cruz,l@example.org\n"
        )[0].name
        == "Ceri Pugh"
    )


@pytest.mark.parametrize("sign", ["\x00", "\u202e", "\u2066", "\u200b", "\x07", "\u200f", "\x1b"])
def test_invisible_characters_are_removed_and_reported(sign: str) -> None:
    row = read_rows(
        person(f"Am{sign}ina Patel", f"ami{sign}na@example.org", organisation=f"Cou{sign}ncil")
    )[0]
    assert (row.name, row.email, row.organisation, row.status) == (
        "Amina Patel",
        "amina@example.org",
        "Council",
        "ready",
    )
    assert row.notes == (
        "We removed invisible characters from the name.",
        "We removed invisible characters from the e-mail address.",
        "We removed invisible characters from the organisation.",
    )


def test_invisible_characters_in_a_file_are_removed() -> None:
    rows = read_file(f"Name,Email\nAm\x00ina{BIDI} Patel,amina@example.org\n".encode())
    assert [(row.name, row.status) for row in rows] == [("Amina Patel", "ready")]


@pytest.mark.parametrize(
    ("cell", "email"),
    [
        (" AMINA@Example.ORG ", "amina@example.org"),
        ("mailto:amina@example.org", "amina@example.org"),
        ("Amina Patel <amina@example.org>", "amina@example.org"),
        ('"Patel, Amina" <Amina@example.org>;', "amina@example.org"),
        ("<amina@example.org>", "amina@example.org"),
        ("amina@example.org.", "amina@example.org"),
        ("mailto:amina@example.org?subject=Hello", "amina@example.org"),
        ("amina\uff20example.org", "amina@example.org"),
        ("o'neill+lead@example.org", "o'neill+lead@example.org"),
    ],
)
def test_email_address_is_extracted_from_its_cell(cell: str, email: str) -> None:
    row = read_rows(person(email=cell))[0]
    assert (row.email, row.status, row.reason) == (email, "ready", "")


def test_name_in_the_address_cell_replaces_a_missing_name() -> None:
    rows = read_rows(
        person("", '"Patel, Amina" <amina@example.org>'),
        person("Bryn R", "Bryn Rees <b@example.org>"),
    )
    assert [(row.name, row.email, row.status) for row in rows] == [
        ("Amina Patel", "amina@example.org", "ready"),
        ("Bryn R", "b@example.org", "ready"),
    ]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "Enter an e-mail address."),
        ("n/a", "Enter an e-mail address."),
        ("anonymous", "Enter an e-mail address."),
        (
            "amina@@example.org",
            "“amina@@example.org” is not an e-mail address: it has more than one @.",
        ),
        ("amina.example.org", "“amina.example.org” is not an e-mail address: it has no @."),
        (
            "amina@example",
            "“amina@example” is not a whole e-mail address: it needs an ending such as .org.uk.",
        ),
        (
            "amina @example.org",
            "“amina @example.org” is not an e-mail address: it has a space in it.",
        ),
        (
            "amina@example,org",
            "“amina@example,org” is not an e-mail address: it has a comma in it.",
        ),
        (
            "amina@example..org",
            "“amina@example..org” is not an e-mail address: it has two dots in a row.",
        ),
        ("@example.org", "“@example.org” is not an e-mail address: it has nothing before the @."),
        ("a@b.org; c@d.org", "“a@b.org; c@d.org” is more than one e-mail address. Enter one."),
        (
            "siân@example.org",
            "We can’t send to the e-mail address “siân@example.org”: it has “â” before the @.",
        ),
        (
            "amina@-example.org",
            "“amina@-example.org” is not a valid e-mail address. Check its spelling.",
        ),
        ("a" * 250 + "@example.org", "Enter an e-mail address of at most 254 characters."),
    ],
)
def test_invalid_email_address_gives_an_error(cell: str, reason: str) -> None:
    row = read_rows(person(email=cell))[0]
    assert (row.status, row.reason) == ("wrong", reason)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "Enter a name."),
        ("-", "Enter a name."),
        (
            '=HYPERLINK("x","y")',
            "Enter the person’s name. This starts with “=”, like a spreadsheet formula.",
        ),
        ("'=1+1", "Enter the person’s name. This starts with “=”, like a spreadsheet formula."),
        (
            "+44 7700 900123",
            "Enter the person’s name. This starts with “+”, like a spreadsheet formula.",
        ),
        ("@amina", "Enter the person’s name. This starts with “@”, like a spreadsheet formula."),
        ("amina@example.org", "Enter the person’s name, not an address."),
        ("12345", "Enter a name with letters in it."),
        ("x" * 151, "Shorten the name to 150 characters. It has 151."),
    ],
)
def test_invalid_name_gives_an_error(cell: str, reason: str) -> None:
    row = read_rows(person(cell))[0]
    assert (row.status, row.reason) == ("wrong", reason)


@pytest.mark.parametrize(
    ("field", "most", "what"),
    [
        ("organisation", 200, "organisation"),
        ("job_title", 200, "job title"),
        ("needs", 500, "access or dietary needs"),
    ],
)
def test_too_long_text_gives_an_error_and_is_truncated(field: str, most: int, what: str) -> None:
    fits, too_long = read_rows(
        person(**{field: "x" * most}), person(email="b@example.org", **{field: "x" * (most + 1)})
    )
    assert (fits.status, getattr(fits, field)) == ("ready", "x" * most)
    assert (too_long.status, too_long.reason) == (
        "wrong",
        f"Shorten the {what} to {most} characters. It has {most + 1}.",
    )
    assert getattr(too_long, field) == "x" * (most - 1) + "…"


def test_row_reports_all_its_errors() -> None:
    row = read_rows({Field.ORGANISATION: "Tyne Valley Council"})[0]
    assert row.reason == "Enter a name. Enter an e-mail address."


def test_text_like_a_formula_is_unchanged() -> None:
    row = read_rows(person(organisation='=HYPERLINK("https://example.com")'))[0]
    assert (row.status, row.organisation) == ("ready", '=HYPERLINK("https://example.com")')


def test_row_with_only_a_number_is_not_a_person() -> None:
    assert len(read_file(b"No,Name,Email\n1,Amina,amina@example.org\n2,,\n3,,\n")) == 1
