"""Times by the clock on a cohort's wall, worked out inside the database so that a rule stays one statement."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

SQLITE_NAME = "convenor_wall_clock"


class WallClock(models.Func):
    """`at` o'clock in `zone`, `days` after the local day of `moment`; a UTC datetime.

    WallClock("starts_at", "cohort__time_zone", days=-1, at=time(9)) is 9:00 the day before, on either side of a clock
    change. Where `at` does not exist that night, it is the same instant that the zone's earlier offset gives.
    """

    output_field = models.DateTimeField()
    arity = 2

    def __init__(
        self, moment: str | Combinable, zone: str | Combinable, *, days: int, at: time, **extra: Any
    ) -> None:
        super().__init__(moment, zone, days=days, at=at.isoformat(), **extra)

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        # The zone stands in the SQL twice but is one expression: a lateral row names both operands once.
        template = (
            "(SELECT (date_trunc('day', clock.moment AT TIME ZONE clock.zone) + interval '%(days)s days'"
            " + time '%(at)s') AT TIME ZONE clock.zone FROM (VALUES (%(expressions)s)) AS clock (moment, zone))"
        )
        return self.as_sql(compiler, connection, template=template, **context)

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> tuple[str, Any]:
        template = f"{SQLITE_NAME}(%(expressions)s, %(days)s, '%(at)s')"
        return self.as_sql(compiler, connection, template=template, **context)


def wall_clock_text(moment: str | None, zone: str, days: int, at: str) -> str | None:
    """WallClock for SQLite, in and out as Django keeps datetimes there: UTC, as text, without an offset."""
    if moment is None:
        return None
    local = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    there = datetime.combine(local.date() + timedelta(days=days), time.fromisoformat(at), ZoneInfo(zone))
    return there.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def teach_sqlite(connection: BaseDatabaseWrapper, **signal: Any) -> None:
    """Gives a new SQLite connection the function that PostgreSQL has built in."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_NAME, 4, wall_clock_text, deterministic=True)
