"""The demo's closed days: English school holidays, and days when the host's office is closed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from accounts.models import User
from cohorts.models import Country
from workshops.models import ClosedDays
from workshops.planning.constraints import bank_holidays

WEEK = timedelta(days=7)
Period = tuple[str, str, date, date]


def create_closed_days(*, by: User, around: date) -> None:
    """Create closed days that apply to every cohort.

    They cover the year of `around`, the year before it and the two years after it.
    """
    ClosedDays.objects.bulk_create(
        ClosedDays(kind=kind, name=name, first=first, last=last, made_by=by)
        for year in range(around.year - 1, around.year + 3)
        for kind, name, first, last in periods_beginning_in(year)
    )


def periods_beginning_in(year: int) -> Iterator[Period]:
    """Yield the kind, name, first day and last day of each period that begins in the year."""
    school, host = ClosedDays.Kind.SCHOOL, ClosedDays.Kind.HOST
    names = {name: day for day, name in bank_holidays(Country.ENGLAND_AND_WALES, year).items()}
    yield school, "February half-term", *weeks_from(monday_after(date(year, 2, 12)))
    yield school, "Easter holidays", *weeks_from(names["Easter Monday"] - WEEK, 2)
    yield school, "May half-term", *weeks_from(monday_after(date(year, 5, 25)))
    yield school, "Summer holidays", date(year, 7, 22), date(year, 9, 2)
    yield school, "October half-term", *weeks_from(monday_after(date(year, 10, 23)))
    yield school, "Christmas holidays", date(year, 12, 20), date(year + 1, 1, 3)
    yield host, "Office closed for the new year", date(year, 12, 24), date(year + 1, 1, 2)


def monday_after(day: date) -> date:
    """Return the day itself if it is a Monday, else the next Monday."""
    return day + timedelta(days=-day.weekday() % 7)


def weeks_from(monday: date, count: int = 1) -> tuple[date, date]:
    """Return the first and last day of `count` school weeks: `monday` and the last Friday."""
    return monday, monday + WEEK * count - timedelta(days=3)
