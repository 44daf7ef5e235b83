"""What becomes of messages that are owed and not sent when their cohort times their kind otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from outbox.models import Message
from outbox.queueing import write_down
from outbox.rules import Rule

# Longer than any timing is before what it speaks of, or after it.
FURTHEST = timedelta(days=60)


def queue_already_due(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Writes down what has come to be owed and no turn has come to; how many.

    By another timing it may lie in the past, and then no turn would ever write it.
    """
    owed = rule.owed(at).filter(owed_group=group_id)
    return write_down(rule, owed, made_at=at, try_at=F("owed_due"))


def postpone(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Those that are due later now wait for it, and their worker lets them go; how many.

    A message is not written twice, so one that was dropped as no longer owed would never come. One that was never
    tried is taken back: in its time it is written as any other.
    """
    waiting = Message.objects.open().filter(kind=rule.kind, group_id=group_id)
    later = rule.due(at, at + FURTHEST).filter(
        owed_group=group_id, owed_key__in=waiting.values("key")
    )
    due = list(later.values_list("owed_key", "owed_due", "owed_expires"))
    taken_back, _ = waiting.filter(key__in=[key for key, *_ in due], attempts=0).delete()
    return taken_back + sum(
        waiting.filter(key=key).update(
            due_at=due_at, try_at=due_at, expires_at=expires_at, claim="", claimed_until=None
        )
        for key, due_at, expires_at in due
    )
