"""When a cohort ends, and when what is kept of its people goes: worked out from its workshops, moving with them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.models import User
from cohorts.models import Cohort
from privacy.models import USUAL_MONTHS
from ui.numbers import in_words

# At least so long before it goes, everybody is told.
TOLD_BEFORE = timedelta(days=30)
# On the day itself, by the cohort's clock.
HOUR = time(9)


def with_end(cohorts: QuerySet[Cohort]) -> QuerySet[Any]:
    """Each with when it ends (`ended_at`) and how long it is kept after (`kept_months`).

    It ends as the last workshop that has a date and is not cancelled does. One that never had any ended as it was made.
    """
    last = Max("workshops__ends_at", filter=Q(workshops__cancelled_at=None))
    return cohorts.annotate(
        ended_at=Coalesce(last, F("made_at")),
        kept_months=Coalesce("retention__months", USUAL_MONTHS),
    ).order_by("pk")


def goes_at(cohort: Any) -> datetime:
    """When what is kept of its people is to go. The cohort comes from `with_end`."""
    day = months_after(cohort.ended_at.astimezone(cohort.zone).date(), cohort.kept_months)
    return datetime.combine(day, HOUR, cohort.zone)


@dataclass(frozen=True)
class Kept:
    """A cohort that somebody is or was in, for how long it is kept, and until when as things stand."""

    cohort: Cohort
    months: int
    until: datetime
    reason: str

    @property
    def how_long(self) -> str:
        return as_time(self.months)


def kept_of(user: User) -> list[Kept]:
    """The person's cohorts, the latest first. One query."""
    cohorts = with_end(Cohort.objects.joined_by(user)).annotate(
        kept_because=Coalesce("retention__reason", Value(""))
    )
    return [
        Kept(cohort, cohort.kept_months, goes_at(cohort), cohort.kept_because)
        for cohort in cohorts.order_by("-made_at", "-pk")
    ]


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last that this month has."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def as_time(months: int) -> str:
    """“a year”, “18 months”."""
    if months % 12 == 0:
        return "a year" if months == 12 else f"{in_words(months // 12)} years"
    return "a month" if months == 1 else f"{in_words(months)} months"
