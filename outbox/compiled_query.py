"""Queries compiled to SQL once in each process, then executed with different values.

    UPCOMING = CompiledSelect(
        Workshop.objects.filter(cohort=BindParam("cohort"), starts_at__gt=DateTimeParam("now"))
        .values_list("pk", "title")
    )
    rows = UPCOMING(cohort=cohort.pk, now=timezone.now())

**Parameters.** `BindParam` and `DateTimeParam` stand for values passed by name at each call.
Every other value in the queryset becomes part of the SQL. To select a parameter, wrap it in
`ExpressionWrapper`, which gives it a field. A list of varying length (`__in`) can't be a parameter.

**Cost.** Django takes 1 to 10 ms to build and compile one of the outbox's queries, which is ten
times as long as PostgreSQL needs to run it. So compile a query that runs once per message, once
per rule or on a busy page; leave every other query to the ORM.

**Lifetime.** The SQL is cached on the object, per database vendor, until the process ends. Create
the object once, at module level or in a function decorated with `functools.cache`.

**Prepared statements.** PostgreSQL plans a query again each time it runs. With `prepare=True` the
statement is prepared by psycopg on each connection, and PostgreSQL makes one generic plan for it,
which ignores the values (`plan_cache_mode` in config/environment.py). Prepare a query whose
planning costs more than its execution and which reads few rows whatever the values. If
`prepare_threshold` is None, as it must be behind a pooler (`DATABASE_POOLER`), the same statements
run unprepared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql import UpdateQuery
from psycopg import sql
from psycopg.types.numeric import Int8

PLACEHOLDER = re.compile(r"(?<!%)%s(?P<cast>::\w+)?")
# A value with more characters than this is written into the SQL only once.
LONG = 500


class BindParam(Expression):
    """A named parameter of a compiled query. Each execution passes a value for it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def value(self, values: Mapping[str, Any]) -> Any:
        value = values[self.name]
        # Pass every int as int8. Otherwise psycopg chooses a type by the int's size, and prepares
        # one statement for each type.
        if type(value) is int and connection.vendor == "postgresql":
            return Int8(value)
        return value


class DateTimeParam(BindParam):
    """A datetime parameter. A timedelta can be added to or subtracted from the parameter."""

    def __init__(self, name: str, shift: timedelta = timedelta()) -> None:
        super().__init__(name)
        self.shift = shift

    def __add__(self, other: Any) -> Any:
        return DateTimeParam(self.name, self.shift + other)

    def __sub__(self, other: Any) -> Any:
        return DateTimeParam(self.name, self.shift - other)

    def value(self, values: Mapping[str, Any]) -> Any:
        moment: datetime = values[self.name]
        return connection.ops.adapt_datetimefield_value(moment + self.shift)


# The time as of which a rule is evaluated.
MOMENT: Final[Any] = DateTimeParam("moment")


@dataclass(frozen=True)
class Compiled:
    """SQL for one database vendor, with a value or a `BindParam` for each of its placeholders.

    `converters` maps the index of a column to its converters (`from_db_value` and the vendor's) and
    its expression.
    """

    statement: str
    params: tuple[Any, ...]
    converters: Mapping[int, tuple[list[Any], Any]]

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        return [
            param.value(given) if isinstance(param, BindParam) else param for param in self.params
        ]

    def converted(self, row: Iterable[Any]) -> tuple[Any, ...]:
        values = list(row)
        for column, (converters, expression) in self.converters.items():
            for convert in converters:
                values[column] = convert(values[column], expression, connection)
        return tuple(values)


class CompiledQuery:
    """The base class of a query that is compiled on its first use with each database vendor."""

    def __init__(self, *, prepare: bool = False) -> None:
        self.prepare = prepare
        self.by_vendor: dict[str, Compiled] = {}

    def compile(self) -> Compiled:
        raise NotImplementedError

    def compiled(self) -> Compiled:
        if connection.vendor not in self.by_vendor:
            self.by_vendor[connection.vendor] = with_literals(self.compile())
        return self.by_vendor[connection.vendor]

    def cursor(self) -> CursorWrapper:
        if self.prepare and connection.vendor == "postgresql":
            return server_binding_cursor()
        return connection.cursor()

    def execute(self, values: Mapping[str, Any]) -> int:
        """Execute the statement and return the number of rows it changed."""
        compiled = self.compiled()
        with self.cursor() as cursor:
            cursor.execute(compiled.statement, compiled.values(values))
            return int(cursor.rowcount)


