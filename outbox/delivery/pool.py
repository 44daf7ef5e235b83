"""Delivery by one worker, or by several in threads, each with its own SMTP connection."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import ceil
from threading import Lock

from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, connections

from outbox.delivery.circuit_breaker import CircuitBreaker
from outbox.delivery.claims import BATCH
from outbox.delivery.outcomes import Clock, Outcomes
from outbox.delivery.worker import Worker
from outbox.models import Message

# Opening another connection takes about as long as sending this many e-mails.
MESSAGES_PER_CONNECTION = 10


@dataclass
class Shares:
    """A counter that decides how many messages each worker claims next. Thread-safe.

    These shares shrink with the queue, so that all workers finish at about the same time. `left` is
    the number of due messages that are in no worker's share.
    """

    workers: int
    left: int
    count: Callable[[], int]
    """Counts the due messages. Called when none seems to be left."""
    lock: Lock = field(default_factory=Lock)

    def take(self) -> int:
        """Return how many messages the calling worker should claim: 1 to BATCH."""
        with self.lock:
            self.left = self.left or self.count()
            share = min(BATCH, ceil(self.left / (2 * self.workers)))
            self.left -= share
        return max(share, 1)


def deliver(clock: Clock, until: datetime, mail: BaseEmailBackend | None = None) -> list[Outcomes]:
    """Deliver every message that is due, and return each worker's outcomes.

    Starts no delivery after `until`. With `mail`, a single worker sends over that connection.
    """
    # Inside a transaction, deliver in this thread only: other threads have their own database
    # connections, which don't see uncommitted rows.
    single = mail is not None or connection.in_atomic_block
    waiting = 0 if single else count_waiting(clock)
    count = min(settings.EMAIL_CONNECTIONS, ceil(waiting / MESSAGES_PER_CONNECTION))
    if count < 2:
        worker = Worker(clock, mail or get_connection())
        worker.run(until)
        return [worker.outcomes]
    breaker, shares = CircuitBreaker(count), Shares(count, waiting, partial(count_waiting, clock))
    workers = [
        Worker(clock, get_connection(), breaker=breaker, share=shares.take) for _ in range(count)
    ]
    run_in_threads(workers, breaker, until)
    return [worker.outcomes for worker in workers]


def count_waiting(clock: Clock) -> int:
    """Return the number of due messages, at most one batch for each connection. One query."""
    return int(Message.objects.sendable(clock())[: settings.EMAIL_CONNECTIONS * BATCH].count())


def run_in_threads(workers: list[Worker], breaker: CircuitBreaker, until: datetime) -> None:
    """Run each worker in a thread. Raises a worker's exception after all workers have ended."""
    with ThreadPoolExecutor(len(workers), thread_name_prefix="delivery") as pool:
        running = [pool.submit(run_in_thread, worker, until) for worker in workers]
        try:
            wait(running)
        except BaseException:  # the process is stopping: each worker finishes its message
            breaker.trip()
            raise
    for run in running:
        run.result()


def run_in_thread(worker: Worker, until: datetime) -> None:
    """Run the worker, then close the database connections of this thread."""
    try:
        worker.run(until)
    finally:
        connections.close_all()
