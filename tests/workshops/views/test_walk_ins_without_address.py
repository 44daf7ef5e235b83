"""Walk-ins who give no e-mail address, and the form that is sent twice."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.factories import FIVE_MINUTES_IN, STARTS
from tests.workshops.views.test_walk_ins import MINUTE, marks, url_of
from workshops.models import Workshop

pytestmark = pytest.mark.both  # it searches


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def clock(db: None) -> object:
    with time_machine.travel(FIVE_MINUTES_IN, tick=False) as traveller:
        yield traveller


def test_form_sent_twice_adds_somebody_without_an_address_once(
    clock: object, workshop: Workshop, facilitator_client: Client
) -> None:
    form = facilitator_client.get(url_of(workshop)).context["form"]
    data = {"name": "Zoe Walker", "new_id": form["new_id"].value()}
    for _ in range(2):
        facilitator_client.post(url_of(workshop), data)
    # The page that a browser shows after Back has the same id.
    facilitator_client.post(url_of(workshop), data | {"name": "Zoe Runner"})

    assert marks(workshop) == {"Zoe Walker": "present", "Zoe Runner": "present"}
    assert workshop.cohort.memberships.participating().count() == 2


@pytest.mark.parametrize("new_id", ["", "forged:id"])
def test_two_people_of_one_name_can_be_added_without_addresses(
    new_id: str, clock: object, workshop: Workshop, facilitator_client: Client
) -> None:
    for _ in range(2):
        facilitator_client.post(url_of(workshop), {"name": "Zoe Walker", "new_id": new_id})

    assert workshop.cohort.memberships.filter(user__name="Zoe Walker").count() == 2


def test_many_suggestions_are_folded_until_somebody_searches(
    clock: object,
    workshop: Workshop,
    facilitator_client: Client,
    join: Callable[..., Membership],
) -> None:
    for number in range(5):
        join(f"Gus Gone {number}", left_at=STARTS - MINUTE)
    page = facilitator_client.get(url_of(workshop)).content.decode()
    assert ("Show names" in page, 'type="search"' in page) == (False, False)
    join("Gus Gone 5", left_at=STARTS - MINUTE)
    page = facilitator_client.get(url_of(workshop)).content.decode()
    assert ("Show names" in page, 'type="search"' in page) == (True, True)
    found = facilitator_client.get(url_of(workshop), {"q": "Gus"}).content.decode()
    assert ("Show names" in found, found.count("Gus Gone") > 0) == (False, True)


def test_page_says_who_is_asked_for_feedback(
    clock: object, workshop: Workshop, facilitator_client: Client, facilitator: User
) -> None:
    asked = "we ask them for feedback while the survey is open"
    assert asked in facilitator_client.get(url_of(workshop)).content.decode()
    workshop.cohort.archive(by=facilitator, at=FIVE_MINUTES_IN)
    page = facilitator_client.get(url_of(workshop)).content.decode()
    assert asked not in page
    assert "We send them no e-mails, because the cohort is archived." in page
