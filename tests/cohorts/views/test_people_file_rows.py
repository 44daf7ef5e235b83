"""The page that corrects one row of a list before the import."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cohorts.anonymisation import delete_people_files_naming
from cohorts.models import Cohort, Organisation, PeopleFile
from tests.cohorts.views.test_people_files import newest, page_of, text, upload

LIST = (
    b"Name,Email,Organisation,Sector\n"
    b"Ada One,ada@example.org,Moor Trust,Charity\n"
    b"Bea Two,bea@,Brook,Blue light\n"
    b"Cy Day,ada@example.org,,\n"
)


@pytest.fixture
def people_file(cohort: Cohort, facilitator_client: Client) -> PeopleFile:
    upload(facilitator_client, cohort, LIST)
    return newest()


def row_page(people_file: PeopleFile, number: int) -> str:
    return reverse("cohorts:people_file_row", args=[people_file.public_id, number])


def correct(client: Client, people_file: PeopleFile, number: int, **facts: str) -> Any:
    form = client.get(row_page(people_file, number)).context["form"]
    return client.post(row_page(people_file, number), {**form.initial, **facts})


def test_row_with_an_error_is_corrected_and_imported_with_the_others(
    facilitator_client: Client, cohort: Cohort, people_file: PeopleFile
) -> None:
    preview = facilitator_client.get(page_of("detail", people_file))
    assert row_page(people_file, 3) in preview.content.decode()
    response = correct(
        facilitator_client,
        people_file,
        3,
        name="Bea Twomey",
        email="Bea@Example.org",
        organisation="Brook Farm",
        sector="public",
    )
    assert response.headers["Location"] == f"{page_of('detail', people_file)}#rows"
    page = text(facilitator_client.get(page_of("detail", people_file)))
    assert "Row 3 saved." in page
    assert "You corrected this row." in page
    assert "Add 2 people" in page
    facilitator_client.post(page_of("confirm", people_file))
    bea = cohort.memberships.select_related("user", "organisation").get(
        user__email="bea@example.org"
    )
    assert bea.organisation is not None
    found = (bea.user.name, bea.organisation.name, bea.organisation.sector)
    assert found == ("Bea Twomey", "Brook Farm", "public")
    people_file.refresh_from_db()
    assert people_file.corrections == {}


def test_form_shows_the_row_and_its_sector(
    facilitator_client: Client, people_file: PeopleFile
) -> None:
    page = facilitator_client.get(row_page(people_file, 3))
    assert page.context["form"].initial == {
        "name": "Bea Two",
        "email": "bea@",
        "organisation": "Brook",
        "sector": "",
        "job_title": "",
        "needs": "",
    }
    assert "is not an e-mail address" in text(page) or "not a whole e-mail address" in text(page)


def test_sector_of_an_organisation_that_is_here_does_not_change(
    facilitator_client: Client, people_file: PeopleFile, council: Organisation
) -> None:
    correct(
        facilitator_client,
        people_file,
        3,
        email="bea@example.org",
        organisation=council.name,
        sector="private",
    )
    page = text(facilitator_client.get(page_of("detail", people_file)))
    assert "Tynewick Council is already here as Public, which doesn’t change." in page
    form = facilitator_client.get(row_page(people_file, 3)).context["form"]
    assert form["sector"].value() == "public"


@pytest.mark.parametrize(
    ("number", "facts", "field", "sentence"),
    [
        (3, {"name": ""}, "name", "Enter the person’s name."),
        (3, {"name": "=cmd()"}, "name", "Enter the person’s name. This starts with “=”"),
        (3, {}, "email", "Enter a valid e-mail address"),
        (3, {"email": "bé@example.org"}, "email", "Enter a valid e-mail address"),
        (3, {"organisation": "..."}, "organisation", "Enter the organisation’s name in letters"),
        (4, {"sector": ""}, "email", "Row 2 has the same e-mail address for another person"),
    ],
)
def test_error_is_beside_the_field_with_what_was_typed(
    facilitator_client: Client,
    people_file: PeopleFile,
    number: int,
    facts: dict[str, str],
    field: str,
    sentence: str,
) -> None:
    response = correct(
        facilitator_client, people_file, number, **{"sector": "public", "job_title": "Ox"} | facts
    )
    form = response.context["form"]
    assert form.errors[field][0].startswith(sentence)
    assert form["job_title"].value() == "Ox"
    people_file.refresh_from_db()
    assert people_file.corrections == {}


def test_person_who_shares_an_address_gets_their_own(
    facilitator_client: Client, cohort: Cohort, people_file: PeopleFile
) -> None:
    correct(facilitator_client, people_file, 4, email="cy@example.org")
    facilitator_client.post(page_of("confirm", people_file))
    names = cohort.memberships.participating().values_list("user__name", flat=True)
    assert sorted(names) == ["Ada One", "Cy Day"]


@pytest.mark.parametrize("number", [1, 2, 99])
def test_row_without_a_remark_or_outside_the_list_is_not_found(
    facilitator_client: Client, people_file: PeopleFile, number: int
) -> None:
    assert facilitator_client.get(row_page(people_file, number)).status_code == 404


def test_imported_list_shows_its_result_instead(
    facilitator_client: Client, people_file: PeopleFile
) -> None:
    facilitator_client.post(page_of("confirm", people_file))
    for response in (
        facilitator_client.get(row_page(people_file, 3)),
        facilitator_client.post(row_page(people_file, 3), {"name": "Bea"}),
    ):
        assert response.headers["Location"] == page_of("detail", people_file)


def test_erasure_deletes_a_list_that_names_the_person_in_a_correction(
    facilitator_client: Client, people_file: PeopleFile, outsider: Any
) -> None:
    correct(facilitator_client, people_file, 3, email=outsider.email, sector="public")
    people_file.refresh_from_db()
    assert people_file.corrections["3"]["email"] == outsider.email
    delete_people_files_naming(outsider)
    assert not PeopleFile.objects.exists()
