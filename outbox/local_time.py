"""Local-time arithmetic as SQL expressions, so that a rule stays a single query."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

SQLITE_NAME, SQLITE_MINUTES = "convenor_wall_clock", "convenor_minutes_after"
SQLITE_ON_DAY, SQLITE_WORKING = "convenor_clock_on_day", "convenor_working_time"
# The format of a day in WorkingTime's `shifts`, for Python and for PostgreSQL. 25 December 2026 is
# “261225”.
SHIFT_KEY, SHIFT_KEY_SQL = "%y%m%d", "YYMMDD"


class WallClock(models.Func):
    """The UTC datetime of local time `at` in `zone`, `days` after the local date of `moment`.

    WallClock("starts_at", "cohort__time_zone", days=-1, at=time(9)) is 9:00 on the day before, even
    if the clocks change in between. A local time that the clocks skip gets the UTC offset from
    before the change. `days` and `at` may be expressions.
    """

    output_field = models.DateTimeField()
    arity = 4

    def __init__(
        self,
        moment: str | Combinable,
        zone: str | Combinable,
        *,
        days: int | Combinable,
        at: time | Combinable,
        **extra: Any,
    ) -> None:
        super().__init__(
            moment,
            zone,
            models.Value(days, models.IntegerField()) if isinstance(days, int) else days,
            models.Value(at, models.TimeField()) if isinstance(at, time) else at,
            **extra,
        )

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        moment, zone, days, at = self.source_expressions
        (moment_sql, moment_params), (zone_sql, zone_params) = (
            compiler.compile(moment),
            compiler.compile(zone),
        )
        (days_sql, days_params), (at_sql, at_params) = compiler.compile(days), compiler.compile(at)
        sql = (
            f"((date_trunc('day', {moment_sql} AT TIME ZONE {zone_sql})"
            f" + make_interval(days => ({days_sql})::int)"
            f" + ({at_sql})::time) AT TIME ZONE {zone_sql})"
        )
        return sql, (*moment_params, *zone_params, *days_params, *at_params, *zone_params)

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function=SQLITE_NAME, **context)


class ClockOnDay(models.Func):
    """The UTC datetime of local time `at` in `zone` on the date `day`; NULL if `day` is NULL."""

    output_field = models.DateTimeField()
    arity = 3

    def __init__(
        self, day: str | Combinable, zone: str | Combinable, *, at: time, **extra: Any
    ) -> None:
        super().__init__(day, zone, models.Value(at, models.TimeField()), **extra)

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        day, zone, at = (compiler.compile(part) for part in self.source_expressions)
        sql = f"(({day[0]} + ({at[0]})::time) AT TIME ZONE {zone[0]})"
        return sql, (*day[1], *at[1], *zone[1])

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function=SQLITE_ON_DAY, **context)


class WorkingTime(models.Func):
    """`moment`; if that is on a day off in `zone`, local time `at` on the next working day.

    `shifts` is a JSON object of bank holidays and the days before them, if those are days off too.
    It maps a day in the format SHIFT_KEY to one digit for each country: the number of days until
    the next working day there. `country` is the position of the country's digit, counted from 1. A
    day that is not in `shifts` is a day off only at the weekend.

    A rule evaluates this several times for each of some thousand rows. PostgreSQL reads the JSON
    once for each statement, and then finds a day in it by a binary search.
    """

    output_field = models.DateTimeField()
    arity = 5

    def __init__(
        self,
        moment: str | Combinable,
        zone: str | Combinable,
        shifts: str | Combinable,
        country: int | Combinable,
        *,
        at: time,
        **extra: Any,
    ) -> None:
        super().__init__(
            moment,
            zone,
            models.Value(shifts, models.TextField()) if isinstance(shifts, str) else shifts,
            models.Value(country, models.IntegerField()) if isinstance(country, int) else country,
            models.Value(at, models.TimeField()),
            **extra,
        )

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        moment, zone, shifts, country, at = map(compiler.compile, self.source_expressions)
        digits = f"{shifts[0]}::jsonb ->> to_char(local, '{SHIFT_KEY_SQL}')"
        weekend = "CASE extract(isodow FROM local) WHEN 6 THEN 2 WHEN 7 THEN 1 ELSE 0 END"
        # Each OFFSET 0 stops PostgreSQL from evaluating a value twice because it is used twice:
        # `moment` may be a subquery. Only expressions that Django has compiled are interpolated.
        sql = (
            f"(SELECT CASE days WHEN 0 THEN moment"  # noqa: S608
            f" ELSE (local::date + days + ({at[0]})::time) AT TIME ZONE ({zone[0]}) END"
            f" FROM (SELECT moment, local,"
            f" coalesce(substr({digits}, ({country[0]}), 1)::int, {weekend}) AS days"
            f" FROM (SELECT moment, moment AT TIME ZONE ({zone[0]}) AS local"
            f" FROM (SELECT ({moment[0]}) AS moment OFFSET 0) AS given) AS zoned"
            f" OFFSET 0) AS shifted)"
        )
        return sql, (*at[1], *zone[1], *shifts[1], *country[1], *zone[1], *moment[1])

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function=SQLITE_WORKING, **context)


class MinutesAfter(models.Func):
    """The datetime `minutes` after `moment`; either may be an expression."""

    output_field = models.DateTimeField()
    arity = 2

    def as_postgresql(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        moment, minutes = (compiler.compile(part) for part in self.source_expressions)
        return f"({moment[0]} + make_interval(mins => ({minutes[0]})::int))", (
            *moment[1],
            *minutes[1],
        )

    def as_sqlite(
        self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, function=SQLITE_MINUTES, **context)


def wall_clock_text(moment: str | None, zone: str, days: int, at: str) -> str | None:
    """Implement WallClock for SQLite, whose datetimes are UTC text without an offset."""
    if moment is None:
        return None
    local = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    there = datetime.combine(
        local.date() + timedelta(days=days), time.fromisoformat(at), ZoneInfo(zone)
    )
    return there.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def clock_on_day_text(day: str | None, zone: str, at: str) -> str | None:
    """Implement ClockOnDay for SQLite."""
    if day is None:
        return None
    there = datetime.combine(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))
    return there.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


def working_time_text(
    moment: str | None, zone: str, shifts: str, country: int, at: str
) -> str | None:
    """Implement WorkingTime for SQLite."""
    if moment is None:
        return None
    local = datetime.fromisoformat(moment).replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    digits = parsed_shifts(shifts).get(f"{local:{SHIFT_KEY}}")
    weekend = {6: 2, 7: 1}.get(local.isoweekday(), 0)
    days = int(digits[country - 1]) if digits else weekend
    if not days:
        return moment
    there = datetime.combine(
        local.date() + timedelta(days=days), time.fromisoformat(at), ZoneInfo(zone)
    )
    return there.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")


@cache
def parsed_shifts(shifts: str) -> dict[str, str]:
    """Return WorkingTime's `shifts` as a dict. They are the same in each call."""
    found: dict[str, str] = json.loads(shifts)
    return found


def minutes_after_text(moment: str | None, minutes: int) -> str | None:
    """Implement MinutesAfter for SQLite."""
    if moment is None:
        return None
    return (datetime.fromisoformat(moment) + timedelta(minutes=minutes)).isoformat(sep=" ")


def create_sqlite_functions(connection: BaseDatabaseWrapper, **signal: Any) -> None:
    """Signal receiver: register the functions above on a new SQLite connection."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(SQLITE_NAME, 4, wall_clock_text, deterministic=True)
        connection.connection.create_function(
            SQLITE_ON_DAY, 3, clock_on_day_text, deterministic=True
        )
        connection.connection.create_function(
            SQLITE_WORKING, 5, working_time_text, deterministic=True
        )
        connection.connection.create_function(
            SQLITE_MINUTES, 2, minutes_after_text, deterministic=True
        )
