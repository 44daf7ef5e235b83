"""Recognition of a list's columns by their headings, or by their cells if there are none."""

from pathlib import Path

import pytest

from cohorts.importing.column_names import field_of
from cohorts.importing.columns import Field, guess_columns
from cohorts.importing.reader import read_table
from cohorts.importing.table import Table, TableRow

DATA = Path(__file__).parents[2] / "data"
EMAIL, NAME, FIRST, SURNAME = Field.EMAIL, Field.NAME, Field.FIRST_NAME, Field.SURNAME
ORG, SECTOR, JOB, NEEDS, STATUS, NOT = (
    Field.ORGANISATION, Field.SECTOR, Field.JOB_TITLE, Field.NEEDS, Field.STATUS, Field.IGNORED,
)  # fmt: skip

# For each field of a person: example cells of a column that contains the field.
PEOPLE: dict[Field, list[str]] = {
    EMAIL: ["amina.patel@example.org", "bryn.rees@example.com", "ceri.pugh@example.net"],
    NAME: ["Amina Patel", "Bryn Rees", "Ceri Pugh"],
    FIRST: ["Amina", "Bryn", "Ceri"],
    SURNAME: ["Patel", "Rees", "Pugh"],
    ORG: ["Tyne Valley Council", "Harbour Home Care Ltd", "Northfold Foodbank"],
    SECTOR: ["Public", "Private", "VCSE"],
    JOB: ["Ward Manager", "Owner", "Trustee"],
    NEEDS: ["", "Vegetarian", "Step-free access"],
    STATUS: ["Attending", "Not attending", "Attending"],
    NOT: ["12", "15", "18"],
}


def table_of(columns: list[tuple[str, list[str]]], *, has_headings: bool = True) -> Table:
    rows = zip(*(cells for _, cells in columns), strict=True)
    return Table(
        headings=tuple(heading for heading, _ in columns),
        rows=tuple(TableRow(number, tuple(row)) for number, row in enumerate(rows, start=2)),
        has_headings=has_headings,
    )


def guesses(*columns: tuple[str, list[str]], has_headings: bool = True) -> list[Field]:
    return guess_columns(table_of(list(columns), has_headings=has_headings))


def test_columns_of_event_tools_are_recognised() -> None:
    table = read_table((DATA / "north-east-attendees.csv").read_bytes(), "north-east-attendees.csv")
    assert guess_columns(table) == [
        NOT,
        NOT,
        FIRST,
        SURNAME,
        EMAIL,
        NOT,
        NOT,
        STATUS,
        JOB,
        ORG,
        SECTOR,
        NEEDS,
    ]


def test_form_tool_column_with_clear_heading_wins_over_misleading_one() -> None:
    table = read_table((DATA / "essex-form-answers.xlsx").read_bytes(), "essex-form-answers.xlsx")
    assert guess_columns(table) == [NOT, NOT, NOT, NOT, NOT, NAME, EMAIL, ORG, SECTOR, JOB, NOT]


