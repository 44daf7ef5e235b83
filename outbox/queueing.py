"""Step one of a turn: write down what has come to be owed, and what was missed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db import InterfaceError, InternalError, OperationalError, models, transaction
from django.db.models import Exists, ExpressionWrapper, F, Min, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Left, Trim
from django.utils.translation import gettext_lazy as _

from outbox.compiled_query import MOMENT, BindParam, CompiledInsert, DateTimeParam
from outbox.delivery.log import log_outcome
from outbox.delivery.precheck import AN_INSTANT
from outbox.models import Heartbeat, Message, Outcome
from outbox.rules import Rule, all_rules

logger = logging.getLogger(__name__)

# Beat comes once a minute; a turn that takes long makes the next one late.
LONGEST_PAUSE = timedelta(minutes=5)
# The database is away, full or locked: no fault of any rule or message.
DATABASE_TROUBLE = (OperationalError, InterfaceError, InternalError)
MISSED_AT_ONCE = 500
MISSED = _("Missed: it could not be sent before it was too late.")
MISSED_IN_A_PAUSE = _(
    "Missed: it could not be sent before it was too late. Nothing was sent at all meanwhile."
)


class NewPublicId(models.Func):
    """A public id made by the database, of its cryptographic randomness."""

    output_field = models.CharField()
    arity = 0

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(
            compiler, connection, template="right(gen_random_uuid()::text, 12)", **context
        )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="lower(hex(randomblob(6)))", **context)


def generate(moment: datetime) -> int:
    """Inserts each message that is owed as of `moment` and not yet written; how many. One statement a rule.

    A rule that breaks is logged and the others still go: one bug must not silence the rest.
    """
    return ask_all(lambda rule: insert(rule, moment))


def requeue_dropped(moment: datetime) -> int:
    """What was dropped as untrue, and is true again in its time, goes after all; how many.

    Somebody sent apologies as their reminder waited, say, and comes nevertheless. Its row stands in the way of another.
    No rule is asked of whose kind there is none.
    """
    taken_back = Message.objects.taken_back(moment).order_by()
    oldest = dict(taken_back.values_list("kind").annotate(oldest=Min("due_at")))
    return ask_all(
        lambda rule: reopen(rule, oldest[rule.kind], moment) if rule.kind in oldest else 0
    )


def reopen(rule: Rule, oldest: datetime, moment: datetime) -> int:
    """One statement. What the fence would not let through stays as it is: else it came up again each minute."""
    window_began = moment - rule.schedule.window
    outlives_its_window = Q(owed_due__gte=OuterRef("due_at"))  # see fence.since
    owed = rule.owed(moment, min(window_began, oldest - AN_INSTANT)).filter(
        Q(owed_due__gt=window_began) | outlives_its_window,
        owed_recipient=OuterRef("recipient"),
        owed_subject=OuterRef("subject_id"),
        owed_key=OuterRef("key"),
    )
    true_again = Message.objects.taken_back(moment).filter(Exists(owed), kind=rule.kind)
    return true_again.update(
        outcome=Outcome.PENDING, dropped_at=None, reason="", attempts=0, try_at=moment
    )


def write_missed(moment: datetime) -> int:
    """After a gap between two turns: what came to be owed and too late in it is written as dropped; how many.

    In an ordinary turn no rule is asked.
    """
    age = Heartbeat.age(moment)
    if age is None or age <= LONGEST_PAUSE:
        return 0
    missed = ask_all(
        lambda rule: missing(rule)(since=moment - age, moment=moment, reason=str(MISSED_IN_A_PAUSE))
    )
    if missed:
        for message in Message.objects.filter(
            made_at=moment, dropped_at=moment, outcome=Outcome.EXPIRED
        ):
            log_outcome(message, "dropped")
    return missed


def drop_missed(moment: datetime) -> int:
    """Ends those whose window closed while they could not be sent; how many."""
    ended = 0
    while missed := drop_some_missed(moment):
        for message in missed:
            log_outcome(message, "dropped")
        ended += len(missed)
    return ended


@transaction.atomic
def drop_some_missed(moment: datetime) -> list[Message]:
    """Those that this turn has ended, and no other turn: that is held until they are."""
    rows = Message.objects.missed(moment).select_for_update(skip_locked=True)
    missed: list[Message] = list(
        rows.only("public_id", "kind", "group_id", "attempts")[:MISSED_AT_ONCE]
    )
    Message.objects.filter(pk__in=[message.pk for message in missed]).update(
        outcome=Outcome.EXPIRED,
        dropped_at=moment,
        claim="",
        claimed_until=None,
        reason=Left(Trim(Concat(Value(f"{MISSED} "), F("reason"))), 500),
    )
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
    return owing(rule)(moment=moment)


@cache
def owing(rule: Rule) -> CompiledInsert:
    return inserting(rule, rule.owed(MOMENT), made_at=MOMENT, try_at=F("owed_due"))


@cache
def missing(rule: Rule) -> CompiledInsert:
    ended = {
        "outcome": Value(Outcome.EXPIRED),
        "dropped_at": at_moment(MOMENT),
        "reason": ExpressionWrapper(BindParam("reason"), models.CharField()),
    }
    missed = rule.missed(DateTimeParam("since"), MOMENT)  # type: ignore[arg-type]
    return inserting(rule, missed, made_at=MOMENT, try_at=F("owed_due"), **ended)


def write_down(rule: Rule, rows: QuerySet[Any], *, made_at: datetime, try_at: Combinable) -> int:
    """A message for each of the rule's rows that has none yet; how many were made. One statement."""
    return inserting(rule, rows, made_at=made_at, try_at=try_at)()


def owed_or(rows: QuerySet[Any], name: str, default: int | None) -> Combinable:
    """Return the annotation `name` of the rows; the default if their rule has none."""
    if name in rows.query.annotations:
        return F(name)
    return Value(default, models.PositiveBigIntegerField())


def at_moment(moment: datetime | DateTimeParam) -> Combinable:
    given = moment if isinstance(moment, DateTimeParam) else Value(moment)
    return ExpressionWrapper(given, models.DateTimeField())


def inserting(
    rule: Rule, rows: QuerySet[Any], *, made_at: datetime, try_at: Combinable, **ended: Combinable
) -> CompiledInsert:
    """INSERT … SELECT … ON CONFLICT DO NOTHING: two turns at once make one row."""
    columns: dict[str, Any] = {
        "public_id": NewPublicId(),
        "kind": Value(rule.kind),
        "key": F("owed_key"),
        "recipient_id": F("owed_recipient"),
        "group_id": F("owed_group"),
        "subject_id": F("owed_subject"),
        "membership_id": owed_or(rows, "owed_membership", None),
        "subject_version": owed_or(rows, "owed_version", 0),
        "made_at": at_moment(made_at),
        "due_at": F("owed_due"),
        "expires_at": F("owed_expires"),
        "try_at": try_at,
        "attempts": Value(0),
        "outcome": Value(Outcome.PENDING),
        **{name: Value("") for name in EMPTY},
        **ended,
    }
    # People get what came to be owed at one moment in the order of the workshops.
    rows = rule.unwritten(rows).order_by("owed_due", "owed_subject", "owed_key")
    selected = rows.annotate(**{f"new_{name}": value for name, value in columns.items()})
    return CompiledInsert(
        selected.values_list(*(f"new_{name}" for name in columns)), Message, columns, unique="key"
    )
