"""From a calendar (.ics) or a table (.csv) to closed days: periods with a name, or one sentence saying why not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, Component
from icalendar.prop import vRecur

from cohorts.importing import csv_reader
from cohorts.importing.names import clean
from cohorts.importing.table import TableRow, UnreadableFile

MAX_BYTES = 1024 * 1024
MOST_EVENTS = 1000
MOST_THAT_REPEAT = 100
# What repeats each year is taken in for this many years from today.
YEARS_AHEAD = 3
LONGEST = timedelta(days=366)
LONGEST_NAME = 120
HEADINGS_WITHIN = 30

TOO_MANY_BYTES = "This file is larger than 1 MB. Keep only the closed days in it, and try again."
TOO_MANY_EVENTS = (
    f"This file has more than {MOST_EVENTS:,} events: it may be a whole diary. "
    "Export a calendar of closed days alone, and try again."
)
TOO_MANY_REPEAT = (
    f"More than {MOST_THAT_REPEAT} events in this calendar repeat. "
    "Export a calendar of closed days alone, and try again."
)
EMPTY = "This file is empty."
NEITHER = "This is neither a calendar (.ics) nor a table (.csv). Export the days as one of these, and try again."
PACKED = "This is a packed file or a workbook. Unpack it, or save its sheet as .csv, and try again."
NO_CALENDAR = "There is no calendar in this file, though its name ends in .ics. Export it again, and try again."
DAMAGED = "This calendar is damaged and cannot be read. Export it again, and try again."
NO_EVENTS = "There are no events in this calendar."
NO_ROWS = "There are no days beneath the headings of this table."
NO_HEADINGS = (
    "This table needs a row of headings: Name, First day and Last day. Add it, and try again."
)

NAMES = {"name", "title", "description", "summary", "subject", "event", "holiday", "what", "term"}
FIRSTS = {
    *("first", "start", "from", "date", "day", "when", "begin", "begins", "starts"),
    *(
        "firstday",
        "startdate",
        "startsat",
        "dtstart",
        "begindate",
        "datefrom",
        "fromdate",
        "startday",
    ),
}
LASTS = {
    *("last", "end", "to", "until", "ends", "finish", "till", "through"),
    *("lastday", "enddate", "dtend", "finishdate", "dateto", "todate", "endday"),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[t ].*)?")
BRITISH = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})[/.-](?P<year>\d{4}|\d\d)(?: .*)?")
IN_WORDS = re.compile(
    r"(?:[a-z]+,? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})"
)


@dataclass(frozen=True, order=True)
class Period:
    """Days from the first to the last, both among them."""

    first: date
    last: date
    name: str


def read_periods(content: bytes, filename: str, *, zone: ZoneInfo, today: date) -> list[Period]:
    """All periods in the file, past ones too, in order and each once. Raises UnreadableFile."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(TOO_MANY_BYTES)
    if not content.strip(b"\x00\t\r\n ,;\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(EMPTY)
    if content.startswith((b"PK", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise UnreadableFile(PACKED)
    try:
        text = csv_reader.decode(content)
    except UnreadableFile:
        raise UnreadableFile(NEITHER) from None
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        periods = list(in_calendars(text, zone, today))
    elif filename.lower().endswith((".ics", ".ical", ".ifb")):
        raise UnreadableFile(NO_CALENDAR)
    else:
        periods = list(in_table(content))
    return sorted(dict.fromkeys(periods))


# A calendar ----------------------------------------------------------------------------------------------------------


def in_calendars(text: str, zone: ZoneInfo, today: date) -> Iterator[Period]:
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS:
        raise UnreadableFile(TOO_MANY_EVENTS)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        raise UnreadableFile(DAMAGED) from None
    if not events:
        raise UnreadableFile(NO_EVENTS)
    if sum("RRULE" in event for event in events) > MOST_THAT_REPEAT:
        raise UnreadableFile(TOO_MANY_REPEAT)
    replaced = {
        (str(event.get("UID")), day_in(value_of(event, "RECURRENCE-ID"), zone))
        for event in events
        if hasattr(event.get("RECURRENCE-ID"), "dt")
    }
    for event in events:
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield from periods_of(event, replaced, zone, today)


def periods_of(
    event: Component, replaced: set[tuple[str, date]], zone: ZoneInfo, today: date
) -> Iterator[Period]:
    """One, or where it repeats each year those of the years ahead."""
    name = named(str(event.get("SUMMARY", "")))
    try:
        period = checked(name, *days_of(event, zone))
        if "RDATE" in event:
            raise UnreadableFile(repeats(name))
        if "RRULE" not in event:
            yield period
            return
        left_out = {day for uid, day in replaced if uid == str(event.get("UID"))} | set(
            excepted(event, zone)
        )
        for first in yearly(dict(event.items())["RRULE"], period, today, zone):
            if first not in left_out:
                yield Period(first, first + (period.last - period.first), name)
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError):
        raise UnreadableFile(
            f"We cannot read the date of “{name}” in this calendar. Put it right, or take it out, and try again."
        ) from None


def days_of(event: Component, zone: ZoneInfo) -> tuple[date, date]:
    """The first day and the last: an event ends before the day or the moment that its end names."""
    start = value_of(event, "DTSTART")
    if "DTEND" in event:
        end = value_of(event, "DTEND")
    elif "DURATION" in event:
        end = start + value_of(event, "DURATION")
    else:
        return day_in(start, zone), day_in(start, zone)
    if end == start:
        return day_in(start, zone), day_in(start, zone)
    step = timedelta(microseconds=1) if isinstance(end, datetime) else timedelta(days=1)
    return day_in(start, zone), day_in(end - step, zone)


def value_of(event: Component, name: str) -> Any:
    """A moment, day or length of time as icalendar reads it; of what is damaged it has none, and raises."""
    prop: Any = event[name]
    return prop.dt


def day_in(moment: date, zone: ZoneInfo) -> date:
    """On the clock of the place; a time of no zone is the place's own."""
    if not isinstance(moment, datetime):
        return moment
    return moment.astimezone(zone).date() if moment.tzinfo else moment.date()


def yearly(rule: Any, period: Period, today: date, zone: ZoneInfo) -> Iterator[date]:
    """The first days of what repeats each year, from its start or a year ago until three years ahead."""
    parts = {str(part).upper(): value for part, value in rule.items()}
    if [str(freq).upper() for freq in parts.get("FREQ", [])] != ["YEARLY"] or parts.keys() & {
        *("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "BYYEARDAY")
    }:
        raise UnreadableFile(repeats(period.name))
    if period.first.year < 1900:
        raise ValueError
    until = [day_in(value, zone) for value in parts.pop("UNTIL", [])]
    furthest = date(today.year + YEARS_AHEAD, today.month, 28)
    written = vRecur(parts).to_ical().decode()  # type: ignore[no-untyped-call]
    begins = datetime(period.first.year, period.first.month, period.first.day)  # noqa: DTZ001 a day, no moment
    for moment in rrulestr(written, dtstart=begins):
        day = moment.date()
        if day > min([furthest, *until]):
            return
        if day + (period.last - period.first) >= today:
            yield day


def excepted(event: Component, zone: ZoneInfo) -> Iterator[date]:
    """The days on which what repeats does not."""
    found: Any = event.get("EXDATE", [])
    for dates in found if isinstance(found, list) else [found]:
        yield from (day_in(one.dt, zone) for one in dates.dts)


def repeats(name: str) -> str:
    return (
        f"“{name}” repeats in a way that we cannot take in: only what comes once a year can be. "
        "Write its days one by one, and try again."
    )


# A table -------------------------------------------------------------------------------------------------------------


def in_table(content: bytes) -> Iterator[Period]:
    rows = [row for row in csv_reader.read_rows(content) if not row.is_blank]
    headings = [columns_of(row) for row in rows[:HEADINGS_WITHIN]]
    at_row = next(
        (at for at, found in enumerate(headings) if found.keys() >= {"name", "first"}), None
    )
    if at_row is None:
        raise UnreadableFile(NO_HEADINGS)
    columns, below = headings[at_row], rows[at_row + 1 :]
    if not below:
        raise UnreadableFile(NO_ROWS)
    if len(below) > MOST_EVENTS:
        raise UnreadableFile(TOO_MANY_EVENTS.replace("events", "rows"))
    for row in below:
        cells = {
            name: row.cells[at].strip() if at < len(row.cells) else ""
            for name, at in columns.items()
        }
        first = written_day(cells["first"], row.number)
        last = written_day(cells["last"], row.number) if cells.get("last") else first
        yield checked(named(cells["name"]), first, last, f"Row {row.number}: ")


def columns_of(row: TableRow) -> dict[str, int]:
    """Which cell of a row of headings says what; the first of two that say the same."""
    found: dict[str, int] = {}
    for at, cell in enumerate(row.cells):
        heading = re.sub(r"[^a-z]", "", cell.casefold())
        for name, words in (("name", NAMES), ("first", FIRSTS), ("last", LASTS)):
            if heading in words:
                found.setdefault(name, at)
    return found


def written_day(text: str, row: int) -> date:
    """The day that a cell says, the day before the month as in Britain. Raises UnreadableFile."""
    plain = " ".join(text.casefold().split())
    match = ISO.fullmatch(plain) or BRITISH.fullmatch(plain) or IN_WORDS.fullmatch(plain)
    month = match["month"][:3] if match else ""
    if match is None or not (month.isdigit() or month in MONTHS):
        said = f"“{text[:40]}” is no date that we can read" if text else "the first day is missing"
        raise UnreadableFile(
            f"Row {row}: {said}. Write it as 5 April 2027 or 05/04/2027, and try again."
        )
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    try:
        return date(year, number, int(match["day"]))
    except ValueError:
        raise UnreadableFile(
            f"Row {row}: there is no {text[:40]}. Put the date right, and try again."
        ) from None


# Either --------------------------------------------------------------------------------------------------------------


def checked(name: str, first: date, last: date, place: str = "") -> Period:
    if last < first:
        raise UnreadableFile(
            f"{place}“{name}” ends before it begins. Put its dates right, and try again."
        )
    if last - first > LONGEST:
        raise UnreadableFile(
            f"{place}“{name}” is more than a year long. Put its dates right, and try again."
        )
    return Period(first, last, name)


def named(text: str) -> str:
    name = clean(text)[0] or "Closed"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
