"""What was sent in a stream and what will be: the same rules, asked about later moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import CharField, Count, Min, QuerySet, Value

from outbox.models import Message
from outbox.rules import all_rules

COLUMNS = ("owed_kind", "owed_about", "owed_due", "owed_key")


@dataclass(frozen=True)
class Batch:
    """The messages of one kind about one thing that are due at one moment."""

    kind: str
    about: int
    due_at: datetime
    people: int
    counts: dict[str, int] = field(default_factory=dict)  # of those written: sent, failed, dropped, waiting
    sample: str = ""  # the public id of one of those written

    @property
    def may_be_opened(self) -> bool:
        """It is written, and whom it went to is no secret."""
        return bool(self.sample) and not is_confidential(self.kind)

    @property
    def title(self) -> str:
        return title_of(self.kind)


def title_of(kind: str) -> str:
    """What the kind is called on pages; a kind that no rule writes any more keeps its own name."""
    rule = all_rules().get(kind)
    return rule.title if rule else kind


def is_confidential(kind: str) -> bool:
    """A kind that no rule writes any more is, as nobody says that it is not."""
    rule = all_rules().get(kind)
    return rule is None or rule.confidential


def written(stream: int) -> list[Batch]:
    """What has come to be owed, oldest first, with what became of it. One query."""
    rows = (
        Message.objects.in_stream(stream)
        .values("kind", "about", "due_at")
        .annotate(
            people=Count("pk"),
            sample=Min("public_id"),
            sent=Count("sent_at"),
            failed=Count("failed_at"),
            dropped=Count("dropped_at"),
        )
        .order_by("due_at", "kind", "about")
    )
    return [
        Batch(
            row["kind"],
            row["about"],
            row["due_at"],
            row["people"],
            counts={
                "sent": row["sent"],
                "failed": row["failed"],
                "dropped": row["dropped"],
                "waiting": row["people"] - row["sent"] - row["failed"] - row["dropped"],
            },
            sample=row["sample"],
        )
        for row in rows
    ]


def coming(stream: int, since: datetime, until: datetime) -> list[Batch]:
    """What will come to be owed after `since` and by `until`, as things stand, soonest first. One query."""
    parts = [
        rule.unwritten(rule.due(since, until).filter(owed_stream=stream))
        .annotate(owed_kind=Value(rule.kind, CharField()))
        .order_by()
        .values_list(*COLUMNS)
        for rule in all_rules().values()
    ]
    return batches(union(parts))


def union(parts: list[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return parts[0].union(*parts[1:], all=True)


def batches(rows: Iterable[tuple[str, int, datetime, str]]) -> list[Batch]:
    counted = Counter((due, kind, about) for kind, about, due, key in rows)
    return [Batch(kind, about, due, people) for (due, kind, about), people in sorted(counted.items())]
