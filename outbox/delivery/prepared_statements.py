"""A statement that is written and planned once, and executed with other values each time.

For the fence of one mail, Django takes ten times as long to write the SQL, and PostgreSQL ten times as long to plan it,
as it then takes to be executed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql import UpdateQuery
from django.db.transaction import TransactionManagementError
from psycopg import Connection, generators
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus, TransactionStatus

NUMBERS = count(1)
PLACE = re.compile(r"(?<!%)%s")


class BindParam(Expression):
    """Stands in a statement for a value that is given as it is executed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        return "%s", (self,)

    def value(self, given: Mapping[str, Any]) -> Any:
        return given[self.name]


class DateTimeParam(BindParam):
    """A moment likewise, or so long before or after it: a rule may reckon with it as with any other."""

    def __init__(self, name: str, shift: timedelta = timedelta()) -> None:
        super().__init__(name)
        self.shift = shift

    def __add__(self, other: Any) -> Any:
        return DateTimeParam(self.name, self.shift + other)

    def __sub__(self, other: Any) -> Any:
        return DateTimeParam(self.name, self.shift - other)

    def value(self, given: Mapping[str, Any]) -> Any:
        moment: datetime = given[self.name]
        return connection.ops.adapt_datetimefield_value(moment + self.shift)


# Of which a rule is asked: its statement is written once.
A_MOMENT: Final[Any] = DateTimeParam("moment")


class PreparedUpdate:
    """An UPDATE of these rows to these values, among which may be some to be given."""

    def __init__(self, rows: QuerySet[Any], **values: Any) -> None:
        query: Any = rows.order_by().query.chain(UpdateQuery)
        query.add_update_values(values)
        self.name = f"convenor_{next(NUMBERS)}"
        self.statement, self.params = query.get_compiler(connection=connection).as_sql()
        self.known_to: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    def __call__(self, **given: Any) -> int:
        """How many rows it changed."""
        if connection.vendor == "postgresql":
            return execute(*self.execution(given))
        # sqlite3 keeps what it has prepared by itself.
        return execute(self.statement, [value_of(param, given) for param in self.params])

    def execution(self, given: Mapping[str, Any]) -> tuple[str, list[Any]]:
        """EXECUTE, over a connection that knows by now what that means."""
        connection.ensure_connection()
        if connection.connection not in self.known_to:
            execute(*self.preparation())
            self.known_to[connection.connection] = True
        values = [param.value(given) for param in self.params if isinstance(param, BindParam)]
        return f"EXECUTE {self.name} ({', '.join(['%s'] * len(values))})", values

    def preparation(self) -> tuple[str, list[Any]]:
        """PREPARE, with $1, $2 … where values are to be given."""
        parts = iter(self.params)
        numbers = iter(range(1, len(self.params) + 1))
        statement = PLACE.sub(
            lambda place: f"${next(numbers)}" if isinstance(next(parts), BindParam) else "%s",
            self.statement,
        )
        constants = [param for param in self.params if not isinstance(param, BindParam)]
        return f"PREPARE {self.name} AS {statement}", constants


class PreparedInsert:
    """INSERT … SELECT of these rows, whose values are the columns' in their order; what is there by `unique` stays.

    PostgreSQL plans it anew each time, by what is given.
    """

    def __init__(
        self, rows: QuerySet[Any, Any], into: type[Model], columns: Iterable[str], *, unique: str
    ) -> None:
        quote = connection.ops.quote_name
        select, self.params = rows.query.get_compiler(connection=connection).as_sql()
        names = ", ".join(map(quote, columns))
        table = quote(into._meta.db_table)
        self.statement = (
            f"INSERT INTO {table} ({names}) {select} ON CONFLICT ({quote(unique)}) DO NOTHING"
        )

    def __call__(self, **given: Any) -> int:
        """How many rows it made."""
        return execute(self.statement, [value_of(param, given) for param in self.params])


class PreparedSelect:
    """The rows of a queryset of values; its SQL is written once, and planned anew each time.

    What can have no rows, `none()` say, is not asked of the database.
    """

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        try:
            self.statement, self.params = compiler.as_sql()
        except EmptyResultSet:
            self.statement, self.params = "", ()
        self.converters = compiler.get_converters([column for column, *_ in compiler.select or ()])

    def __call__(self, **given: Any) -> Iterator[tuple[Any, ...]]:
        if not self.statement:
            return iter(())
        with connection.cursor() as cursor:
            cursor.execute(self.statement, [value_of(param, given) for param in self.params])
            found = cursor.fetchall()
        return map(self.converted, found)

    def converted(self, row: Iterable[Any]) -> tuple[Any, ...]:
        """What the database says, as its fields have it."""
        values = list(row)
        for place, (convert, expression) in self.converters.items():
            for converter in convert:
                values[place] = converter(values[place], expression, connection)
        return tuple(values)


def value_of(param: Any, given: Mapping[str, Any]) -> Any:
    return param.value(given) if isinstance(param, BindParam) else param


def execute(statement: str, params: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


def in_one_trip(
    *updates: tuple[PreparedUpdate, Mapping[str, Any]], meanwhile: Callable[[], None] = lambda: None
) -> list[int]:
    """On PostgreSQL: all of them or none, one after another in what is sent at once; how many rows each changed.

    `meanwhile` is done while PostgreSQL works, and may not ask the database. In a transaction, if one has begun.
    """
    executions = [update.execution(given) for update, given in updates]
    with connection.cursor() as cursor:
        statements: str = cursor.mogrify(
            "; ".join(statement for statement, _values in executions),
            [value for _statement, values in executions for value in values],
        )
        with connection.wrap_database_errors:
            return ask_and_go_on(connection.connection, statements, meanwhile)


def ask_and_go_on(
    asked: Connection[Any], statements: str, meanwhile: Callable[[], None]
) -> list[int]:
    """Raises psycopg's errors."""
    if not asked.autocommit and asked.info.transaction_status == TransactionStatus.IDLE:
        raise TransactionManagementError(
            "The transaction begins with its first statement; this may not be it."
        )
    asked.pgconn.send_query(statements.encode())
    asked.wait(generators.send(asked.pgconn))
    try:
        meanwhile()
    finally:
        answers = asked.wait(generators.fetch_many(asked.pgconn))
    for answer in answers:
        if answer.status != ExecStatus.COMMAND_OK:
            raise error_from_result(answer)
    return [answer.command_tuples or 0 for answer in answers]
