"""A group's messages that are queued, sent or ended, in batches with the number of each outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple

from django.db.models import Case, Count, F, Max, Min, Q, When
from django.db.models.functions import Coalesce

from outbox.compiled_query import BindParam, CompiledSelect
from outbox.models import Message, Outcome
from outbox.models.messages import DROPPED, FAILED
from outbox.rules import Visibility, title_of, visibility_at_least

ENDED = ("sent", "failed", "bounced", "missed", "skipped", "dropped")
DEFERRED = Q(outcome=Outcome.DEFERRED)
# An expression for the time at which a message was sent, failed or will be tried. For a dropped
# message, it is the due time, even if the message was dropped earlier.
WENT_AT = Case(
    When(dropped_at__isnull=False, then=F("due_at")),
    default=Coalesce("sent_at", "failed_at", "try_at"),
)


@dataclass(frozen=True)
class Batch:
    """The messages of one kind about one object that are due at the same time.

    The keys of `counts` are sent, failed, bounced, missed, skipped, dropped and waiting. Messages
    that have no row yet add the keys coming (not due yet) and unreached (to a suppressed address).
    """

    kind: str
    subject_id: int
    due_at: datetime
    people: int
    counts: dict[str, int] = field(default_factory=dict)
    went_at: datetime | None = None
    """The earliest `WENT_AT` of the messages."""
    deferred: int = 0
    """How many messages wait for a retry: the first at `try_at`, the last until `tried_until`."""
    try_at: datetime | None = None
    tried_until: datetime | None = None

    @property
    def at(self) -> datetime:
        """The time that places the batch on a timeline: the earlier of `due_at` and `went_at`."""
        return min(self.due_at, self.went_at) if self.went_at else self.due_at

    @property
    def is_early(self) -> bool:
        return self.went_at is not None and self.went_at < self.due_at

    @property
    def has_begun(self) -> bool:
        return self.went_at is not None and any(self.counts.get(state) for state in ENDED)

    @property
    def title(self) -> str:
        return title_of(self.kind)


def written(group_id: int) -> list[Batch]:
    """Return the group's batches that pages may show, earliest due first. One query."""
    return [batch_of(WrittenRow(*row)) for row in written_query()(group_id=group_id)]


class WrittenRow(NamedTuple):
    """A row of `written_query`: a batch, with the number of its messages by outcome."""

    kind: str
    subject_id: int
    due_at: datetime
    people: int
    went_at: datetime
    deferred: int
    next_try_at: datetime | None
    tried_until: datetime | None
    sent: int
    failed: int
    bounced: int
    missed: int
    skipped: int
    all_dropped: int


@cache
def written_query() -> CompiledSelect:
    """Return the compiled query, which needs the rules and so can't be made on import."""
    return CompiledSelect(
        Message.objects.filter(group_id=BindParam("group_id"))
        .filter(visibility_at_least(Visibility.SCHEDULE))
        .values("kind", "subject_id", "due_at")
        .annotate(
            people=Count("pk"),
            went_at=Min(WENT_AT),
            deferred=Count("pk", filter=DEFERRED),
            next_try_at=Min("try_at", filter=DEFERRED),
            tried_until=Max("expires_at", filter=DEFERRED),
            sent=Count("pk", filter=Q(outcome=Outcome.SENT)),
            failed=Count("pk", filter=Q(outcome__in=FAILED)),
            bounced=Count("pk", filter=Q(outcome=Outcome.BOUNCED)),
            missed=Count("pk", filter=Q(outcome=Outcome.EXPIRED)),
            skipped=Count("pk", filter=Q(outcome=Outcome.SKIPPED)),
            all_dropped=Count("pk", filter=Q(outcome__in=DROPPED)),
        )
        .order_by("due_at", "kind", "subject_id")
        .values_list(*WrittenRow._fields),
        prepare=True,
    )


def batch_of(row: WrittenRow) -> Batch:
    return Batch(
        row.kind,
        row.subject_id,
        row.due_at,
        row.people,
        counts=counts_of(row),
        went_at=row.went_at,
        deferred=row.deferred,
        try_at=row.next_try_at,
        tried_until=row.tried_until,
    )


def counts_of(row: WrittenRow) -> dict[str, int]:
    counts = {
        "sent": row.sent,
        "failed": row.failed,
        "bounced": row.bounced,
        "missed": row.missed,
        "skipped": row.skipped,
    }
    counts["dropped"] = row.all_dropped - row.missed - row.skipped
    counts["waiting"] = row.people - sum(counts.values())
    return counts
