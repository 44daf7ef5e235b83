"""Working days: no nudge is sent on a weekend or on a bank holiday of the cohort's country."""

from __future__ import annotations

from datetime import time, timedelta
from functools import cache

from django.db.models import Case, CharField, Value, When
from django.db.models.expressions import Combinable

from cohorts.models import Country
from outbox.local_time import WorkingTime
from workshops.planning.constraints import bank_holidays

# The years whose bank holidays are in the queries. The list is fixed, because queries are compiled
# once in each process.
YEARS = range(2020, 2046)
NINE = time(9)
# The most days by which a message is moved: at most five days off come one after another.
LONGEST_SHIFT = timedelta(days=6)


@cache
def bank_holidays_text(country: str) -> str:
    """Return a country's bank holidays as ISO dates, separated by commas."""
    days = (day for year in YEARS for day in bank_holidays(country, year))
    return ",".join(day.isoformat() for day in days)


def on_working_day(due: Combinable) -> WorkingTime:
    """Return an SQL expression for `due`, or nine on the next working day if it is on a day off.

    For rows that have a `cohort`, whose country and time zone count.
    """
    closed = Case(
        *(
            When(cohort__country=country.value, then=Value(bank_holidays_text(country)))
            for country in Country
        ),
        default=Value(""),
        output_field=CharField(),
    )
    return WorkingTime(due, "cohort__time_zone", closed, at=NINE)
