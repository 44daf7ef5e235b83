"""One turn of the sending loop, called by Celery's beat, by `send_due` and by the tests."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.utils import timezone
from django.utils.translation import gettext as _

from outbox.delivery.outcomes import Clock
from outbox.delivery.pool import deliver
from outbox.models import Heartbeat
from outbox.queueing import drop_missed, generate, record_missed, requeue_dropped

logger = logging.getLogger(__name__)

# The next turn claims what is left. The last e-mail started in time, even over a slow connection,
# must be recorded well before Celery kills the task (settings.CELERY_TASK_TIME_LIMIT).
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
        return _(
            "%(owed)d newly due; %(sent)d sent, %(waiting)d to be retried, %(failed)d failed, "
            "%(dropped)d dropped"
        ) % vars(self)


def database_clock() -> Clock:
    """Return a clock set by the database, so that a worker's clock skew cannot break leases."""
    started, now = time.monotonic(), timezone.now()
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            [now] = cursor.fetchone()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def take_turn(clock: Clock | None = None, connection: BaseEmailBackend | None = None) -> Turn:
    """Queue what every rule owes, drop what has expired, and deliver the rest.

    Several turns may run concurrently. E-mails are sent over `connection` if given; otherwise over
    one or more connections to the mail server in the settings.
    """
    clock = clock or database_clock()
    started = clock()
    owed = generate(started) + requeue_dropped(started)
    missed = record_missed(started)
    # Recorded only now: if this turn dies earlier, the next one still looks for missed messages.
    Heartbeat.record(started)
    missed += drop_missed(started)
    outcomes = deliver(clock, started + LONGEST_TURN, connection)
    turn = Turn(
        owed=owed,
        sent=sum(each.sent for each in outcomes),
        waiting=sum(each.waiting for each in outcomes),
        failed=sum(each.failed for each in outcomes),
        dropped=missed + sum(each.dropped for each in outcomes),
    )
    if any(vars(turn).values()):
        logger.info("A turn: %s", turn)
    return turn
