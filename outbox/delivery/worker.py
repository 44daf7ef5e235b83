"""`Worker`, which claims messages and delivers them over one connection to the mail server."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.utils.translation import gettext as _

from outbox.bounces import suppression
from outbox.delivery.batch_cache import batch_cache
from outbox.delivery.circuit_breaker import CircuitBreaker, MailServerError
from outbox.delivery.claims import BATCH, claim, release
from outbox.delivery.mailer import Mailer
from outbox.delivery.outcomes import Clock, Outcomes
from outbox.delivery.outgoing import Outgoing, render
from outbox.delivery.precheck import claim_for_sending
from outbox.models import Message, Outcome
from outbox.queueing import DATABASE_ERRORS
from outbox.rules import Rule, all_rules

logger = logging.getLogger(__name__)

MAX_DATABASE_ERRORS = 3
MAX_EXPLAINED = 5_000


class Worker:
    """A worker that claims batches of messages, then renders, checks and sends each message.

    `share()` returns how many messages to claim next. `outcomes` counts what became of them.
    """

    def __init__(
        self,
        clock: Clock,
        connection: BaseEmailBackend,
        *,
        breaker: CircuitBreaker | None = None,
        share: Callable[[], int] = lambda: BATCH,
        token: str = "",
    ) -> None:
        self.clock = clock
        self.share = share
        self.token = token or secrets.token_hex(16)
        self.breaker = breaker or CircuitBreaker()
        self.outcomes = Outcomes(clock, self.token)
        self.mailer = Mailer(connection, self.breaker, self.outcomes)
        self.until: datetime | None = None
        self.suppressed: dict[str, str] = {}
        self.database_errors = 0

    def run(self, until: datetime) -> None:
        """Deliver messages until none is due, the mail server fails, or `until` has passed.

        Raises the third database error (see `leave_claimed`).
        """
        self.until = until
        try:
            while self.may_continue() and (batch := claim(self.token, self.clock(), self.share())):
                self.deliver_batch(batch)
        except MailServerError as error:
            logger.warning("The mail server is in trouble: %s", error)
            release(self.token)
            if self.breaker.is_tripped:
                reason = _("The mail server is in trouble: %(error)s") % {"error": error}
                explain_waiting(self.clock(), reason)
        finally:
            self.mailer.close()
            with suppress(*DATABASE_ERRORS):  # then the leases expire
                release(self.token)

    def may_continue(self) -> bool:
        return not self.breaker.is_tripped and (self.until is None or self.clock() < self.until)

    def deliver_batch(self, batch: list[Message]) -> None:
        self.suppressed = suppression.suppressed_among(addresses_of(batch))
        with batch_cache():
            for message in batch:
                if not self.may_continue():
                    return
                with self.isolated(message):
                    self.deliver(message)

    @contextmanager
    def isolated(self, message: Message) -> Iterator[None]:
        """Context manager: handle the failure of one message, so that the others are still sent.

        MailServerError and repeated database errors propagate.
        """
        try:
            yield
        except MailServerError:
            raise
        except DATABASE_ERRORS as error:
            self.leave_claimed(message, error)
        except Exception as error:
            self.fail_by_exception(message, error)

    def leave_claimed(self, message: Message, error: Exception) -> None:
        """Leave the message claimed after a database error; a later run retries the message.

        The lease will have expired by then. Raises the error if it is the worker's third one.
        """
        logger.warning("The database is in trouble at the message %s: %s", message.public_id, error)
        database.close()  # the next query opens another connection
        self.database_errors += 1
        if self.database_errors == MAX_DATABASE_ERRORS:
            raise error

    def fail_by_exception(self, message: Message, error: Exception) -> None:
        """Fail the message after an exception in our code; drop it if its rule no longer owes it.

        For example, a workshop may have been deleted while an e-mail about it was rendered.
        """
        with suppress(Exception):  # a broken rule cannot tell what is owed
            if self.outcomes.drop_if_untrue(message, all_rules()[message.kind]):
                return
        logger.error("The message %s could not be rendered", message.public_id, exc_info=error)
        reason = _("Our mistake, not the address's: %(error)s. It is in the log.")
        self.outcomes.fail(message, Outcome.OUR_ERROR, reason % {"error": type(error).__name__})

    def deliver(self, message: Message) -> None:
        self.outcomes.start()
        if outgoing := self.prepare(message):
            self.suppressed |= self.mailer.send(outgoing)

    def prepare(self, message: Message) -> Outgoing | None:
        """Return the rendered e-mail; if it may not be sent now, record why and return None."""
        rule = all_rules()[message.kind]
        address = rule.address_of(message)
        if not address:
            reason = _("There is nobody to send it to any more.")
            self.outcomes.drop(message, Outcome.NO_RECIPIENT, reason)
            return None
        if address in self.suppressed:
            self.fail_suppressed(message, rule, address)
            return None
        self.mailer.connect(message)
        outgoing = render(message, rule)
        if not claim_for_sending(message, rule, self.token, self.clock()):
            self.outcomes.drop_if_untrue(message, rule)
            return None
        return outgoing

    def fail_suppressed(self, message: Message, rule: Rule, address: str) -> None:
        """Fail a message to a suppressed address; drop it if its rule no longer owes it.

        If the address was corrected since the batch was claimed, the message stays open for a later
        run.
        """
        message.address = address
        if not self.outcomes.fail_if_suppressed(message, rule, self.suppressed[address]):
            self.outcomes.drop_if_untrue(message, rule)


def addresses_of(batch: Iterable[Message]) -> Iterator[str]:
    """Yield the addresses to which the messages go now. Kinds for outsiders make a query each."""
    rules = all_rules()
    for message in batch:
        if message.kind in rules:
            yield rules[message.kind].address_of(message)


@transaction.atomic
def explain_waiting(moment: datetime, reason: str) -> None:
    """Save on each due message the reason why it has to wait; on MAX_EXPLAINED messages at most.

    If a message expires before the mail server is back, the reason explains why it was not sent.
    Skips rows that another worker has locked (SKIP LOCKED). Two queries.
    """
    waiting = Message.objects.sendable(moment).exclude(reason=reason[:500])
    numbers = list(
        waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MAX_EXPLAINED]
    )
    Message.objects.filter(pk__in=numbers).update(outcome=Outcome.DEFERRED, reason=reason[:500])
