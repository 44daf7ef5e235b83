"""Rescheduling of unsent messages when a cohort changes the timing of their kind."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F

from outbox.models import Message
from outbox.queueing import queue_rows
from outbox.rules import Rule

# How far ahead `postpone` looks for the new due times of queued messages. A timing is at most 28
# days before or after its event, so none of them is later than this.
HORIZON = timedelta(days=60)


def queue_already_due(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Insert the cohort's messages that are due and not in the queue yet; return how many.

    Call this before the timing is changed: a message that the new timing puts in the past is never
    inserted, unless its kind catches up (`Timing.catches_up`).
    """
    owed = rule.owed(at).filter(owed_group=group_id)
    return queue_rows(rule, owed, made_at=at, try_at=F("owed_due"))


def postpone(rule: Rule, *, group_id: int, at: datetime) -> int:
    """Postpone the cohort's queued messages that are due later by the new timing; return how many.

    Call this after the timing is changed. Releases the claims on the messages. A message that was
    never tried is deleted, and the rule inserts it again when it is due. If it were dropped
    instead, the unique key of its row would prevent that.
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
