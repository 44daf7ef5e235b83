import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, PeopleFile
from tests.queries import CapturedQueries

DATA = Path(__file__).resolve().parents[2] / "data"
GOOD = b"Name,Email,Organisation,Sector\nAda One,ada@example.org,Moor Trust,Charity\n"


def upload(client: Client, cohort: Cohort, content: bytes, name: str = "list.csv") -> Any:
    file = SimpleUploadedFile(name, content)
    return client.post(
        reverse("cohorts:people_file_upload", args=[cohort.public_id]), {"file": file}
    )


def page_of(name: str, people_file: PeopleFile) -> str:
    return reverse(f"cohorts:people_file_{name}", args=[people_file.public_id])


@pytest.fixture
def people_file(cohort: Cohort, facilitator_client: Client) -> PeopleFile:
    upload(facilitator_client, cohort, GOOD)
    return PeopleFile.objects.get()


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def newest() -> PeopleFile:
    return PeopleFile.objects.order_by("pk").reverse()[0]


def test_upload_page_lists_supported_files(facilitator_client: Client, cohort: Cohort) -> None:
    response = facilitator_client.get(
        reverse("cohorts:people_file_upload", args=[cohort.public_id])
    )
    assert response.status_code == 200
    assert "Each person needs a name and an e-mail address" in text(response)


def test_upload_adds_nobody_and_previews_every_row(
    facilitator_client: Client, cohort: Cohort
) -> None:
    response = upload(facilitator_client, cohort, (DATA / "north-east-attendees.csv").read_bytes())
    people_file = PeopleFile.objects.get()
    assert response.headers["Location"] == page_of("detail", people_file)
    page = text(facilitator_client.get(page_of("detail", people_file)))
    assert "Add 23 people" in page
    assert "First name from “First name”" in page
    assert "Same e-mail as row 4." in page
    assert "Not coming: the file says “Not attending”." in page
    assert "That is 1 person more than the number of places, 22." in page
    assert not cohort.memberships.participating().exists()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "list.csv", "Choose another file. This one is empty."),
        (b"x" * (50 * 1024 * 1024), "list.csv", "This file is larger than 5 MB."),
        (b"%PDF-1.7 nonsense", "list.xlsx", "This is a PDF."),
        (b"PK\x03\x04 damaged", "list.xlsx", "This workbook is damaged"),
        (b"Name,Email\n", "list.csv", "This list has headings but no people below them."),
        (bytes(range(256)) * 40, "list.csv", "This does not look like a list of people."),
    ],
)
def test_invalid_upload_shows_an_error_at_the_field(
    facilitator_client: Client, cohort: Cohort, content: bytes, name: str, sentence: str
) -> None:
    response = upload(facilitator_client, cohort, content, name)
    assert response.status_code == 200
    (error,) = response.context["form"].errors["file"]
    assert error.startswith(sentence)
    assert escape(error) in response.content.decode()
    assert not PeopleFile.objects.exists()


def test_upload_without_a_file_shows_an_error(facilitator_client: Client, cohort: Cohort) -> None:
    response = facilitator_client.post(
        reverse("cohorts:people_file_upload", args=[cohort.public_id])
    )
    assert response.context["form"].errors == {
        "file": ["Choose the file with the list of people, or paste the list."]
    }


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffName;Email;Organisation\r\nSiân Hughes;sian@example.org;Café Tyne\r\n".encode(),
        "Name;Email;Organisation\r\nSiân Hughes;sian@example.org;Café Tyne\r\n".encode("cp1252"),
        "Name\tEmail\tOrganisation\r\nSiân Hughes\tsian@example.org\tCafé Tyne\r\n".encode(
            "utf-16"
        ),
        "Our spring list,,\n\nOrganisation,Email,Name\n\n"
        'Café Tyne,sian@example.org,"Hughes, Siân"\n'.encode(),
        "Surname,Organisation,E-mail address,First name\n"
        "Hughes,Café Tyne,sian@example.org,Siân\n".encode(),
    ],
)
def test_every_file_format_imports_the_same_people(
    facilitator_client: Client, cohort: Cohort, content: bytes
) -> None:
    upload(facilitator_client, cohort, content)
    facilitator_client.post(page_of("confirm", PeopleFile.objects.get()))
    member = cohort.memberships.participating().select_related("user", "organisation").get()
    assert (member.user.name, member.user.email, str(member.organisation)) == (
        "Siân Hughes",
        "sian@example.org",
        "Café Tyne",
    )


