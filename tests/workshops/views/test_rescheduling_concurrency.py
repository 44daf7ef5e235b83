"""Repeated and concurrent changes to a workshop, and access to its history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.factories import FEBRUARY, STARTS
from tests.people import signed_in
from tests.workshops.changing import move_to_library, planned_fourth, reloaded, text, url_of
from workshops.models import Workshop

pytestmark = pytest.mark.both  # it changes rows concurrently

ENDS = datetime(2027, 3, 18, 13, tzinfo=UTC)
AFTER = STARTS + timedelta(days=1)
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]
FormData = dict[str, str]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(FEBRUARY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return planned_fourth(workshops, schedule)


@pytest.fixture
def form_data(workshop: Workshop) -> FormData:
    return move_to_library(workshop)


def test_repeated_move_changes_nothing(
    facilitator_client: Client, workshop: Workshop, form_data: FormData, now: time_machine.Traveller
) -> None:
    facilitator_client.post(url_of(workshop, "move"), form_data)
    now.shift(1)
    response = facilitator_client.post(url_of(workshop, "move"), form_data, follow=True)
    assert "“Power and prejudice” was already moved." in text(response)
    assert (reloaded(workshop).sequence, workshop.changes.count()) == (2, 2)


def test_second_facilitator_sees_conflict(
    facilitator_client: Client,
    second_facilitator: User,
    workshop: Workshop,
    form_data: FormData,
    now: time_machine.Traveller,
) -> None:
    facilitator_client.post(url_of(workshop, "move"), form_data)
    now.shift(300)
    other = form_data | {
        "day": "2027-04-01",
        "venue": "Town hall",
        "reason": "The mayor wants to come.",
    }
    client = signed_in(second_facilitator)
    response = client.post(url_of(workshop, "move"), other)
    assert (
        "Ruth Okafor moved “Power and prejudice” from Thursday 18 March 2027, 9:30am to 1pm to "
        "Thursday 25 March 2027,"
        " 1:30pm to 4:30pm, 5 minutes ago. New place: Library. Reason: “The fire station is "
        "flooded.”"
    ) in text(response)
    form = response.context["form"]
    assert {name: form[name].value() for name in form.fields} == {
        name: other[name] for name in form.fields
    }
    assert (reloaded(workshop).venue, reloaded(workshop).sequence) == ("Library", 2)
    # The form that shows the other change has a new version token, so submitting it again succeeds.
    client.post(url_of(workshop, "move"), other | {"seen": response.context["seen"]})
    assert (reloaded(workshop).venue, reloaded(workshop).sequence) == ("Town hall", 3)


def test_preview_shows_conflict(
    facilitator_client: Client, second_facilitator: User, workshop: Workshop, form_data: FormData
) -> None:
    workshop.cancel(by=second_facilitator, at=FEBRUARY, reason="Snow")
    response = facilitator_client.post(url_of(workshop, "move"), form_data | {"step": "look"})
    assert "Tom Sallow cancelled “Power and prejudice”, just now. Reason: “Snow”" in text(response)


def test_same_move_by_another_is_reported(
    facilitator_client: Client, second_facilitator: User, workshop: Workshop, form_data: FormData
) -> None:
    signed_in(second_facilitator).post(url_of(workshop, "move"), form_data)
    response = facilitator_client.post(url_of(workshop, "move"), form_data, follow=True)
    assert "was already moved. Tom Sallow moved “Power and prejudice” from" in text(response)
    assert workshop.changes.count() == 2


# Who can see the history of a workshop's changes


def test_history_is_visible_only_to_conveners(
    facilitator_client: Client, participant_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    facilitator_client.post(
        url_of(workshop, "move"), form_data | {"day": "2027-01-07", "override_reason": "Held then."}
    )
    for client, reads in ((facilitator_client, True), (participant_client, False)):
        page = text(client.get(workshop.get_absolute_url()))
        assert (
            "History of changes" in page,
            "Reason to keep this date" in page,
            "moved “Power" in page,
        ) == (reads,) * 3
