"""Working days: no nudge is sent on a weekend or on a bank holiday of the cohort's country."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import cache

from django.db.models import Case, IntegerField, Value, When
from django.db.models.expressions import Combinable

from cohorts.models import Country
from outbox.local_time import SHIFT_KEY, WorkingTime
from workshops.planning.constraints import bank_holidays

# The years whose bank holidays are in the queries. The list is fixed, because queries are compiled
# once in each process.
YEARS = range(2024, 2042)
NINE = time(9)
A_DAY = timedelta(days=1)
# A message is delayed by less than this, because at most five days off follow one another.
LONGEST_SHIFT = timedelta(days=6)


def on_working_day(due: Combinable) -> WorkingTime:
    """Return an SQL expression: `due`, or 9am on the next working day if `due` is on a day off.

    The rows must have a `cohort`. Its country and time zone decide.
    """
    return WorkingTime(due, "cohort__time_zone", bank_holiday_shifts(), country_number(), at=NINE)


def country_number() -> Case:
    """Return an SQL expression for the position of the cohort's country in Country, from 1."""
    return Case(
        *(
            When(cohort__country=country.value, then=Value(number))
            for number, country in enumerate(Country, start=1)
        ),
        output_field=IntegerField(),
    )


@cache
def bank_holiday_shifts() -> str:
    """Return the days off from which bank holidays delay a nudge, in the format of WorkingTime.

    Each day has a digit for each country: the number of days until the next working day there. A
    weekend is listed only if a bank holiday comes right after it in at least one country.
    """
    digits = {
        f"{day:{SHIFT_KEY}}": "".join(str(shift) for shift in shifts)
        for day, shifts in shifts_of_days()
        if set(shifts) != {weekend_shift(day)}
    }
    return json.dumps(digits, separators=(",", ":"))


def shifts_of_days() -> Iterator[tuple[date, list[int]]]:
    """Yield each day of YEARS with the days until the next working day of each country."""
    holidays = [
        {day for year in YEARS for day in bank_holidays(country, year)} for country in Country
    ]
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        yield day, [days_until_working_day(day, closed) for closed in holidays]
        day += A_DAY


def days_until_working_day(day: date, closed: set[date]) -> int:
    """Return 0 for a working day, otherwise the days until the next one."""
    days = 0
    while day.weekday() >= 5 or day in closed:
        day += A_DAY
        days += 1
    return days


def weekend_shift(day: date) -> int:
    """Return the days until Monday on a Saturday or a Sunday, otherwise 0."""
    return 7 - day.weekday() if day.weekday() >= 5 else 0
