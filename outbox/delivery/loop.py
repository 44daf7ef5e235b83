"""One run of the sending loop, called by a Celery task, by `send_due` and by the tests."""

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

# The time after which a run starts no further delivery; the next run sends the rest. The time is
# short enough for the last e-mail to be recorded, even over a slow connection, well before Celery
# kills the task (settings.CELERY_TASK_TIME_LIMIT).
LONGEST_TURN = timedelta(seconds=120)


@dataclass(frozen=True)
class Turn:
    """The result of one run of the sending loop, in numbers of messages."""

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
    """Return a clock that tells the database's time, so that a worker's clock skew does no harm.

    The database's time is read once; the monotonic clock then measures the time since. With SQLite,
    the time of this machine is used.
    """
    started, now = time.monotonic(), timezone.now()
    if database.vendor == "postgresql":
        with database.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            [now] = cursor.fetchone()
    return lambda: now + timedelta(seconds=time.monotonic() - started)


def take_turn(clock: Clock | None = None, connection: BaseEmailBackend | None = None) -> Turn:
    """Run the sending loop once: queue what the rules owe, drop what has expired, send the rest.

    Runs may be concurrent. E-mails are sent over `connection` if given; otherwise over one or more
    connections to the mail server in the settings. The clock defaults to the database's.
    """
    clock = clock or database_clock()
    started = clock()
    owed = generate(started) + requeue_dropped(started)
    missed = record_missed(started)
    # Record the heartbeat only after `record_missed`, which looks for messages since the previous
    # heartbeat. If this run is killed before that, the next run still finds the missed messages.
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
