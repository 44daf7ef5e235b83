"""iCalendar text (RFC 5545, 5546 and 7986): one invitation to one person, or a whole feed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, Timezone, vCalAddress, vDuration, vText, vUri

from cohorts.models import Membership
from workshops.models import Attendance, Workshop
from workshops.times import Slot

PRODUCT = "-//Convenor//Workshops//EN"
BRIEF = 400  # characters of a purpose
REFRESH = timedelta(hours=4)
# Calendar programs break lines or stop at these. Joiners and direction marks are left in.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
PARTICIPATION = {
    Attendance.Answer.COMING: "ACCEPTED",
    Attendance.Answer.APOLOGIES: "DECLINED",
    "": "NEEDS-ACTION",
}


@dataclass(frozen=True)
class Entry:
    """One workshop in one person's calendar."""

    uid: str
    sequence: int
    stamp: datetime
    slot: Slot
    zone: ZoneInfo
    title: str
    venue: str
    joining_link: str
    words: str
    url: str
    is_cancelled: bool = False
    is_busy: bool = True


@dataclass(frozen=True)
class Party:
    """A person named in an entry: its organiser or its attendee."""

    name: str
    email: str


@dataclass(frozen=True)
class Attendee(Party):
    """The person an entry is for, with their role and their RSVP."""

    role: str
    answer: str


def entry_of(
    workshop: Workshop,
    slot: Slot,
    *,
    role: str,
    sequence: int,
    stamp: datetime,
    url: str,
    answer: str = "",
    is_cancelled: bool = False,
) -> Entry:
    """Return the workshop's entry for somebody with this role.

    Facilitators' titles name the cohort, because they may have several.
    """
    cohort = workshop.cohort
    is_facilitator = role == Membership.Role.FACILITATOR
    return Entry(
        uid=uid_of(workshop),
        sequence=sequence,
        stamp=stamp,
        slot=slot,
        zone=cohort.zone,
        title=f"{workshop.title} ({cohort.name})" if is_facilitator else workshop.title,
        venue=workshop.venue,
        joining_link=workshop.joining_link,
        words=words_of(
            workshop, _("The workshop’s page") if is_facilitator else _("Say if you’re coming"), url
        ),
        url=url,
        is_cancelled=is_cancelled,
        is_busy=not is_cancelled and answer != Attendance.Answer.APOLOGIES,
    )


def uid_of(workshop: Workshop) -> str:
    """Return the UID, which never changes, so that calendars update the entry in place."""
    return f"{workshop.public_id}@{urlsplit(settings.BASE_URL).hostname}"


def sequence_of(workshop: Workshop, earlier: int, *, has_left: bool = False) -> int:
    """Return the SEQUENCE for a member with this many `earlier` memberships of the cohort.

    Leaving and rejoining do not change the workshop, but each must produce a newer version.
    """
    return workshop.sequence + 2 * earlier + has_left


def words_of(workshop: Workshop, act: str, url: str) -> str:
    """Return the description: number, purpose in brief, how to join, and where to answer."""
    cohort = workshop.cohort
    parts = [
        _("Workshop %(number)d of %(cohort)s, %(place)s")
        % {"number": workshop.position, "cohort": cohort.name, "place": cohort.place},
        Truncator(workshop.purpose).chars(BRIEF),
        _("Join online: %(url)s") % {"url": workshop.joining_link} if workshop.joining_link else "",
        f"{act}: {url}" if url else "",
    ]
    return "\n\n".join(part for part in parts if part)


def invitation(
    entry: Entry, *, method: Literal["REQUEST", "CANCEL"], organiser: Party, attendee: Attendee
) -> str:
    """Return an entry that adds itself to, or removes itself from, one person's calendar.

    It names nobody else.
    """
    calendar, event = new_calendar(method), event_of(entry)
    event.add("organizer", address(organiser))
    to = address(attendee)
    to.params["CUTYPE"] = "INDIVIDUAL"
    to.params["ROLE"] = (
        "CHAIR" if attendee.role == Membership.Role.FACILITATOR else "REQ-PARTICIPANT"
    )
    to.params["PARTSTAT"] = PARTICIPATION[attendee.answer]
    to.params["RSVP"] = (
        "FALSE"  # They answer on our page, because nobody reads replies from mail programs.
    )
    event.add("attendee", to)
    calendar.add_component(event)
    return text_of(calendar, [entry])


def feed(entries: Iterable[Entry], *, name: str) -> str:
    """Return all of a person's entries, for a program that polls them."""
    calendar, entries = new_calendar("PUBLISH"), list(entries)
    calendar.add("x-wr-calname", vText(plain(name)))
    calendar.add("name", vText(plain(name)))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for entry in entries:
        calendar.add_component(event_of(entry))
    return text_of(calendar, entries)


def new_calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def event_of(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamp)
    event.add("dtstart", entry.slot.starts_at.astimezone(entry.zone))
    event.add("dtend", entry.slot.ends_at.astimezone(entry.zone))
    event.add("summary", plain(entry.title))
    event.add("description", plain(entry.words))
    if where := entry.venue or entry.joining_link:
        event.add("location", plain(where))
    if entry.joining_link:
        label = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": _("Join online")}
        event.add("conference", vUri(entry.joining_link), parameters=label)
    if entry.url:
        event.add("url", vUri(entry.url))
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE" if entry.is_busy else "TRANSPARENT")
    return event


def text_of(calendar: Calendar, entries: list[Entry]) -> str:
    """Serialise the calendar, with time zone definitions only for the years of its entries."""
    days = [
        moment.astimezone(entry.zone).date()
        for entry in entries
        for moment in (entry.slot.starts_at, entry.slot.ends_at)
    ]
    if days:
        calendar.add_missing_timezones(
            first_date=date(min(days).year, 1, 1), last_date=date(max(days).year + 1, 1, 1)
        )
        for zone in calendar.timezones:
            split_clock_changes(zone)
    return str(calendar.to_ical().decode())


def split_clock_changes(zone: Timezone) -> None:
    """Give each clock change its own component: ical.js ignores the first of several RDATEs."""
    for part in list(zone.subcomponents):
        listed = part.pop("RDATE", [])
        for later in listed if isinstance(listed, list) else [listed]:
            for moment in later.dts:
                again = part.copy()
                again.DTSTART = moment.dt
                zone.add_component(again)


def address(party: Party) -> vCalAddress:
    found = vCalAddress(f"mailto:{party.email}")
    # A quoted name cannot contain a double quote, and many programs don't know the escape
    # (RFC 6868).
    found.params["CN"] = plain(party.name).replace('"', "’").replace("\n", " ") or party.email
    return found


def plain(text: str) -> str:
    return CONTROL.sub(" ", text.replace("\r\n", "\n"))
