"""The page that edits a cohort."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort


def url(name: str, thing: Cohort) -> str:
    return reverse(f"cohorts:{name}", args=[thing.public_id])


def test_cohort_edit_saves(facilitator_client: Client, cohort: Cohort) -> None:
    posted = {
        "name": "North East, summer",
        "place": "Tyneside",
        "country": "northern-ireland",
        "capacity": "30",
        "time_zone": "Asia/Tokyo",
        "uses_sets": "on",
    }
    response = facilitator_client.post(url("cohort_edit", cohort), posted)
    assert response.headers["Location"] == cohort.get_absolute_url()
    cohort.refresh_from_db()
    assert (cohort.name, cohort.place, cohort.capacity) == ("North East, summer", "Tyneside", 30)
    assert (cohort.country, cohort.time_zone) == ("northern-ireland", "Europe/London")
    assert (cohort.uses("uses_sets"), cohort.uses("uses_partnerships")) == (True, False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        (
            "name",
            "Essex, spring 2027",
            "Enter another name. There is already a cohort with this name.",
        ),
        ("name", "", "Enter a name for the cohort."),
        ("country", "atlantis", "Choose a country."),
        ("capacity", "0", "Enter a number from 1 to 1000."),
        ("capacity", "99999999999", "Enter a number from 1 to 1000."),
        ("capacity", "many", "Enter a whole number, for example 22."),
    ],
)
def test_invalid_cohort_edit_shows_the_input_again(
    facilitator_client: Client,
    other_facilitator: User,
    cohort: Cohort,
    field: str,
    value: str,
    sentence: str,
) -> None:
    posted = {
        "name": "Another",
        "place": "Tyneside",
        "country": "scotland",
        "capacity": "30",
        field: value,
    }
    response = facilitator_client.post(url("cohort_edit", cohort), posted)
    assert response.context["form"].errors == {field: [sentence]}
    assert response.context["form"][field].value() == value
    assert response.context["cohort"].name == "North East, spring 2027"
