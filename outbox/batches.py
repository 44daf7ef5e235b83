"""What was sent in a group and what will be: the same rules, asked about later moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Case, CharField, Count, F, Max, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from outbox.compiled_query import BindParam, CompiledSelect, DateTimeParam
from outbox.models import Message, Outcome
from outbox.models.messages import DROPPED, FAILED
from outbox.rules import Rule, Visibility, all_rules, title_of, visible

COLUMNS = ("owed_kind", "owed_subject", "owed_due", "owed_key")
ENDED = ("sent", "failed", "came_back", "missed", "skipped", "dropped")
HELD_UP = Q(outcome=Outcome.DEFERRED)
# What is dropped has not gone before its time, whenever that was decided.
WENT_AT = Case(
    When(dropped_at__isnull=False, then=F("due_at")),
    default=Coalesce("sent_at", "failed_at", "try_at"),
)


@dataclass(frozen=True)
class Batch:
    """The messages of one kind about one thing that are due at one moment.

    `counts` says what became of those that are written: sent, failed, came_back, missed, skipped, dropped, waiting.
    """

    kind: str
    subject_id: int
    due_at: datetime
    people: int
    counts: dict[str, int] = field(default_factory=dict)
    went_at: datetime | None = None
    """When the first of those that are written went, or is tried."""
    held_up: int = 0
    """How many were tried in vain and wait: the first is tried again at `try_at`, all of them until `tried_until`."""
    try_at: datetime | None = None
    tried_until: datetime | None = None

    @property
    def at(self) -> datetime:
        """Where it stands on a time line: when it came to be owed, or somebody had it sent before that."""
        return min(self.due_at, self.went_at) if self.went_at else self.due_at

    @property
    def is_early(self) -> bool:
        return self.went_at is not None and self.went_at < self.due_at

    @property
    def has_begun(self) -> bool:
        """Something has become of one of them."""
        return self.went_at is not None and any(self.counts.get(state) for state in ENDED)

    @property
    def title(self) -> str:
        return title_of(self.kind)


def written(group_id: int) -> list[Batch]:
    """What has come to be owed and pages may tell of, oldest first, with what became of it. One query."""
    rows = (
        Message.objects.in_group(group_id)
        .filter(visible(Visibility.SCHEDULE))
        .values("kind", "subject_id", "due_at")
        .annotate(
            people=Count("pk"),
            went_at=Min(WENT_AT),
            held_up=Count("pk", filter=HELD_UP),
            next_try_at=Min("try_at", filter=HELD_UP),
            tried_until=Max("expires_at", filter=HELD_UP),
            sent=Count("pk", filter=Q(outcome=Outcome.SENT)),
            failed=Count("pk", filter=Q(outcome__in=FAILED)),
            came_back=Count("pk", filter=Q(outcome=Outcome.BOUNCED)),
            missed=Count("pk", filter=Q(outcome=Outcome.EXPIRED)),
            skipped=Count("pk", filter=Q(outcome=Outcome.SKIPPED)),
            ended_otherwise=Count("pk", filter=Q(outcome__in=DROPPED)),
        )
        .order_by("due_at", "kind", "subject_id")
    )
    return [
        Batch(
            row["kind"],
            row["subject_id"],
            row["due_at"],
            row["people"],
            counts=counts_of(row),
            went_at=row["went_at"],
            held_up=row["held_up"],
            try_at=row["next_try_at"],
            tried_until=row["tried_until"],
        )
        for row in rows
    ]


def counts_of(row: Mapping[str, Any]) -> dict[str, int]:
    counts = {state: row[state] for state in ("sent", "failed", "came_back", "missed", "skipped")}
    counts["dropped"] = row["ended_otherwise"] - counts["missed"] - counts["skipped"]
    counts["waiting"] = row["people"] - sum(counts.values())
    return counts


def coming(group_id: int, since: datetime, until: datetime) -> list[Batch]:
    """What will come to be owed after `since` and by `until`, as things stand, soonest first. One query."""
    return batches(
        becoming_due(tuple(all_rules().values()))(group_id=group_id, since=since, until=until)
    )


@cache
def becoming_due(rules: tuple[Rule, ...]) -> CompiledSelect:
    since: Any = DateTimeParam("since")
    until: Any = DateTimeParam("until")
    return of_group(((rule, rule.due(since, until)) for rule in rules), *COLUMNS)


def of_group(rows: Iterable[tuple[Rule, QuerySet[Any]]], *columns: str) -> CompiledSelect:
    """Those of each rule's rows that lie in one group, to be given, and have no message yet."""
    parts = [
        rule.unwritten(some.filter(owed_group=BindParam("group_id")))
        .annotate(owed_kind=Value(rule.kind, CharField()))
        .order_by()
        .values_list(*columns)
        for rule, some in rows
    ]
    return CompiledSelect(parts[0].union(*parts[1:], all=True), prepare=True)


def batches(rows: Iterable[tuple[str, int, datetime, str]]) -> list[Batch]:
    counted = Counter((due, kind, subject_id) for kind, subject_id, due, key in rows)
    return [
        Batch(kind, subject_id, due, people)
        for (due, kind, subject_id), people in sorted(counted.items())
    ]
