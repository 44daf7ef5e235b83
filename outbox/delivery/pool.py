"""Who delivers in a turn: one worker, or several at once, each over a connection of its own to the mail server."""

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

from outbox.delivery.circuit_breaker import MailServer
from outbox.delivery.worker import BATCH, Clock, Delivery
from outbox.models import Message

# Fewer are gone over the connections that are open before another is.
WORTH_A_CONNECTION = 10


@dataclass
class Shares:
    """How many each of several workers claims next: fewer as fewer are left, so that all end at the same time."""

    workers: int
    left: int
    count: Callable[[], int]
    """Asked again when none seem to be left."""
    lock: Lock = field(default_factory=Lock)

    def take(self) -> int:
        with self.lock:
            self.left = self.left or self.count()
            share = min(BATCH, ceil(self.left / (2 * self.workers)))
            self.left -= share
        return max(share, 1)


def deliver(clock: Clock, until: datetime, mail: BaseEmailBackend | None = None) -> list[Delivery]:
    """Delivers what is owed, over `mail` if that is given; the deliveries, which know what became of it."""
    # What a transaction has not committed is seen by its own database connection alone.
    alone = mail is not None or connection.in_atomic_block
    waiting = 0 if alone else count_waiting(clock)
    workers = min(settings.EMAIL_CONNECTIONS, ceil(waiting / WORTH_A_CONNECTION))
    if workers < 2:
        delivery = Delivery(clock, mail or get_connection())
        delivery.run(until)
        return [delivery]
    server, shares = MailServer(workers), Shares(workers, waiting, partial(count_waiting, clock))
    deliveries = [
        Delivery(clock, get_connection(), server=server, share=shares.take) for _ in range(workers)
    ]
    run_at_once(deliveries, server, until)
    return deliveries


def count_waiting(clock: Clock) -> int:
    """As many as are claimed at once, at most: a long queue is not counted through."""
    return int(Message.objects.sendable(clock())[: settings.EMAIL_CONNECTIONS * BATCH].count())


def run_at_once(deliveries: list[Delivery], server: MailServer, until: datetime) -> None:
    """Each in a thread. What one of them raises is raised when all have ended."""
    with ThreadPoolExecutor(len(deliveries), thread_name_prefix="delivery") as pool:
        running = [pool.submit(run_apart, delivery, until) for delivery in deliveries]
        try:
            wait(running)
        except BaseException:  # somebody ends the program: what is under way is ended in order
            server.give_up()
            raise
    for run in running:
        run.result()


def run_apart(delivery: Delivery, until: datetime) -> None:
    """A thread has a database connection of its own, which ends with it."""
    try:
        delivery.run(until)
    finally:
        connections.close_all()
