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
# The most characters of a workshop's purpose that an entry's description includes.
BRIEF = 400
REFRESH = timedelta(hours=4)
# Characters that are replaced by spaces, because calendar programs break lines or stop reading at
# them. Joiners and direction marks stay, because some scripts need them.
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
PARTICIPATION = {
    Attendance.Answer.COMING: "ACCEPTED",
    Attendance.Answer.APOLOGIES: "DECLINED",
    "": "NEEDS-ACTION",
}


@dataclass(frozen=True)
class Entry:
    """One workshop in one person's calendar.

    `words` is the description. `is_busy` says whether calendars show the person as busy.
    """

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
    """A person named in a calendar entry: the ORGANIZER or the ATTENDEE of iCalendar."""

    name: str
    email: str


@dataclass(frozen=True)
class Attendee(Party):
    """The person whose calendar an entry is in, with their role in the cohort and their RSVP."""

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
    """Return the workshop's entry for a member with this role.

    The entry's title names the cohort, because the title of a workshop alone would not say what the
    event is, and because a person may be in several cohorts.
    """
    cohort = workshop.cohort
    is_facilitator = role == Membership.Role.FACILITATOR
    return Entry(
        uid=uid_of(workshop),
        sequence=sequence,
        stamp=stamp,
        slot=slot,
        zone=cohort.zone,
        title=f"{workshop.title} ({cohort.name})",
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
    """Return the entry's UID. It never changes, so that calendar programs update their entry."""
    return f"{workshop.public_id}@{urlsplit(settings.BASE_URL).hostname}"


def sequence_of(workshop: Workshop, earlier: int, *, has_left: bool = False) -> int:
    """Return the SEQUENCE of a member's entry, which increases with each version of the entry.

    Leaving the cohort and rejoining do not change the workshop's own sequence, but each makes a new
    version of the entry. `earlier` is the number of the member's earlier memberships.
    """
    return workshop.sequence + 2 * earlier + has_left


def words_of(workshop: Workshop, act: str, url: str) -> str:
    """Return an entry's description: number, purpose in brief, how to join, and a link to `url`."""
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
    """Return iCalendar text that adds an entry to the attendee's calendar, or removes it.

    The text names nobody but the organiser and the attendee.
    """
    calendar, event = new_calendar(method), event_of(entry)
    event.add("organizer", address(organiser))
    to = address(attendee)
    to.params["CUTYPE"] = "INDIVIDUAL"
    to.params["ROLE"] = (
        "CHAIR" if attendee.role == Membership.Role.FACILITATOR else "REQ-PARTICIPANT"
    )
    to.params["PARTSTAT"] = PARTICIPATION[attendee.answer]
    # People answer on our page. Nobody reads the replies that calendar programs send.
    to.params["RSVP"] = "FALSE"
    event.add("attendee", to)
    calendar.add_component(event)
    return text_of(calendar, [entry])


def file_of(entries: list[Entry], *, organiser: Party) -> str:
    """Return iCalendar text with several entries, for one attached file.

    An iTIP message with METHOD:REQUEST or CANCEL may have only one UID (RFC 5546, 3.2.2 and 3.2.5).
    See docs/decisions/0013-one-email-for-several-entries.md.
    """
    calendar = new_calendar("PUBLISH")
    for entry in entries:
        event = event_of(entry)
        # RFC 5546, 3.2.1 requires it. It is the organiser of later updates too.
        event.add("organizer", address(organiser))
        calendar.add_component(event)
    return text_of(calendar, entries)


def feed(entries: Iterable[Entry], *, name: str) -> str:
    """Return iCalendar text with all of a person's entries, for calendar programs that poll it."""
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
    """Return the calendar as text, with definitions of time zones for the years of its entries."""
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
    """Split a time zone's components so that each defines one clock change.

    Works around ical.js, which ignores the first of several RDATEs in a component.
    """
    for part in list(zone.subcomponents):
        listed = part.pop("RDATE", [])
        for later in listed if isinstance(listed, list) else [listed]:
            for moment in later.dts:
                again = part.copy()
                again.DTSTART = moment.dt
                zone.add_component(again)


def address(party: Party) -> vCalAddress:
    found = vCalAddress(f"mailto:{party.email}")
    # Replace double quotes: a quoted name cannot contain them, and many programs don't know how to
    # read them escaped (RFC 6868).
    found.params["CN"] = plain(party.name).replace('"', "’").replace("\n", " ") or party.email
    return found


def plain(text: str) -> str:
    return CONTROL.sub(" ", text.replace("\r\n", "\n"))
