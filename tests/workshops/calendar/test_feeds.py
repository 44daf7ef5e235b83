"""Calendar feeds: their entries, requests to their addresses, and the page that manages them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from tests.factories import STARTS
from tests.queries import CapturedQueries
from tests.services import Letterbox
from tests.workshops.entries import DAY, PLANNED, WEEK, arrange, event_of, turn_at
from workshops.calendar.feeds import feed_text
from workshops.calendar.ical import REFRESH
from workshops.models import Attendance, CalendarFeed, Workshop
from workshops.register.rsvp import rsvp_url

Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]
TAKING_PART, FACILITATING = CalendarFeed.Kind.TAKING_PART, CalendarFeed.Kind.FACILITATING
SETTINGS = "/calendar/"
pytestmark = pytest.mark.django_db(transaction=True)


def feed_of(user: User, kind: str = TAKING_PART) -> CalendarFeed:
    return CalendarFeed.open_for(user, kind, at=PLANNED)


def calendar_at(feed: CalendarFeed, moment: datetime) -> Any:  # icalendar values have many types
    return Calendar.from_ical(feed_text(feed, moment))


def events(feed: CalendarFeed, moment: datetime = PLANNED) -> list[Any]:
    return list(calendar_at(feed, moment).walk("VEVENT"))


def feed_path(feed: CalendarFeed) -> str:
    return reverse("workshops:calendar_feed", args=[feed.token])


# The entries in a feed


def test_feed_is_subscribable_calendar(dated_workshop: Workshop, amina: Membership) -> None:
    calendar = calendar_at(feed_of(amina.user), PLANNED)

    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["X-WR-CALNAME"] == "Workshops I take part in"
    assert calendar["REFRESH-INTERVAL"].dt == REFRESH
    [event] = calendar.walk("VEVENT")
    assert (event.start, event.end) == (STARTS, STARTS + timedelta(minutes=210))
    assert event["URL"] == rsvp_url(dated_workshop, amina)
    assert "ATTENDEE" not in event


def test_entry_matches_emailed_entry(
    invited_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    feed = feed_of(amina.user)
    for moment in (PLANNED + DAY, PLANNED + 2 * DAY):
        arrange(dated_workshop, STARTS + (moment - PLANNED), at=moment)
        turn_at(moment)
        [event] = events(feed, moment)
        mailed = event_of(invited_server.messages[-1])
        for name in (
            "UID",
            "SEQUENCE",
            "SUMMARY",
            "DESCRIPTION",
            "LOCATION",
            "URL",
            "STATUS",
            "TRANSP",
        ):
            assert event[name] == mailed[name]
        assert (event.start, event["DTSTAMP"].dt) == (mailed.start, mailed["DTSTAMP"].dt)


def test_feed_covers_all_cohorts_and_past_year(
    workshops: list[Workshop], schedule: Schedule, amina: Membership, programme: Programme
) -> None:
    elsewhere = Cohort.objects.create(programme=programme, name="Essex, spring 2027", place="Essex")
    other = Workshop.objects.create(
        cohort=elsewhere, position=1, title="Another", length_minutes=210
    )
    for number, starts in enumerate((STARTS - 366 * DAY, STARTS - 364 * DAY, STARTS)):
        schedule(workshops[number], starts)
    schedule(other, STARTS + DAY)
    Membership.objects.create(cohort=elsewhere, user=amina.user, joined_at=STARTS - WEEK)

    titles = [str(event["SUMMARY"]) for event in events(feed_of(amina.user), STARTS)]
    assert titles == [
        "Seeing the whole system (North East, spring 2027)",
        "Trust and conflict (North East, spring 2027)",
        "Another (Essex, spring 2027)",
    ]


def test_feed_shows_cancelled_workshop_as_cancelled(
    dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    dated_workshop.cancel(by=facilitator, at=PLANNED + DAY)
    late = User.objects.create_user("late@example.org", "Late Comer")
    Membership.objects.create(cohort=dated_workshop.cohort, user=late, joined_at=PLANNED + 2 * DAY)

    [event] = events(feed_of(amina.user))
    assert (event["STATUS"], event["SEQUENCE"], event["TRANSP"]) == ("CANCELLED", 2, "TRANSPARENT")
    assert events(feed_of(late)) == []


def test_feed_of_former_member_ends_when_they_left(
    workshops: list[Workshop], schedule: Schedule, amina: Membership
) -> None:
    for weeks, workshop in enumerate(workshops[:3]):
        schedule(workshop, STARTS + weeks * WEEK)
    amina.leave(by=None, at=STARTS + DAY)
    assert [event.start for event in events(feed_of(amina.user))] == [STARTS]

    Membership.objects.create(cohort=amina.cohort, user=amina.user, joined_at=STARTS + 2 * DAY)
    found = events(feed_of(amina.user))
    assert [(event.start, event["SEQUENCE"]) for event in found] == [
        (STARTS, 1),
        (STARTS + WEEK, 3),
        (STARTS + 2 * WEEK, 3),
    ]


def test_feeds_are_separate_for_each_role(
    dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    Membership.objects.filter(user=facilitator).update(joined_at=PLANNED)

    assert events(feed_of(facilitator)) == events(feed_of(amina.user, FACILITATING)) == []
    [event] = events(feed_of(facilitator, FACILITATING))
    assert event["SUMMARY"] == "Trust and conflict (North East, spring 2027)"
    assert event["DESCRIPTION"].startswith("Workshop 3 of North East, spring 2027, North East")
    assert event["URL"].endswith(dated_workshop.get_absolute_url())


def test_entry_with_apologies_is_transparent(dated_workshop: Workshop, amina: Membership) -> None:
    Attendance.objects.create(
        workshop=dated_workshop, membership=amina, answer="apologies", answered_at=PLANNED
    )

    assert events(feed_of(amina.user))[0]["TRANSP"] == "TRANSPARENT"


# Requests to a feed's address


@time_machine.travel(PLANNED, tick=False)
def test_feed_returns_304_until_something_changes(
    client: Client, dated_workshop: Workshop, amina: Membership
) -> None:
    path = feed_path(feed_of(amina.user))
    first = client.get(path)
    assert (first.status_code, first["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert first["Cache-Control"] == "private, no-cache"
    assert "Set-Cookie" not in first.headers

    with time_machine.travel(PLANNED + 3 * DAY, tick=False):
        again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert again["Cache-Control"] == "private, no-cache"

    arrange(dated_workshop, STARTS + WEEK, at=PLANNED + DAY)
    changed = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert client.head(path)["ETag"] == changed["ETag"]


def test_unknown_and_stopped_addresses_return_404(
    client: Client, dated_workshop: Workshop, amina: Membership
) -> None:
    feed = feed_of(amina.user)
    assert client.get(feed_path(feed)).status_code == 200
    token = feed.token[:-1] + ("a" if feed.token[-1] != "a" else "b")
    assert client.get(reverse("workshops:calendar_feed", args=[token])).status_code == 404
    assert client.post(feed_path(feed)).status_code == 405

    feed.revoke(at=PLANNED)
    assert client.get(feed_path(feed)).status_code == 404


def test_feed_query_count_is_constant(
    client: Client,
    workshops: list[Workshop],
    schedule: Schedule,
    amina: Membership,
    programme: Programme,
) -> None:
    path = feed_path(feed_of(amina.user))

    def queries() -> int:
        with CapturedQueries() as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    soon = datetime.now(UTC) + DAY
    schedule(workshops[0], soon)
    one = queries()
    for number in range(30):
        cohort = Cohort.objects.create(programme=programme, name=f"Cohort {number}", place="Essex")
        Membership.objects.create(cohort=cohort, user=amina.user, joined_at=PLANNED - 3000 * DAY)
        workshop = Workshop.objects.create(
            cohort=cohort, position=1, title="One", length_minutes=210
        )
        schedule(workshop, soon + number * DAY)
    assert (one, queries()) == (4, 4)


# The page that manages a user's feeds


def test_page_creates_replaces_and_stops_address(
    participant_client: Client, participant: User, client: Client
) -> None:
    assert b"Create my calendar address" in participant_client.get(SETTINGS).content
    for act in ("make", "make", "replace", "stop", "stop"):
        response = participant_client.post(f"/calendar/taking-part/{act}/")
        assert response.status_code == 302
        assert response["Location"] == SETTINGS
        if act == "make":
            [first] = CalendarFeed.objects.filter(user=participant)
            page = participant_client.get(SETTINGS).content.decode()
            assert first.url in page
            assert first.url.replace("http:", "webcal:") in page
        if act == "replace":
            [second] = CalendarFeed.objects.filter(user=participant, revoked_at=None)
            assert [client.get(feed_path(one)).status_code for one in (first, second)] == [404, 200]
    assert not CalendarFeed.objects.filter(revoked_at=None).exists()
    assert client.get(feed_path(second)).status_code == 404


def test_facilitator_feed_requires_facilitator(
    participant_client: Client, facilitator_client: Client, facilitator: User
) -> None:
    assert participant_client.post("/calendar/facilitating/make/").status_code == 404
    assert participant_client.post("/calendar/nonsense/make/").status_code == 404
    assert b"Workshops I facilitate" not in participant_client.get(SETTINGS).content
    assert facilitator_client.post("/calendar/facilitating/make/").status_code == 302
    assert b"Workshops I facilitate" in facilitator_client.get(SETTINGS).content

    Membership.objects.filter(user=facilitator).update(left_at=STARTS)
    assert facilitator_client.post("/calendar/facilitating/stop/").status_code == 302
    assert facilitator_client.post("/calendar/facilitating/make/").status_code == 404


def test_get_changes_nothing(participant_client: Client) -> None:
    for act in ("make", "replace", "stop"):
        assert participant_client.get(f"/calendar/taking-part/{act}/").status_code == 405
    assert not CalendarFeed.objects.exists()
