"""A circuit breaker that stops a run when the mail server, not a message, is at fault."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

MAX_FAILURES = 3


class MailServerError(Exception):
    """Raised if the mail server is unreachable or refuses our account; no message is at fault."""


@dataclass
class CircuitBreaker:
    """A count of the mail server's failures, shared by all workers of one run. Thread-safe.

    Once the breaker has tripped, no worker sends another message in this run.
    """

    workers: int = 1
    failures: int = 0
    is_tripped: bool = False
    lock: Lock = field(default_factory=Lock)

    def record_failure(self) -> bool:
        """Count a failure of the mail server; return whether the breaker has tripped.

        A single failure may be the fault of a message. After MAX_FAILURES failures, the server is
        considered to be at fault.
        """
        with self.lock:
            self.failures += 1
            self.is_tripped = self.is_tripped or self.failures >= MAX_FAILURES
            return self.is_tripped

    def record_refused_connection(self) -> None:
        """Count a worker that could not connect.

        The server may accept fewer connections than there are workers, so the breaker trips only
        when no worker has a connection.
        """
        with self.lock:
            self.workers -= 1
            self.is_tripped = self.is_tripped or self.workers < 1

    def trip(self) -> None:
        with self.lock:
            self.is_tripped = True