def test_confirm_imports_once_and_shows_the_same_page_twice(
    facilitator_client: Client, cohort: Cohort, people_file: PeopleFile
) -> None:
    for _ in range(2):
        response = facilitator_client.post(page_of("confirm", people_file), follow=True)
        assert "1 person added" in text(response)
        assert cohort.memberships.participating().count() == 1


def test_confirmed_list_retains_only_rows_with_errors(
    facilitator_client: Client, people_file: PeopleFile
) -> None:
    facilitator_client.post(page_of("confirm", people_file))
    people_file.refresh_from_db()
    assert "ada@example.org" not in people_file.content


def test_discard_deletes_the_list(
    facilitator_client: Client, cohort: Cohort, people_file: PeopleFile
) -> None:
    response = facilitator_client.post(page_of("discard", people_file))
    assert response.headers["Location"] == reverse("cohorts:member_list", args=[cohort.public_id])
    assert not PeopleFile.objects.exists()
    assert not Membership.objects.participating().exists()
    assert facilitator_client.post(page_of("discard", people_file)).status_code == 404


def reading(client: Client, people_file: PeopleFile, **changes: str) -> Any:
    form = client.get(page_of("detail", people_file)).context["form"]
    posted = {field.name: field.initial for field in form}
    return client.post(page_of("detail", people_file), {**posted, **changes})


def test_reading_form_selects_another_column(
    facilitator_client: Client, people_file: PeopleFile
) -> None:
    response = reading(facilitator_client, people_file, column_2="job_title")
    assert response.status_code == 302
    people_file.refresh_from_db()
    assert people_file.columns == ["name", "email", "job_title", "sector"]
    assert "Job title from “Organisation”" in text(
        facilitator_client.get(page_of("detail", people_file))
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"column_1": "ignored"},
            "Choose the column with the e-mail addresses. Everybody needs one.",
        ),
        ({"column_0": "ignored"}, "Choose the column with the names."),
        ({"column_2": "email"}, "Choose one column for E-mail. “Email” is chosen too."),
        (
            {"column_2": "surname"},
            "Choose a column for the whole name, or columns for its parts, but not both.",
        ),
        (
            {"column_2": "shoe size"},
            "Select a valid choice. shoe size is not one of the available choices.",
        ),
    ],
)
def test_reading_form_refuses_invalid_choices(
    facilitator_client: Client, people_file: PeopleFile, changes: dict[str, str], sentence: str
) -> None:
    response = reading(facilitator_client, people_file, **changes)
    assert response.status_code == 200
    assert [error for errors in response.context["form"].errors.values() for error in errors] == [
        sentence
    ]
    (name, value) = next(iter(changes.items()))
    assert response.context["form"][name].value() == value
    people_file.refresh_from_db()
    assert people_file.columns == ["name", "email", "organisation", "sector"]


def test_sectors_are_corrected_in_bulk(facilitator_client: Client, cohort: Cohort) -> None:
    rows = "".join(f"Ada One,ada{n}@example.org,Firm {n},Blue light\n" for n in range(30))
    upload(facilitator_client, cohort, f"Name,Email,Organisation,Sector\n{rows}".encode())
    people_file = PeopleFile.objects.get()
    page = facilitator_client.get(page_of("detail", people_file))
    (field,) = page.context["form"].sectors()
    assert (field.label, field.help_text) == (
        "“Blue light”",
        "30 rows. Count as Other until you choose.",
    )
    assert "Choose the sectors that we don’t recognise" in text(page)
    reading(facilitator_client, people_file, **{field.name: "public"})
    facilitator_client.post(page_of("confirm", people_file))
    sectors = cohort.memberships.participating().values_list("organisation__sector", flat=True)
    assert list(sectors) == ["public"] * 30