class CompiledSelect(CompiledQuery):
    """A compiled SELECT of a `values_list()` queryset. Calling it returns the rows."""

    def __init__(self, rows: QuerySet[Any, Any], *, prepare: bool = False) -> None:
        super().__init__(prepare=prepare)
        self.rows = rows

    def compile(self) -> Compiled:
        compiler = self.rows.query.get_compiler(connection=connection)
        try:
            statement, params = compiler.as_sql()
        except EmptyResultSet:
            return Compiled("", (), {})
        columns = [column for column, *_ in compiler.select or ()]
        return Compiled(statement, tuple(params), compiler.get_converters(columns))

    def __call__(self, **values: Any) -> list[tuple[Any, ...]]:
        """Return the rows as tuples. Makes no query if the queryset can match no row (`none()`)."""
        compiled = self.compiled()
        if not compiled.statement:
            return []
        with self.cursor() as cursor:
            cursor.execute(compiled.statement, compiled.values(values))
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return [compiled.converted(row) for row in rows] if compiled.converters else rows


class CompiledUpdate(CompiledQuery):
    """A compiled UPDATE of a queryset's rows. `changes` are the new values by field."""

    def __init__(self, rows: QuerySet[Any], *, prepare: bool = False, **changes: Any) -> None:
        super().__init__(prepare=prepare)
        self.rows, self.changes = rows, changes

    def compile(self) -> Compiled:
        query: Any = self.rows.order_by().query.chain(UpdateQuery)
        query.add_update_values(self.changes)
        statement, params = query.get_compiler(connection=connection).as_sql()
        return Compiled(statement, tuple(params), {})

    def __call__(self, **values: Any) -> int:
        """Return the number of rows changed."""
        return self.execute(values)


class CompiledInsert(CompiledQuery):
    """A compiled INSERT … SELECT of a `values_list()` queryset into the table of a model.

    The queryset's values are in the order of `columns`. `unique` names a column with a unique
    constraint: rows that would violate it are skipped (ON CONFLICT DO NOTHING).
    """

    def __init__(
        self, rows: QuerySet[Any, Any], into: type[Model], columns: Iterable[str], *, unique: str
    ) -> None:
        super().__init__()
        self.rows, self.into, self.columns, self.unique = rows, into, tuple(columns), unique

    def compile(self) -> Compiled:
        quote = connection.ops.quote_name
        select, params = self.rows.query.get_compiler(connection=connection).as_sql()
        names = ", ".join(map(quote, self.columns))
        statement = (
            f"INSERT INTO {quote(self.into._meta.db_table)} ({names}) {select} "
            f"ON CONFLICT ({quote(self.unique)}) DO NOTHING"
        )
        return Compiled(statement, tuple(params), {})

    def __call__(self, **values: Any) -> int:
        """Return the number of rows inserted."""
        return self.execute(values)


def with_literals(compiled: Compiled) -> Compiled:
    """Return the query with every value except its parameters written into the SQL.

    The planner then knows these values. Nor must PostgreSQL infer the type of a placeholder that is
    selected as a column. Django's PostgreSQL cursor writes values into the SQL in the same way. On
    SQLite, which infers no types, the query is returned unchanged.

    A long value is a column of a common table expression, because a rule's due time may contain it
    and is in the query a dozen times.
    """
    if connection.vendor != "postgresql":
        return compiled
    connection.ensure_connection()
    params = iter(compiled.params)
    long_values: dict[str, str] = {}

    def literal(placeholder: re.Match[str]) -> str:
        param, cast = next(params), placeholder["cast"] or ""
        if isinstance(param, BindParam):
            return f"%s{cast}"
        value = sql.Literal(param).as_string(connection.connection).replace("%", "%%") + cast
        if len(value) <= LONG:
            return value
        column = long_values.setdefault(value, f"value_{len(long_values)}")
        return f"(SELECT {column} FROM long_values)"  # noqa: S608 (a column named above)

    statement = PLACEHOLDER.sub(literal, compiled.statement)
    if long_values:
        columns = ", ".join(f"{value} AS {column}" for value, column in long_values.items())
        statement = f"WITH long_values AS MATERIALIZED (SELECT {columns}) {statement}"
    parameters = tuple(param for param in compiled.params if isinstance(param, BindParam))
    return Compiled(statement, parameters, compiled.converters)


def server_binding_cursor() -> CursorWrapper:
    """Return a cursor that sends values separately, so that psycopg can prepare the statement.

    Django's own cursor writes the values into the SQL, which makes each call a new statement.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    cursor: Any = psycopg.Cursor(connection.connection)
    if connection.queries_logged:
        return connection.make_debug_cursor(cursor)
    return connection.make_cursor(cursor)
