"""Helpers that schedule workshops, run the sending loop, and parse the calendar entries sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from icalendar import Calendar

from outbox.content.email import ENTRIES_FILE
from outbox.delivery.loop import Turn, take_turn
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

# The workshop is on Thursday 18 March 2027 at 9:30, a date that was set in January (PLANNED).
PLANNED = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
MINUTE, DAY, WEEK = timedelta(minutes=1), timedelta(days=1), timedelta(days=7)
VENUE = "The Old Fire Station, Sunderland"


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def arrange(
    workshop: Workshop, starts_at: datetime | None, venue: str = VENUE, **how: object
) -> None:
    slot = Slot(starts_at, starts_at + timedelta(minutes=210)) if starts_at else None
    workshop.arrange(Arrangement(slot, venue, ""), **how)  # type: ignore[arg-type]


def parts(mail: EmailMessage) -> list[str]:
    return [part.get_content_type() for part in mail.walk()]


def calendar_of(mail: EmailMessage) -> Any:
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    return Calendar.from_ical(part.get_content())


def event_of(mail: EmailMessage) -> Any:  # icalendar values have many types
    [event] = calendar_of(mail).walk("VEVENT")
    return event


def entries_in(mail: EmailMessage) -> list[Any]:
    """Return the events in the file attached to an e-mail with several entries."""
    [file] = list(mail.iter_attachments())
    assert file.get_filename() == ENTRIES_FILE
    calendar = Calendar.from_ical(file.get_content())
    assert calendar["METHOD"] == "PUBLISH"
    return list(calendar.walk("VEVENT"))


def status_line(mail: EmailMessage) -> str:
    """Return the calendar's METHOD, and the event's SEQUENCE and STATUS: “REQUEST 3 CONFIRMED”."""
    event = event_of(mail)
    return f"{calendar_of(mail)['METHOD']} {event['SEQUENCE']} {event['STATUS']}"


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())
