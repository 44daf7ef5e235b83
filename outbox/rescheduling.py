"""Applies a cohort's new schedule for a kind of message to the messages that are not sent yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from outbox.models import Message
from outbox.queueing import queue_rows
from outbox.rules import Rule

# Longer than the longest schedule before or after a workshop.
HORIZON = timedelta(days=60)


def queue_already_due(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Insert messages that are due and not in the queue yet; return how many.

    Call it before the schedule changes. Under the new one, their due time may be in the past, and
    they would never be inserted.
    """
    owed = rule.owed(at).filter(owed_group=group_id)
    return queue_rows(rule, owed, made_at=at, try_at=F("owed_due"))


def postpone(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Postpone queued messages that are due later under the new schedule; return how many.

    Removes them from their worker. A message that was never tried is deleted, and inserted again
    when it is due. Dropping it instead would block that insert, because its key is unique.
    """
    waiting = Message.objects.open().filter(kind=rule.kind, group_id=group_id)
    later = rule.due(at, at + HORIZON).filter(
        owed_group=group_id, owed_key__in=waiting.values("key")
    )
    due = list(later.values_list("owed_key", "owed_due", "owed_expires"))
    deleted, _ = waiting.filter(key__in=[key for key, *_ in due], attempts=0).delete()
    return deleted + sum(
        waiting.filter(key=key).update(
            due_at=due_at, try_at=due_at, expires_at=expires_at, claim="", claimed_until=None
        )
        for key, due_at, expires_at in due
    )
