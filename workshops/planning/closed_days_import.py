"""Reading of closed days from a calendar (.ics) or a table (.csv)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from icalendar import Calendar, Component
from icalendar.prop import vRecur

from cohorts.importing import csv_reader
from cohorts.importing.names import clean
from cohorts.importing.table import TableRow, UnreadableFile

MAX_BYTES = 1024 * 1024
MAX_EVENTS = 1000
MAX_RECURRING = 100
# An event that repeats every year is imported for this many years from today.
YEARS_AHEAD = 3
MAX_LENGTH = timedelta(days=366)
MAX_NAME_LENGTH = 120
MAX_ROWS_BEFORE_HEADINGS = 30

TOO_MANY_BYTES = gettext_lazy("Choose a file of up to 1 MB that contains only the closed days.")
TOO_MANY_EVENTS = gettext_lazy(
    "Choose a calendar that contains only the closed days. This one has more than %(count)s events."
)
TOO_MANY_ROWS = gettext_lazy(
    "Choose a table that contains only the closed days. This one has more than %(count)s rows."
)
TOO_MANY_RECURRING = gettext_lazy(
    "Choose a calendar that contains only the closed days. In this one, more than %(count)s events"
    " repeat."
)
EMPTY = gettext_lazy("Choose another file. This one is empty.")
UNKNOWN_FORMAT = gettext_lazy(
    "Choose a calendar (.ics) or a table (.csv). This file is neither of these."
)
ARCHIVE = gettext_lazy(
    "Choose a calendar (.ics) or a table (.csv). To use a workbook, save its sheet as .csv."
    " To use a compressed file, extract it first."
)
NO_CALENDAR = gettext_lazy(
    "Export the calendar again and try again. The file name ends in .ics, but the file contains no"
    " calendar."
)
DAMAGED = gettext_lazy("Export the calendar again and try again. We can’t read this one.")
NO_EVENTS = gettext_lazy("Choose another calendar. This one has no events.")
NO_ROWS = gettext_lazy("Add the days below the headings of this table, then try again.")
NO_HEADINGS = gettext_lazy(
    "Add a row of headings to this table (Name, First day and Last day), then try again."
)
UNREADABLE_DATE = gettext_lazy(
    "Correct the date of “%(name)s” in this calendar, or delete the event, then try again."
)
UNSUPPORTED_RECURRENCE = gettext_lazy(
    "Add the dates of “%(name)s” one by one, then try again. We can import repeated events only if"
    " they repeat once a year."
)
ENDS_BEFORE_START = gettext_lazy(
    "Correct the dates of “%(name)s” and try again. Its last day is before its first day."
)
ROW_ENDS_BEFORE_START = gettext_lazy(
    "Row %(row)d: correct the dates of “%(name)s” and try again. Its last day is before its first"
    " day."
)
TOO_LONG = gettext_lazy(
    "Correct the dates of “%(name)s” and try again. It is more than a year long."
)
ROW_TOO_LONG = gettext_lazy(
    "Row %(row)d: correct the dates of “%(name)s” and try again. It is more than a year long."
)
NO_FIRST_DAY = gettext_lazy(
    "Row %(row)d: enter the first day, for example 5 April 2027 or 05/04/2027, then try again."
)
UNREADABLE_DAY = gettext_lazy(
    "Row %(row)d: enter a date, for example 5 April 2027 or 05/04/2027, instead of “%(text)s”, then"
    " try again."
)
NO_SUCH_DAY = gettext_lazy("Row %(row)d: correct the date and try again. There is no %(text)s.")

# The column headings that we recognise. Only letters are compared, in lower case.
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
    r"(?:[a-z]+,? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)?"
    r"[ -](?P<month>[a-z]{3,9})\.?,?[ -](?P<year>\d{4})"
)


@dataclass(frozen=True, order=True)
class Period:
    """A named period from `first` to `last`, both days included."""

    first: date
    last: date
    name: str


def unreadable(message: Promise, **facts: object) -> UnreadableFile:
    return UnreadableFile(str(message) % facts if facts else str(message))


def read_periods(content: bytes, filename: str, *, zone: ZoneInfo, today: date) -> list[Period]:
    """Return the distinct periods in a calendar or table, ordered by their first day.

    Times in a calendar are converted to days in `zone`. An event that repeats every year gives a
    period for each occurrence from `today` on, for about three years. Raises UnreadableFile.
    """
    if len(content) > MAX_BYTES:
        raise unreadable(TOO_MANY_BYTES)
    if not content.strip(b"\x00\t\r\n ,;\xef\xbb\xbf\xff\xfe"):
        raise unreadable(EMPTY)
    if content.startswith((b"PK", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!")):
        raise unreadable(ARCHIVE)
    try:
        text = csv_reader.decode(content)
    except UnreadableFile:
        raise unreadable(UNKNOWN_FORMAT) from None
    if text.lstrip()[:15].upper() == "BEGIN:VCALENDAR":
        periods = list(calendar_periods(text, zone, today))
    elif filename.lower().endswith((".ics", ".ical", ".ifb")):
        raise unreadable(NO_CALENDAR)
    else:
        periods = list(table_periods(content))
    return sorted(dict.fromkeys(periods))


# Calendars ------------------------------------------------------------------------------


def calendar_periods(text: str, zone: ZoneInfo, today: date) -> Iterator[Period]:
    if text.upper().count("BEGIN:VEVENT") > MAX_EVENTS:
        raise unreadable(TOO_MANY_EVENTS, count=MAX_EVENTS)
    try:
        calendars = Calendar.from_ical(text, multiple=True)
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError):
        raise unreadable(DAMAGED) from None
    if not events:
        raise unreadable(NO_EVENTS)
    if sum("RRULE" in event for event in events) > MAX_RECURRING:
        raise unreadable(TOO_MANY_RECURRING, count=MAX_RECURRING)
    # Single occurrences of recurring events that the calendar replaces by an event of their own,
    # for example because they were moved.
    replaced = {
        (str(event.get("UID")), day_in(value_of(event, "RECURRENCE-ID"), zone))
        for event in events
        if hasattr(event.get("RECURRENCE-ID"), "dt")
    }
    for event in events:
        if str(event.get("STATUS", "")).upper() != "CANCELLED":
            yield from event_periods(event, replaced, zone, today)


def event_periods(
    event: Component, replaced: set[tuple[str, date]], zone: ZoneInfo, today: date
) -> Iterator[Period]:
    """Yield the period of an event, or of each occurrence of an event that repeats every year.

    `replaced` holds the UID and local day of each occurrence that an event of its own replaces.
    Raises UnreadableFile.
    """
    name = period_name(str(event.get("SUMMARY", "")))
    try:
        period = validated_period(name, *days_of(event, zone))
        if "RDATE" in event:
            raise unreadable(UNSUPPORTED_RECURRENCE, name=name)
        if "RRULE" not in event:
            yield period
            return
        excluded = {day for uid, day in replaced if uid == str(event.get("UID"))} | set(
            excluded_days(event, zone)
        )
        for first in yearly(dict(event.items())["RRULE"], period, today, zone):
            if first not in excluded:
                yield Period(first, first + (period.last - period.first), name)
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError):
        raise unreadable(UNREADABLE_DATE, name=name) from None


def days_of(event: Component, zone: ZoneInfo) -> tuple[date, date]:
    """Return the first and last local day of an event.

    The end that the calendar states is exclusive (RFC 5545): an event that ends at midnight is
    over on the day before.
    """
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


def yearly(rule: Any, period: Period, today: date, zone: ZoneInfo) -> Iterator[date]:
    """Yield the first day of each occurrence of a yearly event whose last day is not past.

    `period` is the first occurrence, `rule` the parsed RRULE. Occurrences are yielded up to three
    years ahead. Raises UnreadableFile if the event repeats other than yearly, or by rules that we
    don't support, and ValueError if it begins before 1900.
    """
    parts = {str(part).upper(): value for part, value in rule.items()}
    if [str(freq).upper() for freq in parts.get("FREQ", [])] != ["YEARLY"] or parts.keys() & {
        *("BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "BYYEARDAY")
    }:
        raise unreadable(UNSUPPORTED_RECURRENCE, name=period.name)
    if period.first.year < 1900:
        raise ValueError
    until = [day_in(value, zone) for value in parts.pop("UNTIL", [])]
    furthest = date(today.year + YEARS_AHEAD, today.month, 28)
    rrule = vRecur(parts).to_ical().decode()  # type: ignore[no-untyped-call]
    # A naive datetime, because the rule is about days and `rrulestr` needs a datetime.
    start = datetime(period.first.year, period.first.month, period.first.day)  # noqa: DTZ001
    for moment in rrulestr(rrule, dtstart=start):
        day = moment.date()
        if day > min([furthest, *until]):
            return
        if day + (period.last - period.first) >= today:
            yield day


def excluded_days(event: Component, zone: ZoneInfo) -> Iterator[date]:
    """Yield the local days on which a recurring event does not take place (EXDATE)."""
    found: Any = event.get("EXDATE", [])
    for dates in found if isinstance(found, list) else [found]:
        yield from (day_in(one.dt, zone) for one in dates.dts)


# Tables ---------------------------------------------------------------------------------


def table_periods(content: bytes) -> Iterator[Period]:
    rows = [row for row in csv_reader.read_rows(content) if not row.is_blank]
    headings = [columns_of(row) for row in rows[:MAX_ROWS_BEFORE_HEADINGS]]
    at_row = next(
        (at for at, found in enumerate(headings) if found.keys() >= {"name", "first"}), None
    )
    if at_row is None:
        raise unreadable(NO_HEADINGS)
    columns, below = headings[at_row], rows[at_row + 1 :]
    if not below:
        raise unreadable(NO_ROWS)
    if len(below) > MAX_EVENTS:
        raise unreadable(TOO_MANY_ROWS, count=MAX_EVENTS)
    for row in below:
        cells = {
            name: row.cells[at].strip() if at < len(row.cells) else ""
            for name, at in columns.items()
        }
        first = parse_day(cells["first"], row.number)
        last = parse_day(cells["last"], row.number) if cells.get("last") else first
        yield validated_row_period(period_name(cells["name"]), first, last, row.number)


def columns_of(row: TableRow) -> dict[str, int]:
    """Return the indexes of the columns that hold the “name”, “first” and “last” day.

    A column that the row does not name is left out. If the row names one twice, the first counts.
    """
    found: dict[str, int] = {}
    for at, cell in enumerate(row.cells):
        heading = re.sub(r"[^a-z]", "", cell.casefold())
        for name, words in (("name", NAMES), ("first", FIRSTS), ("last", LASTS)):
            if heading in words:
                found.setdefault(name, at)
    return found


def parse_day(text: str, row: int) -> date:
    """Return the date in a cell: ISO, British (day before month) or in English words.

    `row` is the row's number, for the error. Raises UnreadableFile.
    """
    normalised = " ".join(text.casefold().split())
    match = (
        ISO.fullmatch(normalised) or BRITISH.fullmatch(normalised) or IN_WORDS.fullmatch(normalised)
    )
    month = match["month"][:3] if match else ""
    if match is None or not (month.isdigit() or month in MONTHS):
        message = UNREADABLE_DAY if text else NO_FIRST_DAY
        raise unreadable(message, row=row, text=text[:40])
    number = int(month) if month.isdigit() else MONTHS.index(month) + 1
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    try:
        return date(year, number, int(match["day"]))
    except ValueError:
        raise unreadable(NO_SUCH_DAY, row=row, text=text[:40]) from None


# Calendars and tables ------------------------------------------------------------------


def validated_period(name: str, first: date, last: date) -> Period:
    """Return a period. Raises UnreadableFile if it ends before it begins or is over a year long."""
    if last < first:
        raise unreadable(ENDS_BEFORE_START, name=name)
    if last - first > MAX_LENGTH:
        raise unreadable(TOO_LONG, name=name)
    return Period(first, last, name)


def validated_row_period(name: str, first: date, last: date, row: int) -> Period:
    """Return a period. Raises UnreadableFile as `validated_period` does, with the row's number."""
    if last < first:
        raise unreadable(ROW_ENDS_BEFORE_START, name=name, row=row)
    if last - first > MAX_LENGTH:
        raise unreadable(ROW_TOO_LONG, name=name, row=row)
    return Period(first, last, name)


def period_name(text: str) -> str:
    name = clean(text)[0] or _("Closed")
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