def test_preview_shows_and_saves_the_sectors_that_were_chosen(
    facilitator_client: Client, cohort: Cohort, council: Organisation
) -> None:
    """A choice is for the words in the file, so it changes no organisation that has a sector."""
    upload(
        facilitator_client,
        cohort,
        b"Name,Email,Organisation,Sector\nAda One,ada@example.org,New Trust,Blue light\n"
        b"Bea Two,bea@example.org,Tynewick Council,Blue light\n",
    )
    people_file = newest()
    (field,) = facilitator_client.get(page_of("detail", people_file)).context["form"].sectors()
    assert field.value() == ""
    reading(facilitator_client, people_file, **{field.name: "voluntary"})
    page = facilitator_client.get(page_of("detail", people_file))
    (field,) = page.context["form"].sectors()
    assert field.value() == "voluntary"
    assert [row.sector for row in page.context["rows"]] == ["voluntary", "public"]
    assert (
        "The file says Voluntary and community. Tynewick Council is already here as Public, which "
        "doesn’t change." in text(page)
    )
    facilitator_client.post(page_of("confirm", people_file))
    assert dict(Organisation.objects.values_list("name", "sector")) == {
        "New Trust": "voluntary",
        "Tynewick Council": "public",
    }


def test_rows_with_errors_can_be_downloaded_with_reasons(
    facilitator_client: Client, cohort: Cohort
) -> None:
    content = (
        b'Name,Email,Notes\nAda One,ada@example.org,fine\nBea Two,,"=HYPERLINK(""x"")"\n'
        b"=cmd(),c@example.org,-\n"
    )
    upload(facilitator_client, cohort, content)
    people_file = PeopleFile.objects.get()
    before = facilitator_client.get(page_of("wrong", people_file))
    facilitator_client.post(page_of("confirm", people_file))
    after = facilitator_client.get(page_of("wrong", people_file))
    assert after.content == before.content
    assert after.headers["Content-Disposition"] == 'attachment; filename="rows-with-errors.csv"'
    assert after.content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(after.content.decode("utf-8-sig"), newline=""))) == [
        ["Name", "Email", "Notes", "Row in your list", "Error"],
        ["Bea Two", "", '\'=HYPERLINK("x")', "3", "Enter an e-mail address."],
        [
            "'=cmd()",
            "c@example.org",
            "'-",
            "4",
            "Enter the person’s name. This starts with “=”, like a spreadsheet formula.",
        ],
    ]


def test_corrected_rows_can_be_imported(facilitator_client: Client, cohort: Cohort) -> None:
    upload(facilitator_client, cohort, b"Name,Email,Organisation\nBea Two,bea@,Moor Trust\n")
    wrong = facilitator_client.get(page_of("wrong", PeopleFile.objects.get())).content
    upload(facilitator_client, cohort, wrong.replace(b"bea@,", b"bea@example.org,"))
    facilitator_client.post(page_of("confirm", newest()))
    member = cohort.memberships.participating().select_related("user", "organisation").get()
    assert (member.user.name, str(member.organisation)) == ("Bea Two", "Moor Trust")


