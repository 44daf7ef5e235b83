"""Tests of workshops.working_days, whose SQL expression is compared with a search in Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import DateTimeField, Value

from cohorts.models import Cohort, Country
from tests.factories import who_leads_here
from workshops.models import Workshop
from workshops.planning.constraints import bank_holidays
from workshops.working_days import NINE, YEARS, on_working_day

LONDON = ZoneInfo("Europe/London")
A_DAY = timedelta(days=1)
# Periods with Christmas, Easter, the bank holidays of May and July, and both clock changes.
STRETCHES = [
    (date(2026, 12, 18), date(2027, 1, 8)),
    (date(2027, 3, 12), date(2027, 3, 31)),
    (date(2027, 4, 30), date(2027, 5, 5)),
    (date(2027, 7, 10), date(2027, 7, 14)),
    (date(2027, 10, 29), date(2027, 11, 2)),
]


@pytest.mark.parametrize("country", Country)
def test_moment_on_a_day_off_moves_to_nine_on_the_next_working_day(
    cohort: Cohort, country: Country
) -> None:
    Cohort.objects.update(country=country, time_zone=LONDON.key)
    moments = [moment for first, last in STRETCHES for moment in evenings(first, last)]
    who_leads_here(cohort)
    assert list(map(shifted, moments)) == [next_working_moment(country, m) for m in moments]


def test_day_is_that_of_the_cohorts_time_zone(cohort: Cohort) -> None:
    Cohort.objects.update(time_zone="Pacific/Auckland")
    # The moment to move is on Saturday in Auckland, but still on Friday in London.
    who_leads_here(cohort)
    monday = datetime(2027, 1, 18, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert shifted(datetime(2027, 1, 15, 20, tzinfo=UTC)) == monday


def test_bank_holidays_of_the_next_ten_years_are_known() -> None:
    assert datetime.now(UTC).year + 10 in YEARS


def shifted(moment: datetime) -> datetime:
    """Return the moment, as the SQL expression moves it to a working day of the only cohort."""
    moved = on_working_day(Value(moment, output_field=DateTimeField()))
    found: datetime = Workshop.objects.values_list(moved, flat=True).get()
    return found


def evenings(first: date, last: date) -> list[datetime]:
    """Return 17:30 in London on each day from `first` to `last`."""
    days = (first + count * A_DAY for count in range((last - first).days + 1))
    return [datetime.combine(day, time(17, 30), LONDON) for day in days]


def next_working_moment(country: Country, moment: datetime) -> datetime:
    day = moment.date()
    while day.weekday() >= 5 or day in bank_holidays(country, day.year):
        day += A_DAY
    return moment if day == moment.date() else datetime.combine(day, NINE, LONDON)
