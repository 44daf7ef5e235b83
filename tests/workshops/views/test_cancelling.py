"""The pages that cancel and reinstate a workshop, with a preview of the effects."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.factories import FEBRUARY, STARTS
from tests.people import signed_in
from tests.workshops.changing import reloaded, text, url_of
from workshops.changes.change_log import sequence_token
from workshops.models import Change, ClosedDays, Workshop
from workshops.times import Arrangement, Slot

AFTER = STARTS + timedelta(days=1)
LATER = Slot(datetime(2027, 3, 25, 13, 30, tzinfo=UTC), datetime(2027, 3, 25, 16, 30, tzinfo=UTC))
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]
FormData = dict[str, str]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(FEBRUARY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def form_data(workshop: Workshop) -> FormData:
    return {"reason": "The fire station is flooded.", "seen": sequence_token([workshop])}


def test_cancel_shows_preview_then_cancels(
    facilitator_client: Client,
    facilitator: User,
    workshop: Workshop,
    form_data: FormData,
    join: Join,
) -> None:
    join("Ann")
    page = text(facilitator_client.get(url_of(workshop, "cancel")))
    assert "It no longer counts in attendance" in page
    assert (
        "No longer sent. It was due on Thursday 11 March 2027 at 9am. Recipients: 1 person." in page
    )
    assert not reloaded(workshop).is_cancelled
    response = facilitator_client.post(url_of(workshop, "cancel"), form_data)
    assert response.headers["Location"] == workshop.get_absolute_url()
    saved, change = reloaded(workshop), workshop.changes.get(kind=Change.Kind.CANCELLED)
    assert (saved.cancelled_at, saved.cancelled_by, saved.sequence) == (FEBRUARY, facilitator, 2)
    assert (change.by, change.reason) == (facilitator, "The fire station is flooded.")
    page = text(facilitator_client.get(workshop.get_absolute_url()))
    assert "This workshop is cancelled." in page
    assert (
        "Ruth Okafor cancelled “Power and prejudice”, just now. Reason: “The fire station is "
        "flooded.”" in page
    )


def test_cancel_is_idempotent(
    facilitator_client: Client,
    second_facilitator: User,
    workshop: Workshop,
    form_data: FormData,
    now: time_machine.Traveller,
) -> None:
    facilitator_client.post(url_of(workshop, "cancel"), form_data)
    now.shift(60)
    mine = facilitator_client.post(url_of(workshop, "cancel"), form_data, follow=True)
    theirs = signed_in(second_facilitator).post(url_of(workshop, "cancel"), form_data, follow=True)
    already = "“Power and prejudice” was already cancelled."
    assert already in text(mine)
    assert "Ruth Okafor cancelled" not in text(mine).split(already)[1][:60]
    assert f"{already} Ruth Okafor cancelled “Power and prejudice”, 1 minute ago" in text(theirs)
    assert (reloaded(workshop).cancelled_at, workshop.changes.count()) == (FEBRUARY, 2)
    assert "This workshop is already cancelled." in text(
        facilitator_client.get(url_of(workshop, "cancel"))
    )


def test_cancel_after_concurrent_move_shows_conflict_and_redisplays_reason(
    facilitator_client: Client, second_facilitator: User, workshop: Workshop, form_data: FormData
) -> None:
    reloaded(workshop).arrange(Arrangement(LATER, "", ""), by=second_facilitator, at=FEBRUARY)
    response = facilitator_client.post(url_of(workshop, "cancel"), form_data | {"reason": "Snow"})
    assert "Tom Sallow moved “Power and prejudice”" in text(response)
    assert response.context["form"]["reason"].value() == "Snow"
    assert not reloaded(workshop).is_cancelled


def test_reason_too_long_shows_field_error(
    facilitator_client: Client, workshop: Workshop, form_data: FormData
) -> None:
    response = facilitator_client.post(
        url_of(workshop, "cancel"), form_data | {"reason": "x" * 10_000}
    )
    assert response.context["form"].errors == {
        "reason": ["Shorten this to 500 characters; it has 10000."]
    }
    assert response.context["form"]["reason"].value() == "x" * 10_000
    assert not reloaded(workshop).is_cancelled


def test_reinstate_shows_preview_then_reinstates(
    facilitator_client: Client, facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann")
    workshop.cancel(by=facilitator, at=FEBRUARY)
    page = text(facilitator_client.get(url_of(workshop, "reinstate")))
    assert "Reinstate “Power and prejudice”?" in page
    assert "Will be sent on Thursday 11 March 2027 at 9am. Recipients: 1 person." in page
    reinstate_data = {"seen": sequence_token([workshop]), "reason": "The snow has melted."}
    facilitator_client.post(url_of(workshop, "reinstate"), reinstate_data)
    saved, change = reloaded(workshop), workshop.changes.get(kind=Change.Kind.REINSTATED)
    assert (saved.is_cancelled, saved.version, saved.sequence, saved.scheduled_at) == (
        False,
        2,
        3,
        FEBRUARY,
    )
    assert (change.by, change.reason) == (facilitator, "The snow has melted.")
    again = facilitator_client.post(url_of(workshop, "reinstate"), reinstate_data, follow=True)
    assert "“Power and prejudice” was already reinstated." in text(again)
    assert "This workshop is not cancelled." in text(
        facilitator_client.get(url_of(workshop, "reinstate"))
    )


def test_reinstate_is_refused_on_overlap_and_links_to_move(
    facilitator_client: Client,
    facilitator: User,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
) -> None:
    workshop.cancel(by=facilitator, at=FEBRUARY)
    schedule(workshops[2], STARTS)
    reinstate_data = {"seen": sequence_token([workshop])}
    response = facilitator_client.post(url_of(workshop, "reinstate"), reinstate_data)
    assert "Workshop 3 is not over by then" in text(response)
    assert url_of(workshop, "move") in text(response)
    assert "Reinstate the workshop" not in text(response)
    assert reloaded(workshop).is_cancelled
    # After moving the cancelled workshop, the facilitator is redirected to the page that reinstates
    # it.
    there = {"day": "2027-03-25", "starts": "13:30", "ends": "16:30", "step": "do"}
    moved = facilitator_client.post(url_of(workshop, "move"), there | reinstate_data)
    assert moved.headers["Location"] == url_of(workshop, "reinstate")
    facilitator_client.post(
        url_of(workshop, "reinstate"), {"seen": sequence_token([reloaded(workshop)])}
    )
    assert not reloaded(workshop).is_cancelled


def test_reinstate_onto_closed_day_requires_reason(
    facilitator_client: Client, facilitator: User, workshop: Workshop
) -> None:
    workshop.cancel(by=facilitator, at=FEBRUARY)
    day = STARTS.date()
    ClosedDays.objects.create(kind=ClosedDays.Kind.HOST, name="Stocktaking", first=day, last=day)
    reinstate_data = {"seen": sequence_token([workshop])}
    assert "Closed (Stocktaking)" in text(facilitator_client.get(url_of(workshop, "reinstate")))
    response = facilitator_client.post(url_of(workshop, "reinstate"), reinstate_data)
    assert list(response.context["form"].errors) == ["override_reason"]
    facilitator_client.post(
        url_of(workshop, "reinstate"), reinstate_data | {"override_reason": "They let us in."}
    )
    assert (reloaded(workshop).is_cancelled, reloaded(workshop).override_reason) == (
        False,
        "They let us in.",
    )


def test_reinstate_after_date_has_passed_links_to_move(
    facilitator_client: Client, facilitator: User, workshop: Workshop, now: time_machine.Traveller
) -> None:
    workshop.cancel(by=facilitator, at=FEBRUARY)
    now.move_to(AFTER)
    page = text(facilitator_client.get(url_of(workshop, "reinstate")))
    assert "Its date has passed." in page
    assert url_of(workshop, "move") in page
