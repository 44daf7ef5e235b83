"""Tests of typed dates that are not saved: they are shown again until saved or discarded."""

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Cohort
from tests.factories import JANUARY
from tests.people import signed_in
from tests.workshops.plan_form import dates_form_data, local_starts
from workshops.models import ClosedDays, Workshop

KEPT = "These are the dates as you left them."


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def url(cohort: Cohort, workshops: list[Workshop]) -> str:
    return f"/cohorts/{cohort.public_id}/plan/"


@pytest.fixture
def typed(workshops: list[Workshop]) -> dict[str, str]:
    return dates_form_data(workshops) | {
        "keep_clear": "school",
        "2-day": "2027-03-23",
        "2-venue": "The Old Fire Station",
    }


def values(client: Client, url: str) -> tuple[str, str]:
    """Return the date and the venue of workshop 2 that the page shows."""
    form = client.get(url).context["form"]
    return form["2-day"].value(), form["2-venue"].value()


def test_typed_dates_are_shown_again_and_not_saved(
    facilitator_client: Client, url: str, typed: dict[str, str], cohort: Cohort
) -> None:
    assert KEPT not in facilitator_client.get(url).content.decode()
    facilitator_client.post(url, typed | {"look": ""})

    assert values(facilitator_client, url) == ("2027-03-23", "The Old Fire Station")
    assert KEPT in facilitator_client.get(url).content.decode()
    assert local_starts(cohort) == []


def test_closed_days_that_were_added_meanwhile_clash_with_typed_dates(
    facilitator_client: Client, url: str, typed: dict[str, str], cohort: Cohort
) -> None:
    facilitator_client.post(url, typed | {"look": ""})
    ClosedDays.objects.create(
        kind="school", name="Half term", first="2027-03-22", last="2027-03-24", cohort=cohort
    )

    page = facilitator_client.get(url)

    assert values(facilitator_client, url)[0] == "2027-03-23"
    assert "Half term" in " ".join(page.context["rows"][1].problems)


def test_suggested_dates_stay_as_they_were_suggested(
    facilitator_client: Client, url: str, typed: dict[str, str], cohort: Cohort
) -> None:
    shown = facilitator_client.post(url, typed | {"propose": ""}).context["form"]["2-day"].value()
    ClosedDays.objects.create(kind="school", name="Closed", first=shown, last=shown, cohort=cohort)
    assert values(facilitator_client, url)[0] == shown


def test_nobody_else_sees_typed_dates(
    facilitator_client: Client, url: str, typed: dict[str, str], administrator: User
) -> None:
    facilitator_client.post(url, typed | {"look": ""})
    assert values(signed_in(administrator), url)[0] != "2027-03-23"


@pytest.mark.parametrize("end", ["discard", "confirm/"])
def test_typed_dates_go_when_they_are_discarded_or_saved(
    end: str, facilitator_client: Client, url: str, typed: dict[str, str]
) -> None:
    facilitator_client.post(url, typed | {"look": ""})
    if end == "discard":
        response = facilitator_client.post(url, typed | {"discard": ""})
        assert response["Location"] == url
    else:
        facilitator_client.post(url + end, typed)
    assert KEPT not in facilitator_client.get(url).content.decode()


def test_discarded_dates_do_not_return(
    facilitator_client: Client, url: str, typed: dict[str, str]
) -> None:
    before = values(facilitator_client, url)
    facilitator_client.post(url, typed | {"look": ""})
    facilitator_client.post(url, typed | {"discard": ""})
    assert values(facilitator_client, url) == before
