"""Step one of a turn: write down what has come to be owed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError, connection, models
from django.db.models import F, QuerySet, Value
from django.db.models.expressions import Combinable

from outbox.delivery_log import tell
from outbox.models import Beat, Message
from outbox.models.messages import MISSED
from outbox.rules import Rule, all_rules

logger = logging.getLogger(__name__)

# Beat comes once a minute; a turn that takes long makes the next one late.
LONGEST_PAUSE = timedelta(minutes=5)
# The database is away, full or locked: no fault of any rule or message.
DATABASE_TROUBLE = (OperationalError, InterfaceError, InternalError)
NO_TURN = f"{MISSED} Nothing was sent at all meanwhile."


class NewPublicId(models.Func):
    """A public id made by the database, of its cryptographic randomness."""

    output_field = models.CharField()
    arity = 0

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="right(gen_random_uuid()::text, 12)", **context)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="lower(hex(randomblob(6)))", **context)


def generate(moment: datetime) -> int:
    """Inserts each message that is owed as of `moment` and not yet written; how many. One statement a rule.

    A rule that breaks is logged and the others still go: one bug must not silence the rest.
    """
    return ask_all(lambda rule: insert(rule, moment))


def write_missed(moment: datetime) -> int:
    """After a gap between two turns: what came to be owed and too late in it is written as dropped; how many.

    In an ordinary turn no rule is asked.
    """
    age = Beat.age(moment)
    if age is None or age <= LONGEST_PAUSE:
        return 0
    ended = {"dropped_at": Value(moment, models.DateTimeField()), "reason": Value(NO_TURN)}

    def write_down_missed(rule: Rule) -> int:
        missed = rule.missed(moment - age, moment)
        return write_down(rule, missed, made_at=moment, try_at=F("owed_due"), **ended)

    missed = ask_all(write_down_missed)
    if missed:
        for message in Message.objects.filter(made_at=moment, dropped_at=moment, reason=NO_TURN):
            tell(message, "dropped")
    return missed


def ask_all(ask: Callable[[Rule], int]) -> int:
    """The sum of what becomes of each rule. A database that is away is no rule's fault."""
    made = 0
    for rule in all_rules().values():
        try:
            made += ask(rule)
        except DATABASE_TROUBLE:
            raise
        except Exception:
            logger.exception("The rule %s could not be asked", rule.kind)
    return made


# What is known only once it is claimed, written or ended.
EMPTY = ("claim", "address", "subject", "text", "html", "reply_to", "calendar", "reason")


def insert(rule: Rule, moment: datetime) -> int:
    """Writes down what the rule owes as of `moment`."""
    return write_down(rule, rule.owed(moment), made_at=moment, try_at=F("owed_due"))


def write_down(
    rule: Rule, rows: QuerySet[Any], *, made_at: datetime, try_at: Combinable, **ended: Combinable
) -> int:
    """A message for each of the rule's rows that has none yet; how many were made. One statement."""
    columns: dict[str, Any] = {
        "public_id": NewPublicId(),
        "kind": Value(rule.kind),
        "key": F("owed_key"),
        "recipient_id": F("owed_recipient"),
        "stream": F("owed_stream"),
        "about": F("owed_about"),
        "made_at": Value(made_at, models.DateTimeField()),
        "due_at": F("owed_due"),
        "expires_at": F("owed_expires"),
        "try_at": try_at,
        "attempts": Value(0),
        **{name: Value("") for name in EMPTY},
        **ended,
    }
    # People get what came to be owed at one moment in the order of the workshops.
    rows = rule.unwritten(rows).order_by("owed_due", "owed_about", "owed_key")
    selected = rows.annotate(**{f"new_{name}": value for name, value in columns.items()})
    return insert_select(selected.values_list(*(f"new_{name}" for name in columns)), list(columns))


def insert_select(rows: QuerySet[Any, Any], columns: list[str]) -> int:
    """INSERT … SELECT … ON CONFLICT DO NOTHING: two turns at once make one row."""
    quote = connection.ops.quote_name
    select, params = rows.query.get_compiler(connection=connection).as_sql()
    into = f"{quote(Message._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {into} {select} ON CONFLICT ({quote('key')}) DO NOTHING", params)
        return int(cursor.rowcount)
