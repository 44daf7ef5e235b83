"""Decides when a run should stop because the mail server, not a message, is at fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

MAX_FAILURES = 3


class MailServerError(Exception):
    """The mail server is unreachable or refuses our account; no message is at fault."""


@dataclass
class CircuitBreaker:
    """Failures of the mail server, counted across all workers of one run. Thread-safe.

    Once it has tripped, no worker takes another message in this run.
    """

    workers: int = 1
    failures: int = 0
    is_tripped: bool = False
    lock: Lock = field(default_factory=Lock)

    def record_failure(self) -> bool:
        """Count a broken connection; return whether the breaker has tripped.

        A single message may break a connection. After three, the server is at fault.
        """
        with self.lock:
            self.failures += 1
            self.is_tripped = self.is_tripped or self.failures >= MAX_FAILURES
            return self.is_tripped

    def record_refused_connection(self) -> None:
        """Count a worker that could not connect.

        The server may accept fewer connections than there are workers. It is down only if it
        accepts none.
        """
        with self.lock:
            self.workers -= 1
            self.is_tripped = self.is_tripped or self.workers < 1

    def trip(self) -> None:
        with self.lock:
            self.is_tripped = True
