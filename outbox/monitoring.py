"""Metrics of sending: last heartbeat, overdue messages, and messages sent and failed by hour.

Numbers, lists and times leave out the kinds of message that hide their recipients. For example, a
count of sent survey reminders would reveal that somebody has not answered the survey.

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
from outbox.models import Heartbeat, Message, MessageQuerySet
from outbox.rules import Visibility, visibility_at_least

AN_HOUR = timedelta(hours=1)
# If the sending loop has not run for this long, something is wrong: it runs once a minute, and a
# run takes a few minutes at most.
STALE_BEAT = timedelta(minutes=10)
# A message that is overdue for longer than this needs attention. Two runs of the sending loop with
# three attempts take less time.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class QueueMetrics:
    """The metrics at one time. `oldest` is how long the oldest overdue message is overdue.

    `some_wait` is whether any message has been overdue for LATE or longer, among the kinds of which
    pages may show the outcome (`Visibility.OUTCOME`). These include surveys, which the numbers
    leave out.
    """

    beat_age: timedelta | None
    overdue: int
    oldest: timedelta | None
    sent_last_hour: int
    failed_last_hour: int
    some_wait: bool

    @property
    def beats(self) -> bool:
        """Whether the sending loop has run recently."""
        return is_recent(self.beat_age)

    @property
    def is_late(self) -> bool:
        return self.some_wait or (self.oldest is not None and self.oldest >= LATE)


def is_recent(beat_age: timedelta | None) -> bool:
    return beat_age is not None and beat_age < STALE_BEAT


def counted() -> MessageQuerySet:
    """Return the messages whose recipients pages may show. The metrics count only these."""
    found: MessageQuerySet = Message.objects.filter(visibility_at_least(Visibility.RECIPIENTS))
    return found


def queue_metrics(moment: datetime) -> QueueMetrics:
    """Return the metrics at `moment`. Makes five queries."""
    found = overdue(counted(), moment).aggregate(count=Count("pk"), since=Min("overdue_since"))
    # Leave out messages that were queued long after their due time. If somebody is marked on the
    # register late, a survey message is queued then, and would reveal whether they have answered.
    waiting = overdue(
        Message.objects.filter(
            visibility_at_least(Visibility.OUTCOME), made_at__lte=F("due_at") + LATE
        ),
        moment,
    )
    return QueueMetrics(
        beat_age=Heartbeat.age(moment),
        overdue=found["count"],
        oldest=moment - found["since"] if found["since"] else None,
        sent_last_hour=counted().filter(sent_at__gt=moment - AN_HOUR, sent_at__lte=moment).count(),
        failed_last_hour=counted()
        .filter(failed_at__gt=moment - AN_HOUR, failed_at__lte=moment)
        .count(),
        some_wait=waiting.filter(overdue_since__lte=moment - LATE).exists(),
    )


def overdue(messages: MessageQuerySet, moment: datetime) -> QuerySet[Any]:
    """Return those of the open messages that are overdue, annotated with `overdue_since`.

    A message is overdue from the time at which it could first have been sent. That time is later
    than `due_at` if the message was queued late (the register was filled in days later) or requeued
    (the address was corrected). It is earlier if a facilitator sends the message early. A deferred
    message is overdue too, even if the mail server is at fault.
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
        queued(messages, moment).annotate(overdue_since=since).filter(overdue_since__lte=moment)
    )
    return found


def queued(messages: MessageQuerySet, moment: datetime) -> QuerySet[Any]:
    """Return those of the open messages whose next attempt is at most LONGEST_WAIT away.

    The condition on `try_at` makes PostgreSQL use the partial index. It excludes only messages that
    were tried and then postponed by a change of timing.
    """
    found: QuerySet[Any] = messages.open().filter(try_at__lte=moment + LONGEST_WAIT)
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
    ended = counted().filter(**{f"{column}__gte": since, f"{column}__lte": until})
    rows = (
        ended.annotate(hour=TruncHour(column, tzinfo=UTC))
        .values("hour")
        .annotate(number=Count("pk"))
    )
    return dict(rows.order_by("hour").values_list("hour", "number"))


def waiting_by_kind(moment: datetime) -> dict[str, int]:
    """Return a dict that maps each kind to the number of its `queued` messages. One query."""
    rows = queued(counted(), moment).values("kind").annotate(number=Count("pk"))
    return dict(rows.order_by("kind").values_list("kind", "number"))


def failed_lately(moment: datetime, most: int) -> list[Message]:
    """Return up to `most` messages that failed in the last seven days, latest first. One query."""
    found = counted().filter(failed_at__gt=moment - timedelta(days=7), failed_at__lte=moment)
    return list(found.defer("text", "html", "calendar").order_by("-failed_at", "-pk")[:most])
