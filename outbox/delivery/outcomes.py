"""The recording of the outcome of each message that a worker has claimed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from outbox.bounces import suppression
from outbox.delivery.claims import LEASE, claimed
from outbox.delivery.log import log_outcome
from outbox.delivery.precheck import mark_sent, still_owed
from outbox.models import Message, MessageQuerySet, Outcome
from outbox.models.messages import UNWRITTEN
from outbox.queueing import DATABASE_ERRORS
from outbox.rules import Rule

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
# How long to wait between attempts to record that an e-mail was sent. Meanwhile, the lease prevents
# other workers from sending it again.
RETRY_WRITE_AFTER = timedelta(seconds=1)

Clock = Callable[[], datetime]


@dataclass
class Outcomes:
    """The outcomes of a worker's messages: saved on the messages, counted and logged.

    An outcome is not saved if the worker has lost its claim on the message, unless the message was
    sent (see `mark_sent`).
    """

    clock: Clock
    token: str
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    started: float = 0.0
    """When the worker started the current message, in seconds of the monotonic clock."""

    def start(self) -> None:
        self.started = time.monotonic()

    def record_sent(self, message: Message) -> None:
        """Record that the mail server has accepted the message.

        Retries while the database is unavailable, because a later run would send the message again.
        Raises the database's error when the lease has expired.
        """
        deadline = time.monotonic() + LEASE.total_seconds()
        while True:
            try:
                is_first_record = mark_sent(message, self.clock())
                break
            except DATABASE_ERRORS:
                if time.monotonic() > deadline:
                    raise
                connection.close()
                time.sleep(RETRY_WRITE_AFTER.total_seconds())
        if is_first_record:
            self.sent += 1
            self.log(message, "sent")

    def postpone(
        self, message: Message, reason: str, code: int | None = None, *, discard: bool = False
    ) -> None:
        """Schedule a retry with exponential back-off: after 1, 2, 4 … minutes, at most an hour.

        With `discard`, the rendered e-mail is deleted, so that the next attempt renders it again.
        """
        pause = min(FIRST_WAIT * 2 ** max(message.attempts - 1, 0), LONGEST_WAIT)
        changes = {
            "outcome": Outcome.DEFERRED,
            "try_at": self.clock() + pause,
            "reason": reason[:500],
            **(UNWRITTEN if discard else {}),
        }
        self.waiting += self.record(message, "waiting", changes, code=code)

    def fail(
        self, message: Message, outcome: Outcome, reason: str, code: int | None = None
    ) -> None:
        changes = {"outcome": outcome, "failed_at": self.clock(), "reason": reason[:500]}
        self.failed += self.record(message, "failed", changes, code=code)

    def drop(self, message: Message, outcome: Outcome, reason: str) -> None:
        changes = {"outcome": outcome, "dropped_at": self.clock(), "reason": reason}
        self.dropped += self.record(message, "dropped", changes)

    def drop_if_untrue(self, message: Message, rule: Rule) -> bool:
        """Drop the message if its rule no longer owes it; return whether it was dropped.

        Call it after the pre-send check has failed. If a lost lease or a changed address was the
        cause, the message stays open for a later run.
        """
        now = self.clock()
        rows = claimed(message, self.token).exclude(still_owed(message, rule, now))
        reason = _("It stopped being true before it was sent.")
        changes = {"outcome": Outcome.UNTRUE, "dropped_at": now, "reason": reason}
        dropped = self.record(message, "dropped", changes, rows=rows)
        self.dropped += dropped
        return bool(dropped)

    @transaction.atomic
    def fail_if_suppressed(self, message: Message, rule: Rule, said: str) -> bool:
        """Fail the message if it is still owed and its address is still suppressed.

        Returns whether it failed. Locks the suppressed address, so that a concurrent correction
        waits, and then requeues the message. `said` is the SMTP reply.
        """
        now = self.clock()
        rows = claimed(message, self.token).filter(
            still_owed(message, rule, now), suppression.is_still_suppressed(message)
        )
        reason = suppression.NOT_WRITTEN % {"reply": said}
        changes = {"outcome": Outcome.SUPPRESSED, "failed_at": now, "reason": reason[:500]}
        failed = self.record(message, "failed", changes, rows=rows)
        self.failed += failed
        return bool(failed)

    def record(
        self,
        message: Message,
        became: str,
        changes: Mapping[str, Any],
        *,
        rows: MessageQuerySet | None = None,
        code: int | None = None,
    ) -> int:
        """Save the changes, release the claim and log; return the number of updated rows, 0 or 1.

        `rows` is the queryset to update; by default the message that this worker has claimed.
        """
        rows = claimed(message, self.token) if rows is None else rows
        recorded: int = rows.update(claim="", claimed_until=None, **changes)
        if recorded:
            self.log(message, became, code)
        return recorded

    def log(self, message: Message, became: str, code: int | None = None) -> None:
        milliseconds = round(1000 * (time.monotonic() - self.started))
        log_outcome(message, became, milliseconds=milliseconds, server_code=code)
