"""The dates when a cohort ends and its personal data is deleted, from its workshops' dates."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext

from accounts.models import User
from cohorts.models import Cohort
from privacy.models import USUAL_MONTHS
from ui.numbers import in_words

# Everybody is notified at least this long before the deletion.
TOLD_BEFORE = timedelta(days=30)
# The time of deletion, in the cohort's time zone.
HOUR = time(9)


def with_end(cohorts: QuerySet[Cohort]) -> QuerySet[Any]:
    """Annotate cohorts with `ended_at` and `kept_months`, the retention period in months.

    A cohort ends with its last workshop that is dated and not cancelled, or when it was created if
    there is none.
    """
    last = Max("workshops__ends_at", filter=Q(workshops__cancelled_at=None))
    return cohorts.annotate(
        ended_at=Coalesce(last, F("made_at")),
        kept_months=Coalesce("retention__months", USUAL_MONTHS),
    ).order_by("pk")


def goes_at(cohort: Any) -> datetime:
    """Return when the cohort's personal data is to be deleted. The cohort comes from `with_end`."""
    day = months_after(cohort.ended_at.astimezone(cohort.zone).date(), cohort.kept_months)
    return datetime.combine(day, HOUR, cohort.zone)


@dataclass(frozen=True)
class RetentionPeriod:
    """The retention period of a cohort's data, and when it ends by the present dates."""

    cohort: Cohort
    months: int
    until: datetime
    reason: str

    @property
    def how_long(self) -> str:
        return duration(self.months)


def retention_periods(user: User) -> list[RetentionPeriod]:
    """Return the periods of the user's cohorts, latest first. Makes one query."""
    cohorts = with_end(Cohort.objects.joined_by(user)).annotate(
        retention_reason=Coalesce("retention__reason", Value(""))
    )
    return [
        RetentionPeriod(cohort, cohort.kept_months, goes_at(cohort), cohort.retention_reason)
        for cohort in cohorts.order_by("-made_at", "-pk")
    ]


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or its last day if it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def duration(months: int) -> str:
    """Return, for example, “a year” or “18 months”."""
    if months == 12:
        return gettext("a year")
    if months == 1:
        return gettext("a month")
    if months % 12 == 0:
        years = months // 12
        return ngettext("%(number)s year", "%(number)s years", years) % {"number": in_words(years)}
    return ngettext("%(number)s month", "%(number)s months", months) % {"number": in_words(months)}
