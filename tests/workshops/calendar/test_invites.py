"""Calendar invitations by e-mail: recipients, contents and MIME structure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Membership
from outbox.content.email import CALENDAR_FILE, Envelope, with_link
from outbox.models import Message
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.entries import (
    DAY,
    MINUTE,
    PLANNED,
    VENUE,
    WEEK,
    arrange,
    entries_in,
    event_of,
    parts,
    text_of,
    turn_at,
)
from workshops.calendar.entries import link
from workshops.models import Workshop
from workshops.register import rsvp
from workshops.register.rsvp import rsvp_url

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]


# The contents of a calendar invitation


def test_invitation_has_expected_mime_structure(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    turn_at(PLANNED)

    [mail] = calendar_mail_server.messages
    assert parts(mail) == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    calendar, file = list(mail.walk())[-2:]
    assert dict(calendar.get_params() or ()) == {
        "text/calendar": "",
        "method": "REQUEST",
        "charset": "utf-8",
    }
    assert file.get_filename() == CALENDAR_FILE
    assert file.get_content().decode() == calendar.get_content().replace("\r\n", "\n").replace(
        "\n", "\r\n"
    )


def test_entry_has_title_time_place_and_attendee(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership, facilitator: User
) -> None:
    turn_at(PLANNED)

    [mail] = calendar_mail_server.to("amina.rahman@example.org")
    event = event_of(mail)
    assert event["UID"] == f"{dated_workshop.public_id}@convenor.example.org"
    assert (event.start, event.end) == (STARTS, STARTS + timedelta(minutes=210))
    assert event["DTSTART"].params["TZID"] == "Europe/London"
    assert event["DTSTAMP"].dt == PLANNED
    assert event["SUMMARY"] == "Trust and conflict (North East, spring 2027)"
    assert event["LOCATION"] == VENUE
    assert "Workshop 3 of North East, spring 2027, North East" in event["DESCRIPTION"]
    assert "Why we meet for trust and conflict." in event["DESCRIPTION"]
    assert event["ORGANIZER"] == "mailto:calendar@convenor.example.org"
    assert event["ORGANIZER"].params["CN"] == "North East, spring 2027"
    assert event["ATTENDEE"] == "mailto:amina.rahman@example.org"
    assert dict(event["ATTENDEE"].params) == {
        "CN": "Amina Rahman",
        "CUTYPE": "INDIVIDUAL",
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "FALSE",
    }
    assert "Ruth" not in str(event.to_ical())
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")


def test_private_link_is_sent_but_not_stored(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, amina: Membership
) -> None:
    turn_at(PLANNED)

    [mail] = calendar_mail_server.messages
    private = rsvp_url(dated_workshop, amina)
    event = event_of(mail)
    assert event["URL"] == private
    assert f"Say if you’re coming: {private}" in event["DESCRIPTION"]
    assert private in text_of(mail)
    assert "private-link.invalid" not in mail.as_string()
    saved = Message.objects.get()
    token = private.rstrip("/").rsplit("/", 1)[1]
    unfolded = saved.calendar.replace("\r\n ", "")
    assert [token in text for text in (saved.text, saved.html, unfolded)] == [False] * 3


def test_lines_are_refolded_after_inserting_link(
    dated_workshop: Workshop, amina: Membership
) -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nDESCRIPTION:"
        + "é" * 27
        + ": https://private\r\n -link.invalid/\r\n"
    )
    private = "https://convenor.example.org/" + "a" * 90

    lines = with_link(calendar, private).encode().split(b"\r\n")

    assert max(len(line) for line in lines) <= 75
    assert private in b"\r\n".join(lines).replace(b"\r\n ", b"").decode()


def test_resent_email_is_byte_identical(invited_server: Letterbox) -> None:
    message = Message.objects.get()
    first, second = (
        Envelope(message, link(message)).message().as_bytes(linesep="\r\n") for _ in range(2)
    )

    assert first == second
    Message.objects.update(outcome="pending", sent_at=None)
    turn_at(PLANNED + 5 * MINUTE)
    [again] = invited_server.messages
    assert [part.get_boundary() for part in again.walk() if part.is_multipart()] == [
        f"=_{message.public_id}_0",
        f"=_{message.public_id}_1",
    ]
    assert event_of(again)["DTSTAMP"].dt == PLANNED


def test_each_member_gets_own_entry(
    calendar_mail_server: Letterbox, dated_workshop: Workshop, facilitator: User, join: Join
) -> None:
    join("Amina Rahman")
    join("Bryn Hughes", left_at=PLANNED - DAY)
    Membership.objects.filter(user=facilitator).update(joined_at=PLANNED - WEEK)

    assert turn_at(PLANNED).sent == 2

    roles = {
        str(event_of(mail)["ATTENDEE"]): event_of(mail)["ATTENDEE"].params["ROLE"]
        for mail in calendar_mail_server.messages
    }
    assert roles == {
        "mailto:amina.rahman@example.org": "REQ-PARTICIPANT",
        "mailto:ruth.facilitator@example.org": "CHAIR",
    }
    [hers] = calendar_mail_server.to("ruth.facilitator@example.org")
    assert event_of(hers)["SUMMARY"] == "Trust and conflict (North East, spring 2027)"
    assert (
        event_of(hers)["URL"] == f"https://convenor.example.org{dated_workshop.get_absolute_url()}"
    )


def test_late_joiner_gets_upcoming_workshops(
    calendar_mail_server: Letterbox, workshops: list[Workshop], schedule: Schedule, join: Join
) -> None:
    for weeks, workshop in enumerate(workshops[:3]):
        schedule(workshop, STARTS + weeks * WEEK, at=PLANNED)
    join("Amina Rahman", joined_at=STARTS + DAY)

    assert turn_at(STARTS + DAY).sent == 1
    [mail] = calendar_mail_server.messages
    assert [event.start for event in entries_in(mail)] == [STARTS + WEEK, STARTS + 2 * WEEK]


@pytest.mark.parametrize(
    ("moment", "sent"),
    [
        (PLANNED - MINUTE, 0),
        (PLANNED, 1),
        (PLANNED + 14 * DAY - MINUTE, 1),
        (PLANNED + 14 * DAY, 0),
        (STARTS, 0),
    ],
)
def test_entry_is_due_from_change_and_expires(
    calendar_mail_server: Letterbox,
    dated_workshop: Workshop,
    amina: Membership,
    moment: datetime,
    sent: int,
) -> None:
    assert turn_at(moment).sent == sent


def test_past_workshops_send_nothing(
    calendar_mail_server: Letterbox, workshops: list[Workshop], schedule: Schedule, join: Join
) -> None:
    join("Amina Rahman")
    schedule(workshops[0], STARTS, at=STARTS + DAY)

    assert turn_at(STARTS + DAY).owed == 0


@pytest.mark.parametrize(
    ("answer", "participation", "time"),
    [("coming", "ACCEPTED", "OPAQUE"), ("apologies", "DECLINED", "TRANSPARENT")],
)
def test_entry_includes_rsvp(
    invited_server: Letterbox,
    dated_workshop: Workshop,
    amina: Membership,
    answer: str,
    participation: str,
    time: str,
) -> None:
    rsvp.save_answer(workshop=dated_workshop, membership=amina, answer=answer, at=PLANNED + DAY)
    arrange(dated_workshop, STARTS, "Town Hall", at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    [mail] = invited_server.messages
    event = event_of(mail)
    assert (event["ATTENDEE"].params["PARTSTAT"], event["TRANSP"]) == (participation, time)
