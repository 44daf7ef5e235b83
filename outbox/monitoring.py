"""How the sending stands, for those who run it: the last beat, what is overdue, what was sent and failed each hour.

Nothing here costs more the more was ever sent: what is open, sent lately and failed lately each have their index.
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
# The loop turns once a minute; a turn may take some minutes when much is owed.
STALE_BEAT = timedelta(minutes=10)
# What waits for longer than a turn or two, and three tries, has somebody to look at it.
LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Standing:
    """As of one moment."""

    beat_age: timedelta | None
    overdue: int
    oldest: timedelta | None
    sent_last_hour: int
    failed_last_hour: int

    @property
    def beats(self) -> bool:
        return self.beat_age is not None and self.beat_age < STALE_BEAT

    @property
    def is_late(self) -> bool:
        return self.oldest is not None and self.oldest >= LATE


def standing(moment: datetime) -> Standing:
    """Four queries."""
    found = overdue(moment).aggregate(count=Count("pk"), since=Min("overdue_since"))
    return Standing(
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
    """Those that ought to have ended, with since when.

    That is from when it could first have gone. One that was tried in vain is overdue since then, whoever is at fault.
    It may have come to be owed days after it was due, for somebody marked late, or come up again as somebody corrected
    an address, or be sent before its time: then nobody was late.
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
        awaited(moment).annotate(overdue_since=since).filter(overdue_since__lte=moment)
    )
    return found


def awaited(moment: datetime) -> QuerySet[Any]:
    """Those that have not ended. None is put off for longer than LONGEST_WAIT; saying so finds them by their index."""
    found: QuerySet[Any] = Message.objects.open().filter(try_at__lte=moment + LONGEST_WAIT)
    return found


@dataclass(frozen=True)
class Hour:
    """What was sent, and what failed, in the hour that began then."""

    begins: datetime
    sent: int
    failed: int


def hours(moment: datetime, count: int) -> list[Hour]:
    """The last so many, the one under way among them, oldest first. Two queries."""
    latest = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    begins = [latest - AN_HOUR * back for back in reversed(range(count))]
    sent, failed = (by_hour(column, begins[0], moment) for column in ("sent_at", "failed_at"))
    return [Hour(one, sent.get(one, 0), failed.get(one, 0)) for one in begins]


def by_hour(column: str, since: datetime, until: datetime) -> dict[datetime, int]:
    ended = Message.objects.filter(**{f"{column}__gte": since, f"{column}__lte": until})
    rows = (
        ended.annotate(hour=TruncHour(column, tzinfo=UTC))
        .values("hour")
        .annotate(number=Count("pk"))
    )
    return dict(rows.order_by("hour").values_list("hour", "number"))


def waiting_by_kind(moment: datetime) -> dict[str, int]:
    """Of each kind, how many have come to be owed and not ended. One query."""
    rows = awaited(moment).values("kind").annotate(number=Count("pk"))
    return dict(rows.order_by("kind").values_list("kind", "number"))


def failed_lately(moment: datetime, most: int) -> list[Message]:
    """The latest of the last seven days, without their words. One query."""
    found = Message.objects.filter(failed_at__gt=moment - timedelta(days=7), failed_at__lte=moment)
    return list(found.defer("text", "html", "calendar").order_by("-failed_at", "-pk")[:most])
