"""The due times of checks, in SQL and in Python, counted from the day on which the work began."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest

from outbox.local_time import ClockOnDay
from partnerships.models import Check, Partnership
from ui.dates import months_after

ASKED_AT = time(9)
# How many days after the first party the second party is asked, if there is no answer.
NEXT_PARTY_DAYS = 7
# How long after its due time the answer to a check is waited for, before contacts are deleted.
ANSWER_TIME = timedelta(days=28)


class MonthsAfter(models.Func):
    """The date `months` after the date `day`; in a shorter month, its last day.

    Agrees with `ui.dates.months_after`.
    """

    output_field = models.DateField()
    arity = 2

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        day, months = (compiler.compile(part) for part in self.source_expressions)
        sql = f"(({day[0]} + make_interval(months => ({months[0]})::int))::date)"
        return sql, (*day[1], *months[1])

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        """Return the earlier of two days, because SQLite adds a month to 31 January as 3 March."""
        day, months = (compiler.compile(part) for part in self.source_expressions)
        same_day = f"date({day[0]}, '+' || ({months[0]}) || ' months')"
        last_day = (
            f"date({day[0]}, 'start of month', '+' || (({months[0]}) + 1) || ' months', '-1 day')"
        )
        params = (*day[1], *months[1])
        return f"min({same_day}, {last_day})", (*params, *params)


def with_due(checks: QuerySet[Check]) -> QuerySet[Any]:
    """Annotate checks with `due_at` (9am on the day) and `settled_at`.

    A check is only sent if it is due after `settled_at`: when the partnership was confirmed and its
    dates were entered, whichever was later.
    """
    day = MonthsAfter(F("partnership__begun_on"), F("months"))
    return checks.annotate(
        due_at=ClockOnDay(day, "partnership__cohort__time_zone", at=ASKED_AT),
        settled_at=Greatest("partnership__confirmed_at", "partnership__dated_at"),
    )


def due_on(partnership: Partnership, months: int) -> date:
    """Return the day on which the check after `months` is due."""
    return months_after(partnership.begun_on, months)


def due_at(partnership: Partnership, months: int) -> datetime:
    """Return the moment at which the check after `months` is due."""
    day = due_on(partnership, months)
    return datetime.combine(day, ASKED_AT, partnership.cohort.zone)


def is_due(partnership: Partnership, check: Check, moment: datetime) -> bool:
    """Return whether, by `moment`, the check had been asked or answered.

    A check that was due before the partnership was confirmed, or before its dates were entered, is
    not asked. Neither are those after the work stopped.
    """
    if check.answered_at is not None and check.answered_at <= moment:
        return True
    due = due_at(partnership, check.months)
    if partnership.confirmed_at is None or due > moment:
        return False
    was_settled = due >= max(partnership.confirmed_at, partnership.dated_at)
    return was_settled and not (partnership.stopped_at and partnership.stopped_at < due)


def open_check(partnership: Partnership, moment: datetime) -> Check | None:
    """Return the latest check that is due and not answered, or None. Makes at most one query."""
    if not partnership.is_open or partnership.confirmed_at is None:
        return None
    due = [one for one in partnership.checks.all() if is_due(partnership, one, moment)]
    latest = due[-1] if due else None
    return latest if latest and not latest.is_answered else None
