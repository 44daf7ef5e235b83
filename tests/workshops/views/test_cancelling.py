"""The pages that cancel and reinstate a workshop, with a preview of the effects."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from cohorts.models import Membership
from tests.people import signed_in
from tests.workshops.changing import at, fresh, text
from workshops.changes.change_log import sequence_token
from workshops.models import Change, ClosedDays, Workshop
from workshops.times import Arrangement, Slot

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
NOW = datetime(2027, 2, 1, 12, tzinfo=UTC)
AFTER = STARTS + timedelta(days=1)
LATER = Slot(datetime(2027, 3, 25, 13, 30, tzinfo=UTC), datetime(2027, 3, 25, 16, 30, tzinfo=UTC))
Schedule = Callable[..., Workshop]
Join = Callable[..., Membership]
Facts = dict[str, str]


@pytest.fixture(autouse=True)
def now(db: None) -> object:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def facts(workshop: Workshop) -> Facts:
    return {"reason": "The fire station is flooded.", "seen": sequence_token([workshop])}


def test_cancel_shows_preview_then_cancels(
    facilitator_client: Client, facilitator: User, workshop: Workshop, facts: Facts, join: Join
) -> None:
    join("Ann")
    page = text(facilitator_client.get(at(workshop, "cancel")))
    assert "It no longer counts in attendance" in page
    assert (
        "No longer sent. It was due on Thursday 11 March 2027 at 9am. Recipients: 1 person." in page
    )
    assert not fresh(workshop).is_cancelled
    response = facilitator_client.post(at(workshop, "cancel"), facts)
    assert response.headers["Location"] == workshop.get_absolute_url()
    kept, change = fresh(workshop), workshop.changes.get(kind=Change.Kind.CANCELLED)
    assert (kept.cancelled_at, kept.cancelled_by, kept.sequence) == (NOW, facilitator, 2)
    assert (change.by, change.reason) == (facilitator, "The fire station is flooded.")
    page = text(facilitator_client.get(workshop.get_absolute_url()))
    assert "This workshop is cancelled." in page
    assert (
        "Ruth Okafor cancelled “Power and prejudice”, just now. Reason: “The fire station is flooded.”"
        in page
    )


def test_cancel_is_idempotent(
    facilitator_client: Client,
    second: User,
    workshop: Workshop,
    facts: Facts,
    now: time_machine.Traveller,
) -> None:
    facilitator_client.post(at(workshop, "cancel"), facts)
    now.shift(60)
    mine = facilitator_client.post(at(workshop, "cancel"), facts, follow=True)
    theirs = signed_in(second).post(at(workshop, "cancel"), facts, follow=True)
    already = "“Power and prejudice” was already cancelled."
    assert already in text(mine)
    assert "Ruth Okafor cancelled" not in text(mine).split(already)[1][:60]
    assert f"{already} Ruth Okafor cancelled “Power and prejudice”, 1 minute ago" in text(theirs)
    assert (fresh(workshop).cancelled_at, workshop.changes.count()) == (NOW, 2)
    assert "This workshop is already cancelled." in text(
        facilitator_client.get(at(workshop, "cancel"))
    )


def test_cancel_after_concurrent_move_shows_conflict_and_redisplays_reason(
    facilitator_client: Client, second: User, workshop: Workshop, facts: Facts
) -> None:
    fresh(workshop).arrange(Arrangement(LATER, "", ""), by=second, at=NOW)
    response = facilitator_client.post(at(workshop, "cancel"), facts | {"reason": "Snow"})
    assert "Tom Sallow moved “Power and prejudice”" in text(response)
    assert response.context["form"]["reason"].value() == "Snow"
    assert not fresh(workshop).is_cancelled


def test_reason_too_long_shows_field_error(
    facilitator_client: Client, workshop: Workshop, facts: Facts
) -> None:
    response = facilitator_client.post(at(workshop, "cancel"), facts | {"reason": "x" * 10_000})
    assert response.context["form"].errors == {
        "reason": ["Shorten this to 500 characters; it has 10000."]
    }
    assert response.context["form"]["reason"].value() == "x" * 10_000
    assert not fresh(workshop).is_cancelled


def test_reinstate_shows_preview_then_reinstates(
    facilitator_client: Client, facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann")
    workshop.cancel(by=facilitator, at=NOW)
    page = text(facilitator_client.get(at(workshop, "reinstate")))
    assert "Reinstate “Power and prejudice”?" in page
    assert "Will be sent on Thursday 11 March 2027 at 9am. Recipients: 1 person." in page
    said = {"seen": sequence_token([workshop]), "reason": "The snow has melted."}
    facilitator_client.post(at(workshop, "reinstate"), said)
    kept, change = fresh(workshop), workshop.changes.get(kind=Change.Kind.REINSTATED)
    assert (kept.is_cancelled, kept.version, kept.sequence, kept.scheduled_at) == (False, 2, 3, NOW)
    assert (change.by, change.reason) == (facilitator, "The snow has melted.")
    again = facilitator_client.post(at(workshop, "reinstate"), said, follow=True)
    assert "“Power and prejudice” was already reinstated." in text(again)
    assert "This workshop is not cancelled." in text(
        facilitator_client.get(at(workshop, "reinstate"))
    )


def test_reinstate_is_refused_on_overlap_and_links_to_move(
    facilitator_client: Client,
    facilitator: User,
    workshops: list[Workshop],
    workshop: Workshop,
    schedule: Schedule,
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    schedule(workshops[2], STARTS)
    said = {"seen": sequence_token([workshop])}
    response = facilitator_client.post(at(workshop, "reinstate"), said)
    assert "Workshop 3 is not over by then" in text(response)
    assert at(workshop, "move") in text(response)
    assert "Reinstate the workshop" not in text(response)
    assert fresh(workshop).is_cancelled
    # Moved while it is cancelled, it leads back to be reinstated.
    there = {"day": "2027-03-25", "starts": "13:30", "ends": "16:30", "step": "do"}
    moved = facilitator_client.post(at(workshop, "move"), there | said)
    assert moved.headers["Location"] == at(workshop, "reinstate")
    facilitator_client.post(at(workshop, "reinstate"), {"seen": sequence_token([fresh(workshop)])})
    assert not fresh(workshop).is_cancelled


def test_reinstate_onto_a_closed_day_asks_why(
    facilitator_client: Client, facilitator: User, workshop: Workshop
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    day = STARTS.date()
    ClosedDays.objects.create(kind=ClosedDays.Kind.HOST, name="Stocktaking", first=day, last=day)
    said = {"seen": sequence_token([workshop])}
    assert "Closed (Stocktaking)" in text(facilitator_client.get(at(workshop, "reinstate")))
    response = facilitator_client.post(at(workshop, "reinstate"), said)
    assert list(response.context["form"].errors) == ["override_reason"]
    facilitator_client.post(
        at(workshop, "reinstate"), said | {"override_reason": "They let us in."}
    )
    assert (fresh(workshop).is_cancelled, fresh(workshop).override_reason) == (
        False,
        "They let us in.",
    )


def test_reinstate_after_its_date_says_so_and_leads_to_moving_it(
    facilitator_client: Client, facilitator: User, workshop: Workshop, now: time_machine.Traveller
) -> None:
    workshop.cancel(by=facilitator, at=NOW)
    now.move_to(AFTER)
    page = text(facilitator_client.get(at(workshop, "reinstate")))
    assert "Its date has passed." in page
    assert at(workshop, "move") in page
