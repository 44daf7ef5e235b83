"""The end of a cohort and of its retention period, computed from its workshops' dates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext, ngettext

from accounts.models import User
from cohorts.models import Cohort
from privacy.models import USUAL_MONTHS
from ui.dates import months_after
from ui.numbers import in_words

# Members are notified at least this long before their data is deleted.
NOTICE_PERIOD = timedelta(days=30)
# The local time of a deletion in the cohort's time zone.
DELETION_TIME = time(9)


def with_end(cohorts: QuerySet[Cohort]) -> QuerySet[Any]:
    """Annotate cohorts with `ended_at`, and with `kept_months`: the retention period in months.

    A cohort ends with its last workshop that has a date and is not cancelled. For a cohort without
    such a workshop, `ended_at` is the time when the cohort was created.
    """
    last = Max("workshops__ends_at", filter=Q(workshops__cancelled_at=None))
    return cohorts.annotate(
        ended_at=Coalesce(last, F("made_at")),
        kept_months=Coalesce("retention__months", USUAL_MONTHS),
    ).order_by("pk")


def goes_at(cohort: Any) -> datetime:
    """Return the end of the cohort's retention period. `cohort` must come from `with_end`."""
    day = months_after(cohort.ended_at.astimezone(cohort.zone).date(), cohort.kept_months)
    return datetime.combine(day, DELETION_TIME, cohort.zone)


@dataclass(frozen=True)
class RetentionPeriod:
    """A cohort's retention period, and when it ends if no workshop's date changes."""

    cohort: Cohort
    months: int
    until: datetime
    reason: str

    @property
    def how_long(self) -> str:
        return duration(self.months)


def retention_periods(user: User) -> list[RetentionPeriod]:
    """Return the retention periods of the user's past and present cohorts. Makes one query.

    The cohort that was created last comes first.
    """
    cohorts = with_end(Cohort.objects.joined_by(user)).annotate(
        retention_reason=Coalesce("retention__reason", Value(""))
    )
    return [
        RetentionPeriod(cohort, cohort.kept_months, goes_at(cohort), cohort.retention_reason)
        for cohort in cohorts.order_by("-made_at", "-pk")
    ]


def duration(months: int) -> str:
    """Return the number of months in words, for example “a year” or “18 months”."""
    if months == 12:
        return gettext("a year")
    if months == 1:
        return gettext("a month")
    if months % 12 == 0:
        years = months // 12
        return ngettext("%(number)s year", "%(number)s years", years) % {"number": in_words(years)}
    return ngettext("%(number)s month", "%(number)s months", months) % {"number": in_words(months)}
