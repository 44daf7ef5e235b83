"""Steps two to four of a turn: claim, fence, send and commit, mail by mail over a connection that is kept."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from threading import Lock
from time import monotonic
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from outbox import bouncing
from outbox.delivery_log import tell
from outbox.fence import LEASE, commit_sent, pass_fence, still_owed
from outbox.letters import Envelope
from outbox.models import Message, MessageQuerySet
from outbox.models.messages import MISSED, UNTRUE
from outbox.rules import Rule, all_rules

logger = logging.getLogger(__name__)

BATCH = 50
LONGEST_WAIT = timedelta(hours=1)
MOST_BREAKS = 3
MISSED_AT_ONCE = 500

Clock = Callable[[], datetime]


class ServerTroubleError(Exception):
    """The mail server cannot be spoken to: no fault of any one address."""


def drop_missed(moment: datetime) -> int:
    """Ends those whose window closed while they could not be sent; how many."""
    ended = 0
    while missed := drop_some_missed(moment):
        for message in missed:
            tell(message, "dropped")
        ended += len(missed)
    return ended


@transaction.atomic
def drop_some_missed(moment: datetime) -> list[Message]:
    """Those that this turn has ended, and no other turn: that is held until they are."""
    rows = Message.objects.missed(moment).select_for_update(skip_locked=True)
    missed: list[Message] = list(rows.only("public_id", "kind", "stream", "attempts")[:MISSED_AT_ONCE])
    Message.objects.filter(pk__in=[message.pk for message in missed]).update(
        dropped_at=moment,
        claim="",
        claimed_until=None,
        reason=MISSED,
    )
    return missed


def claim(token: str, moment: datetime, most: int = BATCH) -> list[Message]:
    """Takes up to `most` messages for this worker, until the lease runs out. Nobody waits for anybody."""
    with transaction.atomic():
        numbers = list(
            Message.objects.sendable(moment)
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:most]
        )
        Message.objects.filter(pk__in=numbers).update(claim=token, claimed_until=moment + LEASE)
    return list(
        Message.objects.filter(pk__in=numbers, claim=token)
        .select_related("recipient")
        .order_by("due_at", "pk")
    )


@dataclass
class MailServer:
    """What the workers of a turn have found out of the mail server, together."""

    breaks: int = 0
    is_given_up: bool = False
    lock: Lock = field(default_factory=Lock)

    def note_break(self) -> bool:
        """One message may choke the server; the third in a turn means that the server is the one in trouble."""
        with self.lock:
            self.breaks += 1
            self.is_given_up = self.is_given_up or self.breaks >= MOST_BREAKS
            return self.is_given_up

    def give_up(self) -> None:
        """No worker takes up another message in this turn."""
        with self.lock:
            self.is_given_up = True


@dataclass
class Delivery:
    """One worker's work through what it claims; counts what became of it."""

    clock: Clock
    connection: BaseEmailBackend
    server: MailServer = field(default_factory=MailServer)
    batch: int = BATCH
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    began: float = 0.0
    bounced: dict[str, str] = field(default_factory=dict)
    """The addresses among this batch's that mail does not reach, and why."""

    def run(self, until: datetime) -> None:
        """Delivers until nothing is left, the mail server is in trouble, or `until`."""
        try:
            while self.goes_on(until) and (batch := claim(self.token, self.clock(), self.batch)):
                self.deliver_batch(batch)
        except ServerTroubleError as trouble:
            logger.warning("The mail server is in trouble: %s", trouble)
        finally:
            self.connection.close()
            self.let_go()

    def goes_on(self, until: datetime) -> bool:
        return not self.server.is_given_up and self.clock() < until

    def deliver_batch(self, batch: list[Message]) -> None:
        self.bounced = bouncing.marked_among(batch)
        for message in batch:
            if self.server.is_given_up:
                return
            try:
                self.deliver(message)
            except ServerTroubleError:
                raise
            except Exception as error:
                logger.exception("The message %s could not be made", message.public_id)
                self.fail(
                    message, f"Our mistake, not the address's: {type(error).__name__}. It is in the log."
                )

    def deliver(self, message: Message) -> None:
        self.began = monotonic()
        rule = all_rules()[message.kind]
        if not message.recipient or not message.recipient.is_active:
            self.drop(message, "There is nobody to send it to any more.")
            return
        message.address = message.recipient.email
        if message.address in self.bounced:
            self.keep_back(message, rule)
            return
        if not message.text:
            self.write(message, rule)
        # Just before SMTP is spoken to.
        if pass_fence(message, rule, self.token, self.clock()):
            self.send(message, Envelope(message, rule.link(message)))
        else:
            self.drop_if_untrue(message, rule)

    def keep_back(self, message: Message, rule: Rule) -> None:
        """Mail does not reach the address. Corrected, it is owed again, if it was true as it failed."""
        if self.mine(message).filter(still_owed(message, rule, self.clock())).exists():
            self.fail(message, f"{bouncing.NOT_WRITTEN} {self.bounced[message.address]}")
        else:
            self.drop_if_untrue(message, rule)

    def write(self, message: Message, rule: Rule) -> None:
        letter = rule.compose(message)
        message.subject, message.text, message.html = letter.subject[:250], letter.text, letter.html
        message.reply_to = ",".join(letter.reply_to)
        message.calendar = letter.calendar

    def drop_if_untrue(self, message: Message, rule: Rule) -> None:
        """A lease that ran out closes the fence as well; then the message is still owed, and another turn's."""
        now = self.clock()
        rows = self.mine(message).exclude(still_owed(message, rule, now))
        ended = {"dropped_at": now, "reason": UNTRUE}
        self.dropped += self.end(message, "dropped", rows, ended)

    def send(self, message: Message, envelope: Envelope) -> None:
        try:
            self.connection.open()
        except (SMTPException, OSError) as error:
            self.wait(message, f"The mail server did not answer: {error}", code_of(error))
            raise ServerTroubleError(error) from error
        try:
            self.connection.send_messages([envelope])
        except (SMTPRecipientsRefused, SMTPDataError) as error:
            self.refused(message, *answer_of(error))
            whole_message = isinstance(error, SMTPDataError)
            self.bounced |= bouncing.note_refusal(
                message, *answer_of(error), whole_message=whole_message, at=self.clock()
            )
        except (SMTPException, OSError) as error:
            self.wait(message, f"The connection to the mail server broke: {error}", code_of(error))
            self.reconnect_or_stop(error)
        else:
            self.commit(message)

    def reconnect_or_stop(self, error: Exception) -> None:
        self.connection.close()
        if self.server.note_break():
            raise ServerTroubleError(error) from error

    def commit(self, message: Message) -> None:
        if commit_sent(message, self.clock()):
            self.sent += 1
            self.log(message, "sent")

    def refused(self, message: Message, code: int, words: str) -> None:
        if 500 <= code < 600:
            self.fail(message, f"The mail server refused the address for good: {code} {words}", code)
        else:
            self.wait(message, f"The mail server said not now: {code} {words}", code)

    def wait(self, message: Message, reason: str, code: int | None = None) -> None:
        """Try again later: after 1, 2, 4 … minutes, an hour at most, until the window closes."""
        pause = min(timedelta(minutes=2 ** (message.attempts - 1)), LONGEST_WAIT)
        again = {"try_at": self.clock() + pause, "reason": reason[:500]}
        self.waiting += self.end(message, "waiting", self.mine(message), again, code)

    def fail(self, message: Message, reason: str, code: int | None = None) -> None:
        ended = {"failed_at": self.clock(), "reason": reason[:500]}
        self.failed += self.end(message, "failed", self.mine(message), ended, code)

    def drop(self, message: Message, reason: str) -> None:
        ended = {"dropped_at": self.clock(), "reason": reason}
        self.dropped += self.end(message, "dropped", self.mine(message), ended)

    def end(
        self,
        message: Message,
        became: str,
        rows: MessageQuerySet,
        facts: dict[str, Any],
        code: int | None = None,
    ) -> int:
        """What a message that was taken up and is not sent comes to, written down and logged. 0 if it was not ours."""
        ended: int = rows.update(claim="", claimed_until=None, **facts)
        if ended:
            self.log(message, became, code)
        return ended

    def log(self, message: Message, became: str, code: int | None = None) -> None:
        tell(message, became, milliseconds=round(1000 * (monotonic() - self.began)), server_code=code)

    def let_go(self) -> None:
        """Frees what was claimed and not come to, for the next turn."""
        Message.objects.open().filter(claim=self.token).update(claim="", claimed_until=None)

    def mine(self, message: Message) -> MessageQuerySet:
        return Message.objects.open().filter(pk=message.pk, claim=self.token)


def answer_of(error: SMTPRecipientsRefused | SMTPDataError) -> tuple[int, str]:
    """The server's code and its words; we write to one address at a time, so there is one answer."""
    code, words = (
        next(iter(error.recipients.values()))
        if isinstance(error, SMTPRecipientsRefused)
        else (error.smtp_code, error.smtp_error)
    )
    return code, words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


def code_of(error: Exception) -> int | None:
    """What the mail server answered, if it did."""
    return error.smtp_code if isinstance(error, SMTPResponseException) else None