def test_rows_are_grouped_by_result(facilitator_client: Client, cohort: Cohort) -> None:
    upload(facilitator_client, cohort, b"Name,Email\nAda One,ada@example.org\nBea Two,bea@\n")
    url = page_of("detail", PeopleFile.objects.get())
    names = {
        show: [
            planned.row.name
            for planned in facilitator_client.get(url, {"show": show}).context["rows"]
        ]
        for show in ("", "new", "wrong", "\x01nonsense")
    }
    assert names == {
        "": ["Bea Two", "Ada One"],
        "new": ["Ada One"],
        "wrong": ["Bea Two"],
        "\x01nonsense": ["Bea Two", "Ada One"],
    }


def test_cells_are_escaped(facilitator_client: Client, cohort: Cohort) -> None:
    upload(
        facilitator_client,
        cohort,
        b"Name,Email,<b>Extra</b>\nAda <i>One</i>,ada@example.org,<u>x</u>\n",
    )
    page = facilitator_client.get(page_of("detail", PeopleFile.objects.get())).content.decode()
    assert [mark for mark in ("<b>Extra", "<i>One", "<u>x") if mark in page] == []
    assert "&lt;u&gt;x&lt;/u&gt;" in page


def test_samples_are_shown_without_bidirectional_controls(
    facilitator_client: Client, cohort: Cohort
) -> None:
    content = "Name,Email,Or\u202eg\nAda,ada@example.org,\u202egnp.exe\x00\n".encode()
    upload(facilitator_client, cohort, content)
    page = facilitator_client.get(page_of("detail", newest()))
    field = page.context["form"]["column_2"]
    assert (field.label, field.help_text) == ("Org", "gnp.exe")
    assert [sign for sign in ("\u202e", "\x00") if sign in page.content.decode()] == []


def test_preview_makes_a_constant_number_of_queries(
    facilitator_client: Client, cohort: Cohort
) -> None:
    counts = []
    for many in (30, 300):
        upload(facilitator_client, cohort, people(many))
        url = page_of("detail", newest())
        with CapturedQueries() as queries:
            facilitator_client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 15


def people(many: int) -> bytes:
    lines = [
        f"Ada Number,ada{n}@example.org,Firm {n % 400},Private,Trustee,Vegan" for n in range(many)
    ]
    return "\n".join(
        ["Name,Email,Organisation,Sector,Job title,Dietary requirements", *lines]
    ).encode()


def test_2000_rows_are_previewed_in_pages_of_a_hundred(
    facilitator_client: Client, cohort: Cohort
) -> None:
    response = upload(facilitator_client, cohort, people(2000))
    page = text(facilitator_client.get(response.headers["Location"]))
    assert "Add 2000 people" in page
    assert "Page 1 of 20" in page
    facilitator_client.post(page_of("confirm", PeopleFile.objects.get()))
    assert cohort.memberships.participating().count() == 2000


ACTS = ["confirm", "discard"]
PAGES = ["detail", "wrong"]


@pytest.mark.parametrize("name", ACTS + PAGES)
def test_lists_require_permission(
    name: str,
    people_file: PeopleFile,
    participant_client: Client,
    outsider_client: Client,
    other_facilitator_client: Client,
    client: Client,
) -> None:
    def status(someone: Client) -> int:
        url = page_of(name, people_file)
        return (someone.post(url) if name in ACTS else someone.get(url)).status_code

    statuses = [
        status(each)
        for each in (participant_client, outsider_client, other_facilitator_client, client)
    ]
    assert statuses == [403, 404, 404, 302]
    assert PeopleFile.objects.get().confirmed_at is None


@pytest.mark.parametrize("name", ACTS)
def test_actions_require_post(
    name: str, people_file: PeopleFile, facilitator_client: Client
) -> None:
    assert facilitator_client.get(page_of(name, people_file)).status_code == 405
    assert PeopleFile.objects.get().confirmed_at is None


def test_upload_requires_permission(
    cohort: Cohort, participant_client: Client, outsider_client: Client, facilitator: User
) -> None:
    assert upload(participant_client, cohort, GOOD).status_code == 403
    assert upload(outsider_client, cohort, GOOD).status_code == 404
    assert not PeopleFile.objects.exists()
