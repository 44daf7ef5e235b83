"""Access to the plan page, and its query count."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from cohorts.models import Cohort
from tests.factories import JANUARY
from tests.queries import CapturedQueries
from tests.workshops.plan_form import dates_form_data, local_starts
from workshops.models import Workshop

Schedule = Callable[..., Workshop]


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(JANUARY, tick=False):
        yield


@pytest.fixture
def url(cohort: Cohort, workshops: list[Workshop]) -> str:
    return f"/cohorts/{cohort.public_id}/plan/"


@pytest.fixture
def confirm_url(url: str) -> str:
    return f"{url}confirm/"


@pytest.fixture
def dates(workshops: list[Workshop]) -> dict[str, str]:
    return dates_form_data(workshops)


@pytest.mark.parametrize(
    ("role", "status"),
    [("outsider", 404), ("other_facilitator", 404), ("participant", 403), ("administrator", 200)],
)
def test_plan_requires_convener(
    request: pytest.FixtureRequest,
    cohort: Cohort,
    url: str,
    confirm_url: str,
    dates: dict[str, str],
    role: str,
    status: int,
) -> None:
    client: Client = request.getfixturevalue(f"{role}_client")
    assert client.get(url).status_code == status
    assert client.post(url, dates | {"confirm": ""}).status_code == status
    assert client.post(confirm_url, dates).status_code == (302 if status == 200 else status)
    assert len(local_starts(cohort)) == (6 if status == 200 else 0)


def test_plan_refuses_other_methods(facilitator_client: Client, url: str, confirm_url: str) -> None:
    assert facilitator_client.delete(url).status_code == 405
    assert facilitator_client.get(confirm_url).status_code == 405


def test_plan_without_workshops_shows_explanation(
    facilitator_client: Client, cohort: Cohort
) -> None:
    page = facilitator_client.get(f"/cohorts/{cohort.public_id}/plan/").content.decode()
    assert "There are no workshops to plan" in page


def test_plan_and_confirmation_query_count_is_bounded(
    facilitator_client: Client, url: str, dates: dict[str, str], join: Callable[[str], object]
) -> None:
    counts = []
    for people in (1, 30):
        for number in range(people):
            join(f"Person {people} {number}")
        for pressed in ({"propose": ""}, {"confirm": ""}):
            with CapturedQueries() as queries:
                facilitator_client.post(url, dates | pressed)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert counts[0] <= 20
    assert counts[1] <= 60


def test_default_recurrence_starts_after_last_completed_workshop(
    facilitator_client: Client, workshops: list[Workshop], schedule: Schedule, url: str
) -> None:
    schedule(workshops[0], JANUARY - timedelta(days=7))
    recurrence = facilitator_client.get(url).context["recurrence"]
    assert str(recurrence["first"].value()) == "2027-01-18"


def test_default_recurrence_does_not_start_in_the_past(
    facilitator_client: Client, workshops: list[Workshop], schedule: Schedule, url: str
) -> None:
    schedule(workshops[0], JANUARY - timedelta(days=35))
    recurrence = facilitator_client.get(url).context["recurrence"]
    assert str(recurrence["first"].value()) == "2027-01-11"
