"""When a cohort's introductions are made. Nothing here changes the database."""

from __future__ import annotations

import calendar
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from cohorts.models import Cohort
from workshops.models import Workshop
from workshops.planning.constraints import bank_holidays
from workshops.working_days import days_until_working_day

# The rule: introductions are made once a month, on the day of the month of the first workshop, from
# one month after the first workshop to one month after the last. If that is no working day, they
# are made on the next one.
MONTHS_AFTER_FIRST_WORKSHOP = 1
MONTHS_AFTER_LAST_WORKSHOP = 1
MADE_AT = time(9)
# How long people have to answer, and how late a month's introductions can be made.
TIME_TO_ANSWER = timedelta(days=14)
LATEST = timedelta(days=7)


@dataclass(frozen=True)
class DueRound:
    """A month's introductions: the first day of the month, and when they are made."""

    month: date
    due: datetime


def with_span(cohorts: QuerySet[Cohort]) -> QuerySet[Any]:
    """Annotate when each cohort's first workshop starts, and its last starts; NULL without dates.

    Cancelled workshops don't count.
    """
    dated = Workshop.objects.on().filter(cohort=OuterRef("pk"))
    found: QuerySet[Any] = cohorts.annotate(
        first_starts=Subquery(dated.order_by("starts_at").values("starts_at")[:1]),
        last_starts=Subquery(dated.order_by("-starts_at").values("starts_at")[:1]),
    )
    return found


def rounds_of(cohort: Any) -> Iterator[DueRound]:
    """Yield a cohort's rounds in order of time. The cohort must come from `with_span`."""
    if cohort.first_starts is None:
        return
    first, last = (
        moment.astimezone(cohort.zone).date()
        for moment in (cohort.first_starts, cohort.last_starts)
    )
    months, end = MONTHS_AFTER_FIRST_WORKSHOP, months_later(last, MONTHS_AFTER_LAST_WORKSHOP)
    while (day := months_later(first, months)) <= end:
        on = next_working_day(day, cohort.country)
        yield DueRound(day.replace(day=1), datetime.combine(on, MADE_AT, cohort.zone))
        months += 1


def round_due(cohort: Any, moment: datetime) -> DueRound | None:
    """Return the round that is to be made at `moment`, if it has not been made already.

    Returns None if none has come due within LATEST before `moment`: a round is never made up much
    later, for example when a cohort switches introductions on.
    """
    due = [one for one in rounds_of(cohort) if moment - LATEST < one.due <= moment]
    return due[-1] if due else None


def next_round(cohort: Any, moment: datetime, *, made: Collection[date] = ()) -> DueRound | None:
    """Return the first round that is due after `moment`, except those of months in `made`."""
    found = (one for one in rounds_of(cohort) if one.due > moment and one.month not in made)
    return next(found, None)


def months_later(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def next_working_day(day: date, country: str) -> date:
    """Return the day, or else the next day that is neither at a weekend nor a bank holiday."""
    closed = {*bank_holidays(country, day.year), *bank_holidays(country, day.year + 1)}
    return day + timedelta(days=days_until_working_day(day, closed))