HEADINGS: dict[Field, list[str]] = {
    EMAIL: [
        "Email", "E-mail", "E-Mail Address", "e mail", "EMAIL ADDRESS*", "Your work email",
        "Ticket holder e-mail address",
        "Attendee Email", "emailAddress", "email_address", "Work e-mail (required)",
        "What is your email address?",
        "3. Please enter your email address", "Your work email (e.g. name@example.org)",
        "Delegate e-mail",
        "Email 1",
        "Best email to reach you", "E\u2011mail",
    ],
    NAME: [
        "Name", "Full name", "FULL NAME", "What is your full name?", "Delegate name", "Delegate",
        "Attendee", "Ticket holder",
        "Ticket Holder Name", "Name of participant", "Q1. Your name", "First and last name",
        "Surname, First name",
        "Please tell us your full name", "Participant name (as it should appear)",
        "Name (first and surname)",
    ],
    FIRST: [
        "First name", "First Name:", "Forename", "Given name(s)", "firstName", "first_name",
        "Name (First)", "Attendee first name",
    ],
    SURNAME: [
        "Surname", "Last name", "LAST NAME", "Family name", "lastName", "Name - Last Name",
        "Ticket holder surname",
    ],
    ORG: [
        "Organisation", "Organization", "Org", "Company", "Company name", "Employer",
        "Organisation name",
        "Your organisation",
        "Which organisation do you work for?", "What is the name of your organisation?",
        "Where do you work?",
        "Organisation / Company", "Attendee organisation", "Place of work",
        "What organisation are you from?",
    ],
    SECTOR: [
        "Sector", "Which sector do you work in?", "What sector is your organisation in?",
        "Type of organisation",
        "Organisation type", "Organization Type", "Sector (public, private, voluntary)",
        "Please select your sector",
    ],
    JOB: [
        "Job title", "Job Title", "Role", "Your role", "What is your role?", "Position", "jobTitle",
        "Job role", "Current role", "Your job title",
    ],
    NEEDS: [
        "Access or dietary needs", "Dietary requirements", "Dietary Requirements / Allergies",
        "Accessibility",
        "Do you have any access requirements?",
        "Do you have any dietary requirements or allergies that we should know about?",
        "Please let us know of any reasonable adjustments we can make for you on the day",
        "Special requirements",
    ],
    STATUS: [
        "Attendee status", "Status", "RSVP", "Attending?", "Are you attending?", "Booking status",
        "Will you be able to attend?",
    ],
    NOT: [
        "Order no.", "Order #", "Order date", "Ticket type", "Quantity", "Timestamp", "Start time",
        "Completion time", "ID",
        "What would you most like to change in your place?",
        "What do you hope to gain from the programme?",
        "How did you hear about us?", "Phone number", "Mobile", "Postcode", "Line manager's email",
        "Line manager's name",
        "Event name", "What does your organisation do?",
        "How many people work for your organisation?",
        "Total Paid", "Notes",
        "Emergency contact name", "Company website",
        "What is one challenge your organisation is facing?",
        "Submission ID",
        "Consent to share my email with other participants",
        "Why do you want to take part in this role?", "IP Address",
        "Describe your role in working across sectors", "Date of birth", "Work address",
        "Ticket name",
        "Email sent",
        "Tell us about a time you changed something without authority", "May we use your photo?",
        "Pronouns", "City",
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "field"),
    [(heading, field) for field, headings in HEADINGS.items() for heading in headings],
)
def test_heading_is_recognised(heading: str, field: Field) -> None:
    assert field_of(heading)[0] is field


@pytest.mark.parametrize(
    ("heading", "field"),
    [(heading, field) for field, headings in HEADINGS.items() for heading in headings],
)
def test_column_with_a_known_heading_is_used(heading: str, field: Field) -> None:
    address = ("Kontakt", ["x@example.org", "y@example.org", "z@example.org"])
    others = [] if field is EMAIL else [address]
    # A second column, with e-mail addresses and an unknown heading, is added, because nearly every
    # list has addresses.
    assert guesses((heading, PEOPLE[field]), *others) == [field, *([EMAIL] if others else [])]


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        # A list exported from Eventbrite
        (
            ["Order ID", "Order Date", "Attendee Status", "Buyer First Name", "Buyer Last Name",
            "Buyer Email",
             "Attendee First Name", "Attendee Surname", "Attendee Email", "Ticket Quantity",
             "Company",
             "Job Title"],
            [NOT, NOT, STATUS, NOT, NOT, NOT, FIRST, SURNAME, EMAIL, NOT, ORG, JOB],
        ),
        # A list exported from Google Forms
        (
            ["Timestamp", "Email Address", "Full name", "Organisation", "Your role",
            "Dietary requirements", "Any questions?"],
            [NOT, EMAIL, NAME, ORG, JOB, NEEDS, NOT],
        ),
        # A list exported from Jotform
        (
            ["Submission Date", "Name - First Name", "Name - Last Name", "E-mail", "Company",
            "Position",
            "Submission ID"],
            [NOT, FIRST, SURNAME, EMAIL, ORG, JOB, NOT],
        ),
        # A list exported from an address book
        (["Surname", "Forename", "Job Title", "Employer", "E-mail Address"],
        [SURNAME, FIRST, JOB, ORG,
        EMAIL]),
        # A list with two columns of needs, of which both are used
        (["Name", "Email", "Dietary requirements", "Access requirements"],
        [NAME, EMAIL, NEEDS, NEEDS]),
    ],
    ids=["eventbrite", "google forms", "jotform", "address book", "two needs"],
)  # fmt: skip
def test_headings_of_common_tools_are_recognised(headings: list[str], fields: list[Field]) -> None:
    cells = [field_of(heading)[0] for heading in headings]
    assert (
        guesses(*[(heading, PEOPLE[field]) for heading, field in zip(headings, cells, strict=True)])
        == fields
    )


