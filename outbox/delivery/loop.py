"""A turn of the sending loop: the one function that Celery's beat, `send_due` and the tests all call."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.utils import timezone

from outbox.delivery.pool import deliver
from outbox.delivery.worker import Clock
from outbox.models import Heartbeat
from outbox.queueing import drop_missed, generate, requeue_dropped, write_missed

logger = logging.getLogger(__name__)

# What is left over is claimed in the next turn. The last e-mail begun in time, over a connection that takes long to
# make, and its write must still end well before Celery ends the task (settings.CELERY_TASK_TIME_LIMIT).
LONGEST_TURN = timedelta(seconds=120)


@dataclass(frozen=True)
class Turn:
    """What one turn did, in numbers of messages."""

    owed: int
    sent: int
    waiting: int
    failed: int
    dropped: int

    def __str__(self) -> str:
        return (
            f"{self.owed} came to be owed; {self.sent} sent, {self.waiting} to try again, "
            f"{self.failed} failed, {self.dropped} dropped"
        )


def database_clock() -> Clock:
    """The database's time, which is the same for all workers: one whose own is hours off does no harm."""
    read, now = time.monotonic(), timezone.now()
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            [now] = cursor.fetchone()
    return lambda: now + timedelta(seconds=time.monotonic() - read)


def take_turn(clock: Clock | None = None, connection: BaseEmailBackend | None = None) -> Turn:
    """Asks every rule who is owed what, drops what is too late, delivers the rest. Many may run at once.

    Mail goes by `connection` if there is one, else to the mail server of the settings, over several if it is worth it.
    """
    clock = clock or database_clock()
    began = clock()
    owed = generate(began) + requeue_dropped(began)
    missed = write_missed(began)
    # Only now: a turn that dies before has not asked what was missed.
    Heartbeat.record(began)
    missed += drop_missed(began)
    deliveries = deliver(clock, began + LONGEST_TURN, connection)
    turn = Turn(
        owed=owed,
        sent=sum(delivery.sent for delivery in deliveries),
        waiting=sum(delivery.waiting for delivery in deliveries),
        failed=sum(delivery.failed for delivery in deliveries),
        dropped=missed + sum(delivery.dropped for delivery in deliveries),
    )
    if owed or turn.sent or turn.failed or turn.dropped or turn.waiting:
        logger.info("A turn: %s", turn)
    return turn
