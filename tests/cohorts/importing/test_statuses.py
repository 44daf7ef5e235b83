"""The status column of an imported list, and the merging of rows with the same e-mail address."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cohorts.importing.addresses import is_blank_word
from cohorts.importing.columns import guess_columns
from cohorts.importing.names import AFTER_A_NAME, ORGANISATION_ENDING
from cohorts.importing.people import Row, read_people
from cohorts.importing.table import Table, TableRow
from tests.cohorts.importing.rows import COLUMNS, HEADINGS, person, read_file, read_rows


@pytest.mark.parametrize(
    "words",
    ["Not attending", "Cancelled", "canceled", "Withdrawn", "Refunded", "Declined", "No",
    "Can't attend",
     "Unable to attend", "Deleted", "cancelled - ill", "Apologies", "I can’t make it",
     "Will not be attending",
     "Dropped out", "FALSE", "No, sorry", "Sorry, no", "Unfortunately not", "I’m afraid not",
     "I will not be there", "Won’t be available", "Not this time", "Not booked", "Denied",
     "Deferred", "Not for me", "Thanks, but no", "Unavailable", "Attending: no", "With regret"],
)  # fmt: skip
def test_not_attending_statuses_are_cancelled(words: str) -> None:
    row = read_rows(person(status=words))[0]
    assert row.status == "cancelled"
    assert words[:60] in row.reason


@pytest.mark.parametrize("words", ["Waitlist", "On waiting list", "Waitlisted", "Reserve list"])
def test_waiting_list_is_cancelled_with_the_reason(words: str) -> None:
    row = read_rows(person(status=words))[0]
    assert (row.status, row.reason.split(":")[0]) == ("cancelled", "On a waiting list")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "Attending",
        "Yes",
        "Confirmed",
        "Checked In",
        "Registered",
        "Accepted",
        "Paid",
        "Going",
        "Delegate",
    ],
)
def test_attending_statuses_are_ready(words: str) -> None:
    row = read_rows(person(status=words))[0]
    assert (row.status, row.reason, row.notes) == ("ready", "", ())


@pytest.mark.parametrize(
    "words",
    ["Tentative", "Maybe", "No response", "Not checked in", "Pending", "Not sure", "I’m not sure"],
)
def test_unanswered_statuses_are_ready_with_a_remark(words: str) -> None:
    row = read_rows(person(status=words))[0]
    assert row.status == "ready"
    assert [words in note for note in row.notes] == [True]


@pytest.mark.parametrize(
    ("cell", "status"),
    [("Yes", "cancelled"), ("2026-11-01", "cancelled"), ("No", "ready"), ("", "ready")],
)
def test_yes_in_a_column_named_cancelled_means_not_coming(cell: str, status: str) -> None:
    lines = ("Name,Email,Cancelled", f"Amina,amina@example.org,{cell}", "Bryn,bryn@example.org,Yes")
    rows = read_file("".join(f"{line}\n" for line in lines).encode())
    assert [row.status for row in rows] == [status, "cancelled"]


def test_cancelled_row_is_not_validated() -> None:
    assert (
        read_rows(person("", "", organisation="Council", status="Cancelled"))[0].status
        == "cancelled"
    )


def test_same_email_merges_into_the_first_row_and_fills_its_blanks() -> None:
    first, other, again = read_rows(
        person(organisation="Tyne Valley Council"),
        person("Bryn Rees", "bryn@example.org"),
        person(
            "AMINA PATEL",
            "Amina@Example.org",
            organisation="Other",
            sector="NHS",
            job_title="Owner",
        ),
    )
    assert first == Row(
        number=2,
        name="Amina Patel",
        email="amina@example.org",
        organisation="Tyne Valley Council",
        sector="public",
        sector_words="NHS",
        job_title="Owner",
        notes=("From row 4: sector and job title.",),
    )
    assert other.status == "ready"
    assert (again.status, again.merged_into, again.reason) == ("merged", 2, "Same e-mail as row 2.")


@pytest.mark.parametrize("name", ["Bryn Rees", "Bryn Patel", "Dr Bryn Rees"])
def test_same_email_of_another_person_is_an_error(name: str) -> None:
    first, again = read_rows(person("Dr Amina Patel"), person(name))
    assert (first.status, first.notes) == ("ready", ())
    assert (again.status, again.reason) == (
        "wrong",
        "Row 2 has the same e-mail address for another person, Dr Amina Patel. Enter this "
        "person’s own address.",
    )


@pytest.mark.parametrize(
    "name", ["AMINA PATEL", "Patel, Amina", "A Patel", "A. Patel", "Amina Smith", "Prof Patel", ""]
)
def test_same_email_of_the_same_person_is_merged(name: str) -> None:
    assert [row.status for row in read_rows(person("Dr Amina Patel"), person(name))] == [
        "ready",
        "merged",
    ]


def test_person_who_is_not_coming_gives_up_the_address() -> None:
    rows = read_rows(person(status="Cancelled"), person("Bryn Rees"))
    assert [row.status for row in rows] == ["cancelled", "ready"]


def test_unknown_status_counts_as_coming_with_a_remark() -> None:
    row = read_rows(person(status="Fax"))[0]
    assert (row.status, row.notes) == (
        "ready",
        ("We don’t know the status “Status: Fax”, so they count as coming.",),
    )


@pytest.mark.parametrize("cancelled_first", [True, False])
def test_cancelled_and_attending_rows_of_one_person_count_as_attending(
    cancelled_first: bool,
) -> None:
    both = [person(status="Cancelled", needs="Vegan"), person(status="Attending")]
    rows = read_rows(*(both if cancelled_first else reversed(both)))
    away, coming = rows if cancelled_first else reversed(rows)
    assert (coming.status, coming.needs, away.status, away.merged_into) == (
        "ready",
        "Vegan",
        "merged",
        coming.number,
    )
    assert away.reason == (
        f"Same e-mail as row {coming.number}. This row says they are not coming, "
        f"but row {coming.number} says they are, so they count as coming."
    )
    assert coming.notes[-1] == (
        f"Row {away.number} says they are not coming, but this row says they are, so they count as "
        f"coming."
    )


def test_two_cancelled_rows_of_one_person_stay_cancelled() -> None:
    rows = read_rows(person(status="Cancelled"), person(status="Refunded"))
    assert [row.status for row in rows] == ["cancelled", "merged"]


def test_row_without_a_name_merges_into_a_later_valid_row() -> None:
    rows = read_rows(person("", job_title="Owner"), person())
    assert [(row.status, row.merged_into) for row in rows] == [("merged", 3), ("ready", None)]


def test_two_invalid_rows_of_one_address_are_both_errors() -> None:
    rows = read_rows(person(""), person("=1"))
    assert [row.status for row in rows] == ["wrong", "wrong"]


def test_chosen_sector_is_used_and_unknown_words_give_none() -> None:
    rows = read_rows(
        person(sector="Mutual"), person("B", "b@example.org", sector="NHS"),
        person("C", "c@example.org", sector="Mutual "),
        sectors={" MUTUAL": "private", "nhs": "other"},
    )  # fmt: skip
    assert [row.sector for row in rows] == ["private", "other", "private"]
    assert read_rows(person(sector="Mutual"))[0].sector is None
    assert read_rows(person())[0].sector is None


def test_needs_from_two_columns_are_joined_without_none() -> None:
    content = b"Name,Email,Dietary requirements,Access requirements\n"
    content += b"A B,a@example.org,Vegan,Step-free\nC D,c@example.org,None,n/a\n"
    assert [row.needs for row in read_file(content)] == ["Vegan; Step-free", ""]


# No first name is like Jr or Ltd, because “Smith, Jr” is not read as a surname and a first name.
names = st.from_regex(r"[A-Z][a-zà-öø-ÿ]{1,9}( [A-Z][a-zà-öø-ÿ]{2,9}){1,2}", fullmatch=True).filter(
    lambda name: (
        not (AFTER_A_NAME.fullmatch(name.split()[0]) or ORGANISATION_ENDING.search(name.split()[0]))
    )
)
texts = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Cf", "Zs", "Zl", "Zp")),
    min_size=1,
    max_size=30,
).filter(
    lambda text: any(c.isalpha() for c in text) and text[0] not in "='" and not is_blank_word(text)
)


@given(
    people=st.lists(st.tuples(names, texts), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be"]),
    order=st.permutations(["Name", "Email", "Organisation"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    turned=st.booleans(),
)
@example(
    [("Amy De La Cruz", "Council")],
    ",",
    "utf-8",
    ["Name", "Email", "Organisation"],
    csv.QUOTE_ALL,
    True,
)
@example(
    [("Aa Bb", 'a";b')], ";", "cp1252", ["Organisation", "Email", "Name"], csv.QUOTE_MINIMAL, False
)
@example(
    [("Ignacio Garcia", "Council")],
    ",",
    "utf-8",
    ["Name", "Email", "Organisation"],
    csv.QUOTE_ALL,
    True,
)
@example(
    [("Aa Aaa", '{"ImportId"')],
    ",",
    "utf-8",
    ["Name", "Email", "Organisation"],
    csv.QUOTE_MINIMAL,
    False,
)
@settings(max_examples=100)
def test_any_people_written_as_csv_are_read_back(
    people: list[tuple[str, str]],
    delimiter: str,
    encoding: str,
    order: list[str],
    quoting: int,
    turned: bool,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(order)
    for number, (name, organisation) in enumerate(people):
        first, _, rest = name.partition(" ")
        cells = {
            "Name": f"{rest}, {first}" if turned else name,
            "Email": f"person{number}@example.org",
            "Organisation": organisation,
        }
        writer.writerow([cells[heading] for heading in order])
    rows = read_file(text.getvalue().encode(encoding))
    assert [(row.number, row.status, row.name, row.email, row.organisation) for row in rows] == [
        (number + 2, "ready", name, f"person{number}@example.org", organisation)
        for number, (name, organisation) in enumerate(people)
    ]


@given(
    cells=st.lists(st.lists(st.text(max_size=40), min_size=7, max_size=7), min_size=1, max_size=6)
)
@settings(max_examples=100)
def test_any_cells_give_rows_that_can_be_stored(cells: list[list[str]]) -> None:
    table = Table(
        HEADINGS,
        tuple(TableRow(n, tuple(row)) for n, row in enumerate(cells, start=2)),
        has_headings=True,
    )
    assert len(guess_columns(table)) == 7
    for row in read_people(table, COLUMNS, {}):
        assert "\x00" not in row.name + row.email + row.organisation + row.needs + row.reason
        assert (row.name + row.organisation + row.sector_words + row.reason).encode()
        assert (row.status == "merged") == (row.merged_into is not None)
        assert (row.status == "ready") == (row.reason == "")