def test_addresses_are_found_under_an_unknown_heading_but_names_are_not() -> None:
    assert guesses(("Name", PEOPLE[EMAIL]), ("Email", PEOPLE[NAME])) == [EMAIL, NOT]


def test_whole_name_and_its_parts_are_never_both_used() -> None:
    parts = [("First name", PEOPLE[FIRST]), ("Surname", PEOPLE[SURNAME])]
    email = ("Email", PEOPLE[EMAIL])
    assert guesses(("Name", PEOPLE[NAME]), *parts, email) == [NOT, FIRST, SURNAME, EMAIL]
    assert guesses(("Name", PEOPLE[NAME]), ("First name", PEOPLE[FIRST]), email) == [
        NAME,
        NOT,
        EMAIL,
    ]
    empty = [("First name", ["", "", ""]), ("Surname", ["", "", ""])]
    assert guesses(("Name", PEOPLE[NAME]), *empty, email) == [NAME, NOT, NOT, EMAIL]


def test_name_column_with_only_surnames_or_first_names_is_that_part() -> None:
    email = ("Email", PEOPLE[EMAIL])
    assert guesses(("Name", PEOPLE[FIRST]), ("Surname", PEOPLE[SURNAME]), email) == [
        FIRST,
        SURNAME,
        EMAIL,
    ]
    assert guesses(("First name", PEOPLE[FIRST]), ("Name", PEOPLE[SURNAME]), email) == [
        FIRST,
        SURNAME,
        EMAIL,
    ]


def test_title_column_of_honorifics_is_not_a_job_title() -> None:
    assert guesses(
        ("Title", ["Mr", "Ms", "Dr"]), ("Name", PEOPLE[NAME]), ("Email", PEOPLE[EMAIL])
    ) == [
        NOT,
        NAME,
        EMAIL,
    ]
    assert guesses(("Title", PEOPLE[JOB]), ("Name", PEOPLE[NAME]), ("Email", PEOPLE[EMAIL])) == [
        JOB,
        NAME,
        EMAIL,
    ]


def test_columns_without_headings_are_recognised_by_their_cells() -> None:
    order = [NAME, ORG, SECTOR, EMAIL, JOB, STATUS, NOT]
    assert guesses(*[("Column", PEOPLE[field]) for field in order], has_headings=False) == order
    order = [EMAIL, NAME]
    assert guesses(*[("Column", PEOPLE[field]) for field in order], has_headings=False) == order


def test_parts_of_names_without_headings_are_not_guessed() -> None:
    order = [SURNAME, FIRST, EMAIL]
    columns = [("Column", PEOPLE[field]) for field in order]
    assert guesses(*columns, has_headings=False) == [NOT, NOT, EMAIL]


def test_empty_email_column_is_recognised() -> None:
    assert guesses(("Name", PEOPLE[NAME]), ("Email", ["", "", ""])) == [NAME, EMAIL]


@pytest.mark.parametrize("sign", ["\u202e", "\u200b", "\x00"])
def test_invisible_character_does_not_change_the_column(sign: str) -> None:
    table = table_of([("Name", [f"{sign}Amina Patel"]), ("E-mail", ["amina@example.org"])])
    assert guess_columns(table) == [NAME, EMAIL]
