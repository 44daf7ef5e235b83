"""Pages of an uploaded list: the choice of an encoding, and two people with one address."""

import csv
import io
from pathlib import Path

from django.test import Client

from cohorts.models import Cohort, PeopleFile
from tests.cohorts.views.test_people_files import GOOD, page_of, text, upload

CASES = Path(__file__).resolve().parents[2] / "data" / "cases" / "people"


def test_encoding_is_chosen_on_the_page(facilitator_client: Client, cohort: Cohort) -> None:
    upload(facilitator_client, cohort, (CASES / "50-windows-1250.csv").read_bytes())
    detail = page_of("detail", PeopleFile.objects.get())
    page = text(facilitator_client.get(detail))
    assert "“³” is unusual in a name." in page
    assert "Central European (Windows): Polish, Czech, Hungarian" in page
    columns = {"column_0": "name", "column_1": "email", "column_2": "organisation"}

    facilitator_client.post(detail, {**columns, "encoding": "cp1250"})

    page = text(facilitator_client.get(detail))
    assert "Paweł Wiśniewski" in page
    assert "is unusual in a name" not in page
    facilitator_client.post(detail, {**columns, "encoding": "rot13"})
    assert "Paweł Wiśniewski" in text(facilitator_client.get(detail))
    facilitator_client.post(page_of("confirm", PeopleFile.objects.get()))
    names = cohort.memberships.active().participating().values_list("user__name", flat=True)
    assert set(names) == {"Paweł Wiśniewski", "Łucja Żak"}


def test_page_of_a_unicode_file_offers_no_encodings(
    facilitator_client: Client, cohort: Cohort
) -> None:
    upload(facilitator_client, cohort, GOOD)
    page = text(facilitator_client.get(page_of("detail", PeopleFile.objects.get())))
    assert 'name="encoding"' not in page


def test_two_people_with_one_address_are_in_the_file_of_errors(
    facilitator_client: Client, cohort: Cohort
) -> None:
    upload(
        facilitator_client,
        cohort,
        (CASES / "27-shared-family-address.csv").read_bytes(),
    )
    page = page_of("wrong", PeopleFile.objects.get())

    rows = list(csv.reader(io.StringIO(facilitator_client.get(page).content.decode("utf-8-sig"))))

    assert [row[:4] for row in rows[1:]] == [
        ["Kwame Mensah", "office@example.org", "Cwm Foodbank", "3"]
    ]
