"""The periods in a calendar (.ics). An event that can't be read does not affect the others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy
from icalendar import Calendar, Component

from cohorts.importing.table import UnreadableFile
from workshops.planning.closed_days_files.lines import (
    MAX_LENGTH,
    MAX_LINES,
    Line,
    Period,
    Reading,
    line,
    period_name,
    unreadable,
)
from workshops.planning.closed_days_files.recurrence import UNSUPPORTED_RECURRENCE, first_days

MAX_EVENTS = 1000
MAX_RECURRING = 100
TOO_MANY_EVENTS = gettext_lazy(
    "Choose a calendar that contains only the closed days. This one has more than %(count)s events."
)
TOO_MANY_RECURRING = gettext_lazy(
    "Choose a calendar that contains only the closed days. In this one, more than %(count)s events"
    " repeat."
)
DAMAGED = gettext_lazy("Export the calendar again and try again. We can’t read this one.")
NO_EVENTS = gettext_lazy("Choose another calendar. This one has no events.")
NO_START = gettext_lazy(
    "Enter a date for “%(name)s” in this calendar, or delete the event, then try again."
)
UNREADABLE_DATE = gettext_lazy(
    "Correct the date of “%(name)s” in this calendar, or delete the event, then try again."
)
ENDS_BEFORE_START = gettext_lazy(
    "Correct the dates of “%(name)s” and try again. Its last day is before its first day."
)
TOO_LONG = gettext_lazy(
    "Correct the dates of “%(name)s” and try again. It is more than a year long."
)
DATE_LINE = re.compile(
    r'(DTSTART|DTEND|RECURRENCE-ID|EXDATE)((?:;(?:[^:"]|"[^"]*")*)?):(.*)', re.IGNORECASE
)
DATE_VALUE = re.compile(r"(\d{8})(?:T.*)?", re.IGNORECASE)
MIDNIGHT = time(0)


def read_calendar(text: str, *, zone: ZoneInfo, today: date) -> Reading:
    """Return the lines of a calendar, and a sentence for each event that can't be read.

    Raises UnreadableFile if the text is no calendar, or has too many events.
    """
    if text.upper().count("BEGIN:VEVENT") > MAX_EVENTS:
        raise unreadable(TOO_MANY_EVENTS, count=MAX_EVENTS)
    try:
        calendars = Calendar.from_ical(normalise_dates(text), multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        raise unreadable(DAMAGED) from None
    if not events:
        raise unreadable(NO_EVENTS)
    if sum("RRULE" in event for event in events) > MAX_RECURRING:
        raise unreadable(TOO_MANY_RECURRING, count=MAX_RECURRING)
    replaced = replaced_occurrences(events, zone)
    reading = Reading([], [])
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        try:
            reading.lines.extend(event_lines(event, replaced, zone, today))
        except UnreadableFile as problem:
            reading.problems.append(problem.sentence)
        if len(reading.lines) > MAX_LINES:
            raise unreadable(TOO_MANY_EVENTS, count=MAX_LINES)
    return reading


def unfold(content: bytes) -> bytes:
    """Join folded lines (RFC 5545).

    Works on bytes, because some programs fold a line in the middle of a character.
    """
    return re.sub(rb"\r?\n[ \t]", b"", content)


def normalise_dates(text: str) -> str:
    """Return the calendar with whole days written as plain dates, without a time or time zone.

    Some programs write a time or a time zone with the date of a whole day. Converting that to local
    time would shift the date by a day.
    """
    content_lines = re.split(r"\r\n|\n|\r", re.sub(r"\r?\n[ \t]", "", text))
    return "\r\n".join(map(_normalise_line, content_lines))


def _normalise_line(content_line: str) -> str:
    match = DATE_LINE.fullmatch(content_line)
    if match is None:
        return content_line
    name, parameters, value = match[1], match[2], match[3].strip()
    dates = [DATE_VALUE.fullmatch(one.strip()) for one in value.split(",")]
    is_date = "VALUE=DATE" in parameters.upper().split(";")
    days = [one[1] for one in dates if one and (is_date or len(one[0]) == len(one[1]))]
    if len(days) == len(dates):
        return f"{name};VALUE=DATE:{','.join(days)}"
    return f"{name}{parameters}:{value}"


def replaced_occurrences(events: list[Component], zone: ZoneInfo) -> set[tuple[str, date]]:
    """Return the UID and local day of each occurrence that a separate event replaces.

    An occurrence that was moved, for example, is written as a separate event.
    """
    found = set()
    for event in events:
        if "RECURRENCE-ID" in event:
            try:
                found.add((str(event.get("UID")), day_in(value_of(event, "RECURRENCE-ID"), zone)))
            except (ValueError, AttributeError, TypeError, OverflowError):
                continue  # the event is then read as an event of its own
    return found


def event_lines(
    event: Component, replaced: set[tuple[str, date]], zone: ZoneInfo, today: date
) -> Iterator[Line]:
    """Yield the line of an event, or of each occurrence of a recurring event.

    `replaced` holds the UID and local day of each occurrence that a separate event replaces. Raises
    UnreadableFile.
    """
    name = period_name(str(event.get("SUMMARY", "")))
    if "DTSTART" not in event:
        raise unreadable(NO_START, name=name)
    try:
        first, last, is_timed = days_of(event, zone)
        if last < first:
            raise unreadable(ENDS_BEFORE_START, name=name)
        if last - first > MAX_LENGTH:
            raise unreadable(TOO_LONG, name=name)
        if "RDATE" in event:
            raise unreadable(UNSUPPORTED_RECURRENCE, name=name)
        if "RRULE" not in event:
            yield line(Period(first, last, name), is_timed=is_timed)
            return
        excluded = {day for uid, day in replaced if uid == str(event.get("UID"))} | set(
            excluded_days(event, zone)
        )
        rule: Any = dict(event.items())["RRULE"]
        parts = {str(part).upper(): value for part, value in rule.items()}
        until = [day_in(value, zone) for value in parts.get("UNTIL", [])]
        days = first_days(
            parts, Period(first, last, name), until=min(until, default=None), today=today
        )
        for day in days:
            if day not in excluded:
                yield line(Period(day, day + (last - first), name), is_timed=is_timed)
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError):
        raise unreadable(UNREADABLE_DATE, name=name) from None


def days_of(event: Component, zone: ZoneInfo) -> tuple[date, date, bool]:
    """Return the first and last local day of an event, and whether it has times of day.

    The end that the calendar states is exclusive (RFC 5545): the last day of an event that ends at
    midnight is the day before. If an event lasts from midnight to midnight in a time zone that the
    calendar names, its days in that zone are returned.
    """
    start = value_of(event, "DTSTART")
    if "DTEND" in event:
        end = value_of(event, "DTEND")
    elif "DURATION" in event:
        end = start + value_of(event, "DURATION")
    else:
        end = start
    if not isinstance(start, datetime):
        if end == start:
            return start, start, False
        step = timedelta(microseconds=1) if isinstance(end, datetime) else timedelta(days=1)
        return start, day_in(end - step, zone), False
    if not isinstance(end, datetime):
        return day_in(start, zone), end - timedelta(days=1), False
    is_whole = start.time() == end.time() == MIDNIGHT and end != start
    if is_whole and start.tzinfo and str(start.tzinfo) != "UTC":
        return start.date(), end.date() - timedelta(days=1), False
    if end == start:
        return day_in(start, zone), day_in(start, zone), True
    is_whole = is_whole or time_in(start, zone) == time_in(end, zone) == MIDNIGHT
    return day_in(start, zone), day_in(end - timedelta(microseconds=1), zone), not is_whole


def value_of(event: Component, name: str) -> Any:
    """Return the date, time or duration of an event's property.

    Raises KeyError if the event lacks the property, and AttributeError if icalendar could not parse
    its value.
    """
    prop: Any = event[name]
    return prop.dt


def day_in(moment: date, zone: ZoneInfo) -> date:
    """Return the local day of a date or time. A time without a zone is local (RFC 5545)."""
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def time_in(moment: datetime, zone: ZoneInfo) -> time:
    """Return the local time of day. A time without a zone is local."""
    return moment.astimezone(zone).time() if moment.tzinfo else moment.time()


def excluded_days(event: Component, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days on which a recurring event does not take place (EXDATE)."""
    found: Any = event.get("EXDATE", [])
    for dates in found if isinstance(found, list) else [found]:
        yield from (day_in(one.dt, zone) for one in dates.dts)
