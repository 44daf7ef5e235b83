"""The occurrences of an event that repeats every year, or every day or week until a set date."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from django.utils.translation import gettext_lazy
from icalendar.prop import vRecur

from workshops.planning.closed_days_files.lines import Period, unreadable

# Occurrences are imported for this many years from today.
YEARS_AHEAD = 3
# An event that repeats daily or weekly and began earlier than this is not read.
YEARS_BACK = 10
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAILY_OR_WEEKLY_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
UNSUPPORTED_YEARLY_PARTS = {"BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "BYYEARDAY"}
UNSUPPORTED_RECURRENCE = gettext_lazy(
    "Add the dates of “%(name)s” one by one, then try again. We can import repeated events only if"
    " they repeat once a year, or every day or week until a set date."
)


def first_days(
    parts: dict[str, list[Any]], period: Period, *, until: date | None, today: date
) -> Iterator[date]:
    """Yield the first day of each occurrence that ends on or after `today`.

    `period` is the first occurrence. `parts` are the parts of the RRULE, and `until` is the local
    day of its UNTIL. Raises UnreadableFile if the rule is not supported, and ValueError if the
    event begins before 1900 or a part is malformed.
    """
    frequency = [str(value).upper() for value in parts.get("FREQ", [])]
    last = date(today.year + YEARS_AHEAD, today.month, 28)
    last = min(last, until) if until else last
    if frequency == ["YEARLY"] and not parts.keys() & UNSUPPORTED_YEARLY_PARTS:
        found = _yearly(parts, period.first, last)
    elif (
        frequency in (["DAILY"], ["WEEKLY"])
        and parts.keys() <= DAILY_OR_WEEKLY_PARTS
        and ("COUNT" in parts or until)
        and period.first.year >= today.year - YEARS_BACK
    ):
        found = _daily_or_weekly(parts, period, last, is_weekly=frequency == ["WEEKLY"])
    else:
        raise unreadable(UNSUPPORTED_RECURRENCE, name=period.name)
    for day in found:
        if day + (period.last - period.first) >= today:
            yield day


def _yearly(parts: dict[str, list[Any]], first: date, last: date) -> Iterator[date]:
    if first.year < 1900:
        raise ValueError
    kept = {part: value for part, value in parts.items() if part != "UNTIL"}
    rrule = vRecur(kept).to_ical().decode()  # type: ignore[no-untyped-call]
    # A naive datetime, because the rule is about days and `rrulestr` needs a datetime.
    start = datetime(first.year, first.month, first.day)  # noqa: DTZ001
    for moment in rrulestr(rrule, dtstart=start):
        if moment.date() > last:
            return
        yield moment.date()


def _daily_or_weekly(
    parts: dict[str, list[Any]], period: Period, last: date, *, is_weekly: bool
) -> Iterator[date]:
    """Yield the days on which the rule has an occurrence, beginning with the first occurrence.

    Checks each day up to `last` once, so that no rule can take a long time.
    """
    first = period.first
    step = int(parts.get("INTERVAL", [1])[0])
    count = int(parts["COUNT"][0]) if "COUNT" in parts else None
    codes = [str(value).upper() for value in parts.get("BYDAY", [])]
    if step < 1 or not set(codes) <= set(WEEKDAYS):
        raise unreadable(UNSUPPORTED_RECURRENCE, name=period.name)
    weekdays = {WEEKDAYS.index(code) for code in codes}
    if is_weekly and not weekdays:
        weekdays = {first.weekday()}
    week_start = WEEKDAYS.index(str(parts.get("WKST", ["MO"])[0]).upper())
    into_week = (first.weekday() - week_start) % 7
    for offset in range((last - first).days + 1):
        if count == 0:
            return
        day = first + timedelta(days=offset)
        unit = (offset + into_week) // 7 if is_weekly else offset
        if unit % step == 0 and (not weekdays or day.weekday() in weekdays):
            yield day
            count = count and count - 1
