"""Pasted lists, as people copy them from e-mails, documents and spreadsheets."""

import pytest

from cohorts.importing.columns import guess_columns
from cohorts.importing.pasted import read_pasted
from cohorts.importing.people import read_people
from cohorts.importing.table import UnreadableFile

AMINA = ("Amina Khan", "amina@example.org")
BEN = ("Ben Lo", "ben@example.org")


def people(text: str) -> list[tuple[str, ...]]:
    """Return the name, address and organisation of each person, and the error if there is one."""
    table = read_pasted(text)
    return [
        tuple(filter(None, (row.name, row.email, row.organisation, row.reason)))
        for row in read_people(table, guess_columns(table), {})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Amina Khan <amina@example.org>\nBen Lo <ben@example.org>",
        "Amina Khan <amina@example.org>; Ben Lo <ben@example.org>;",
        "Amina Khan <amina@example.org>, Ben Lo <ben@example.org>",
        '"Khan, Amina" <amina@example.org>, "Lo, Ben" <ben@example.org>',
        "Khan, Amina <Amina@Example.org>; Lo, Ben <ben@example.org>",
        " \r\nAmina Khan <amina@example.org>\r\n\r\n<mailto:ben@example.org>; \r\n",
    ],
)
def test_recipients_of_an_email_are_read(text: str) -> None:
    amina, ben = people(text)
    assert amina == AMINA
    assert ben in (BEN, ("ben@example.org", "Enter a name."))


def test_bare_addresses_ask_for_names() -> None:
    assert people("a@example.org, b@example.org; c@example.org") == [
        (f"{letter}@example.org", "Enter a name.") for letter in "abc"
    ]


def test_recipient_without_an_address_is_a_row_with_an_error() -> None:
    amina, ben, cy, _ = people("Amina Khan <amina@example.org>\nBen Lo\nCy Day <cy@>\nDi Eve")
    assert (amina, ben) == (AMINA, ("Ben Lo", "Enter an e-mail address."))
    assert (cy[:2], cy[2][:30]) == (("Cy Day", "cy@"), "“cy@” is not a whole e-mail ad")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_lines_are_read_without_headings(mark: str) -> None:
    rows = [("Amina Khan", "Brook", AMINA[1]), ("Ben Lo", "Moor", BEN[1])]
    assert people("\n".join(mark.join(row) for row in rows)) == [
        (*AMINA, "Brook"),
        (*BEN, "Moor"),
    ]


def test_other_words_in_lines_are_no_organisation() -> None:
    assert people("Amina Khan,Yes,amina@example.org\nBen Lo,No,ben@example.org")[0] == AMINA
    assert people("Amina Khan,12,amina@example.org\nBen Lo,13,ben@example.org") == [AMINA, BEN]


def test_cells_from_a_spreadsheet_are_read_by_their_headings() -> None:
    text = (
        "E-mail\tEmployer\tFull name\r\n"
        'amina@example.org\t"Brook\nTrust"\tAmina Khan\r\nben@example.org\t\tBen "Bo" Lo\r\n'
    )
    assert people(text) == [(*AMINA, "Brook Trust"), ('Ben "Bo" Lo', BEN[1])]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (" \n ", "Choose another file. This one is empty."),
        ("Amina Khan\nBen Lo", "Paste a list with e-mail addresses."),
        ("Name\tE-mail\n", "Paste a list with e-mail addresses."),
        ("a@example.org\n" * 5001, "This list has more than 5,000 rows."),
        ("Name,E-mail\n" + "A B,a@example.org\n" * 5031, "This list has more than 5,000 rows."),
    ],
)
def test_unusable_list_says_what_to_do(text: str, sentence: str) -> None:
    with pytest.raises(UnreadableFile) as error:
        read_pasted(text)
    assert error.value.sentence.startswith(sentence)
