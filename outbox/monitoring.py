"""Metrics of sending: last heartbeat, overdue messages, and messages sent and failed by hour.

The queries don't slow down as the table grows, because open, sent and failed messages each have a
partial index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, Min, QuerySet, When
from django.db.models.functions import Greatest, TruncHour

from outbox.delivery.outcomes import LONGEST_WAIT
from outbox.models import Heartbeat, Message

AN_HOUR = timedelta(hours=1)
# If the sending loop has not run for this long, something is wrong: it runs once a minute, and a
# run takes a few minutes at most.
STALE_BEAT = timedelta(minutes=10)
# A message that is overdue for longer than this needs attention, because two runs of the sending
# loop and three attempts take less.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class QueueMetrics:
    """The metrics at one time. `oldest` is the longest time that a message has been overdue."""

    beat_age: timedelta | None
    overdue: int
    oldest: timedelta | None
    sent_last_hour: int
    failed_last_hour: int

    @property
    def beats(self) -> bool:
        """Whether the sending loop has run recently."""
        return self.beat_age is not None and self.beat_age < STALE_BEAT

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and self.oldest >= LATE


def queue_metrics(moment: datetime) -> QueueMetrics:
    """Return the metrics at `moment`. Makes four queries."""
    found = overdue(moment).aggregate(count=Count("pk"), since=Min("overdue_since"))
    return QueueMetrics(
        beat_age=Heartbeat.age(moment),
        overdue=found["count"],
        oldest=moment - found["since"] if found["since"] else None,
        sent_last_hour=Message.objects.filter(
            sent_at__gt=moment - AN_HOUR, sent_at__lte=moment
        ).count(),
        failed_last_hour=Message.objects.filter(
            failed_at__gt=moment - AN_HOUR, failed_at__lte=moment
        ).count(),
    )


def overdue(moment: datetime) -> QuerySet[Any]:
    """Return the open messages that are overdue, annotated with `overdue_since`.

    A message is overdue since it could first have been sent. That is later than `due_at` if the
    message was queued late (the register was filled in days later) or requeued (the address was
    corrected), and earlier if a facilitator sends it early. A deferred message is overdue too, even
    if the mail server is at fault.
    """
    never_tried = When(attempts=0, then=Greatest("try_at", "made_at"))
    before_its_time = When(try_at__lt=F("due_at"), then=F("made_at"))
    since = Case(
        never_tried,
        before_its_time,
        default=Greatest("due_at", "made_at"),
        output_field=DateTimeField(),
    )
    found: QuerySet[Any] = (
        queued(moment).annotate(overdue_since=since).filter(overdue_since__lte=moment)
    )
    return found


def queued(moment: datetime) -> QuerySet[Any]:
    """Return the open messages whose next attempt is at most LONGEST_WAIT away.

    The bound makes PostgreSQL use the partial index. It excludes only messages that were tried and
    then postponed by a change of timing.
    """
    found: QuerySet[Any] = Message.objects.open().filter(try_at__lte=moment + LONGEST_WAIT)
    return found


@dataclass(frozen=True)
class Hour:
    """The messages sent and failed in one hour."""

    begins: datetime
    sent: int
    failed: int


def hours(moment: datetime, count: int) -> list[Hour]:
    """Return the last `count` hours (UTC), oldest first and the current one last. Two queries."""
    latest = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [latest - AN_HOUR * back for back in reversed(range(count))]
    sent, failed = (by_hour(column, begins[0], moment) for column in ("sent_at", "failed_at"))
    return [Hour(one, sent.get(one, 0), failed.get(one, 0)) for one in begins]


def by_hour(column: str, since: datetime, until: datetime) -> dict[datetime, int]:
    """Return a dict that maps hours (UTC) to the number of messages sent or failed in them.

    `column` is “sent_at” or “failed_at”. Hours without messages are left out.
    """
    ended = Message.objects.filter(**{f"{column}__gte": since, f"{column}__lte": until})
    rows = (
        ended.annotate(hour=TruncHour(column, tzinfo=UTC))
        .values("hour")
        .annotate(number=Count("pk"))
    )
    return dict(rows.order_by("hour").values_list("hour", "number"))


def waiting_by_kind(moment: datetime) -> dict[str, int]:
    """Return a dict that maps each kind to the number of its `queued` messages. One query."""
    rows = queued(moment).values("kind").annotate(number=Count("pk"))
    return dict(rows.order_by("kind").values_list("kind", "number"))


def failed_lately(moment: datetime, most: int) -> list[Message]:
    """Return up to `most` messages that failed in the last seven days, latest first. One query."""
    found = Message.objects.filter(failed_at__gt=moment - timedelta(days=7), failed_at__lte=moment)
    return list(found.defer("text", "html", "calendar").order_by("-failed_at", "-pk")[:most])
