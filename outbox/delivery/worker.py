"""Steps two to four of a turn: claim, fence, send and commit, mail by mail over a connection that is kept."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from smtplib import (
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)
from typing import Any

from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbox.backends.smtp import may_be_out
from outbox.bounces import suppression
from outbox.bounces.smtp_replies import without_addresses
from outbox.delivery.batch_cache import batch_cache
from outbox.delivery.circuit_breaker import (
    MOST_BREAKS,
    MailServer,
    Refused,
    ServerTroubleError,
    answer_of,
    code_of,
    is_about_us,
    is_beforehand,
)
from outbox.delivery.log import tell
from outbox.delivery.outgoing import Ready, envelope_of
from outbox.delivery.precheck import (
    LEASE,
    claim_for_sending,
    commit_and_claim_next,
    commit_sent,
    still_owed,
)
from outbox.models import Message, MessageQuerySet, Outcome
from outbox.models.messages import UNWRITTEN
from outbox.queueing import DATABASE_TROUBLE
from outbox.rules import Rule, all_rules

logger = logging.getLogger(__name__)

UNTRUE = gettext_lazy("It stopped being true before it was sent.")
BATCH = 50
# So many letters are written before the first of them is sent: then the one that was sent is committed, and the next
# let through the fence, in one trip to the database.
TOGETHER = 10
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MOST_TOLD = 5_000
# While the lease lasts, nobody else sends what the mail server has accepted and the database could not write down.
WRITE_AGAIN_AFTER = timedelta(seconds=1)

NOTHING: Mapping[str, str] = {}

Clock = Callable[[], datetime]


def claim(token: str, moment: datetime, most: int = BATCH) -> list[Message]:
    """Takes up to `most` messages for this worker, until the lease runs out. Nobody waits for anybody."""
    with transaction.atomic():
        numbers = list(
            Message.objects.sendable(moment)
            .select_for_update(skip_locked=True)
            .values_list("pk", flat=True)[:most]
        )
        Message.objects.filter(pk__in=numbers).update(claim=token, claimed_until=Now() + LEASE)
    return list(
        Message.objects.filter(pk__in=numbers, claim=token)
        .select_related("recipient")
        .order_by("due_at", "pk")
    )


def unwritten(ready: Ready) -> Mapping[str, str]:
    """Nobody has a copy of a letter that is new and was not taken: the next attempt writes it as things are by then."""
    return UNWRITTEN if ready.is_new else NOTHING


@dataclass
class Delivery:
    """One worker's work through what it claims; counts what became of it."""

    clock: Clock
    connection: BaseEmailBackend
    server: MailServer = field(default_factory=MailServer)
    share: Callable[[], int] = lambda: BATCH
    """How many to claim next."""
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    began: float = 0.0
    bounced: dict[str, str] = field(default_factory=dict)
    """The addresses among this batch's that mail does not reach, and why."""
    database_breaks: int = 0
    until: datetime | None = None

    def run(self, until: datetime) -> None:
        """Delivers until nothing is left, mail server or database are in trouble, or `until`."""
        self.until = until
        try:
            while self.goes_on() and (batch := claim(self.token, self.clock(), self.share())):
                self.deliver_batch(batch)
        except ServerTroubleError as trouble:
            logger.warning("The mail server is in trouble: %s", trouble)
            self.let_go()
            if self.server.is_given_up:
                self.say_why_all_wait(f"The mail server is in trouble: {trouble}")
        finally:
            self.connection.close()
            with suppress(*DATABASE_TROUBLE):  # then it is free when the lease runs out
                self.let_go()

    def goes_on(self) -> bool:
        return not self.server.is_given_up and (self.until is None or self.clock() < self.until)

    def deliver_batch(self, batch: list[Message]) -> None:
        self.bounced = suppression.marked_among(batch)
        with batch_cache():
            for start in range(0, len(batch), TOGETHER):
                self.deliver_each([*self.made_ready(batch[start : start + TOGETHER])])

    def made_ready(self, messages: list[Message]) -> Iterator[Ready]:
        for message in messages:
            if not self.goes_on():
                return
            with self.answering_for(message):
                if ready := self.make_ready(message):
                    yield ready

    def deliver_each(self, those_ready: list[Ready]) -> None:
        for ready, following in zip_longest(those_ready, those_ready[1:]):
            if not (ready.is_let_through or self.goes_on()):
                return
            with self.answering_for(ready.message):
                self.deliver(ready, following)

    @contextmanager
    def answering_for(self, message: Message) -> Iterator[None]:
        """What goes wrong with one message stops no other, but for a server or a database in trouble."""
        try:
            yield
        except ServerTroubleError:
            raise
        except DATABASE_TROUBLE as error:
            self.leave(message, error)
        except Exception as error:
            self.answer_for(message, error)

    def leave(self, message: Message, error: Exception) -> None:
        """It stays claimed until the lease runs out, and then is another turn's. The third stops this turn."""
        logger.warning("The database is in trouble at the message %s: %s", message.public_id, error)
        connection.close()  # the next statement opens a new one
        self.database_breaks += 1
        if self.database_breaks == MOST_BREAKS:
            raise error

    def answer_for(self, message: Message, error: Exception) -> None:
        """What a letter speaks of may go away under our hands; every other exception is a mistake of ours."""
        with suppress(Exception):  # a rule that is broken can't say what is true
            if self.drop_if_untrue(message, all_rules()[message.kind]):
                return
        logger.error("The message %s could not be made", message.public_id, exc_info=error)
        reason = _("Our mistake, not the address's: %(error)s. It is in the log.")
        self.fail(message, Outcome.OUR_ERROR, reason % {"error": type(error).__name__})

    def make_ready(self, message: Message) -> Ready | None:
        """None if it is not to be sent, which is written down then."""
        self.began = time.monotonic()
        rule = all_rules()[message.kind]
        if not message.recipient or not message.recipient.is_active:
            self.drop(message, Outcome.NO_RECIPIENT, _("There is nobody to send it to any more."))
            return None
        is_new = not message.text or message.address != message.recipient.email
        message.address = message.recipient.email
        if is_new:
            self.write(message, rule)
        return Ready(message, rule, envelope_of(message, rule), is_new)

    def deliver(self, ready: Ready, following: Ready | None = None) -> None:
        self.began = time.monotonic()
        if ready.is_let_through or self.let_through(ready):
            self.send(ready, following)

    def let_through(self, ready: Ready) -> bool:
        message, rule = ready.message, ready.rule
        if message.address in self.bounced:
            self.keep_back(message, rule)
            return False
        if not ready.is_fresh:  # those before it took their time
            self.write_again(ready)
        self.connect(message)
        # Just before SMTP is spoken to.
        if not claim_for_sending(message, rule, self.token, self.clock()):
            self.drop_if_untrue(message, rule)
            return False
        return True

    def write_again(self, ready: Ready) -> None:
        ready.written_at = time.monotonic()
        self.write(ready.message, ready.rule)
        ready.envelope = envelope_of(ready.message, ready.rule)

    def keep_back(self, message: Message, rule: Rule) -> None:
        """Mail does not reach the address. Corrected, it is owed again, if it was true as it failed."""
        if not self.fail_as_marked(message, rule):
            self.drop_if_untrue(message, rule)

    @transaction.atomic  # what is marked is locked
    def fail_as_marked(self, message: Message, rule: Rule) -> int:
        """0 if it was put right since the batch was begun: then it is the next turn's."""
        reason = suppression.NOT_WRITTEN % {"reply": self.bounced[message.address]}
        rows = self.mine(message).filter(still_owed(message, rule, self.clock()))
        return self.fail(
            message,
            Outcome.SUPPRESSED,
            reason,
            rows=rows.filter(suppression.still_marked(message)),
        )

    def write(self, message: Message, rule: Rule) -> None:
        letter = rule.compose(message)
        message.subject, message.text, message.html = letter.subject[:250], letter.text, letter.html
        message.reply_to = ",".join(letter.reply_to)
        message.calendar = letter.calendar

    def connect(self, message: Message) -> None:
        """Before the fence: a mail server that takes its time to answer must not use up the lease."""
        try:
            self.connection.open()
        except (SMTPException, OSError) as error:
            self.wait(message, f"The mail server did not answer: {error}", code_of(error))
            self.server.shut_out()
            raise ServerTroubleError(error) from error

    def drop_if_untrue(self, message: Message, rule: Rule) -> int:
        """1 if it was. The fence closes for a lost lease or another address, too: then it is a later turn's."""
        now = self.clock()
        rows = self.mine(message).exclude(still_owed(message, rule, now))
        ended = {"outcome": Outcome.UNTRUE, "dropped_at": now, "reason": str(UNTRUE)}
        dropped = self.end(message, "dropped", rows, ended)
        self.dropped += dropped
        return dropped

    def send(self, ready: Ready, following: Ready | None) -> None:
        message = ready.message
        try:
            handed_over = self.connection.send_messages([ready.envelope])
        except (SMTPSenderRefused, SMTPRecipientsRefused, SMTPDataError) as error:
            self.refused(ready, error)
        except (SMTPException, OSError) as error:
            written = NOTHING if may_be_out(self.connection) else unwritten(ready)
            self.wait(
                message,
                f"The connection to the mail server broke: {error}",
                code_of(error),
                written,
            )
            self.reconnect_or_stop(error)
        else:
            if not handed_over:
                raise ValueError("There was no address to hand it to.")
            self.commit(message, following)

    def reconnect_or_stop(self, error: Exception) -> None:
        self.connection.close()
        if self.server.note_break():
            raise ServerTroubleError(error) from error

    def commit(self, message: Message, following: Ready | None) -> None:
        """The server has it, so `sent` is true whoever holds the row by now."""
        is_news = self.commit_and_go_on(message, following) if following else None
        if is_news is None:
            is_news = self.commit_alone(message)
        if is_news:
            self.sent += 1
            self.log(message, "sent")

    def commit_and_go_on(self, message: Message, following: Ready) -> bool | None:
        """Lets the next one through in the same trip to the database, if it may go. None: nothing was written."""
        may_go = (
            following.is_fresh and following.message.address not in self.bounced and self.goes_on()
        )
        if not may_go or connection.vendor != "postgresql":
            return None
        try:
            is_news, following.is_let_through = commit_and_claim_next(
                message,
                following.message,
                following.rule,
                self.token,
                self.clock(),
                following.build,
            )
        except Exception:  # it shows again, where it belongs, as each is asked for by itself
            return None
        return is_news

    def commit_alone(self, message: Message) -> bool:
        """A database that is away for a moment must not make a second copy: we go on until it is written, or the lease
        is over and it is another's."""
        ends = time.monotonic() + LEASE.total_seconds()
        while True:
            try:
                return commit_sent(message, self.clock())
            except DATABASE_TROUBLE:
                if time.monotonic() > ends:
                    raise
                connection.close()
                time.sleep(WRITE_AGAIN_AFTER.total_seconds())

    def refused(self, ready: Ready, error: Refused) -> None:
        """Is it this message that it won't have, or us? What is about us fails nobody's message."""
        message = ready.message
        written = unwritten(ready)
        code, words = answer_of(error)
        if is_about_us(error):
            self.wait(message, f"The mail server would not go on: {code} {words}", code, written)
            trouble = ServerTroubleError(
                f"{code} {without_addresses(words)}"
            )  # told of everybody's messages
            if code >= 500 and is_beforehand(error):
                self.server.give_up()
                raise trouble from error
            self.reconnect_or_stop(trouble)  # one recipient's odd system stops nobody
            return
        if code >= 500:
            self.fail(
                message,
                Outcome.REFUSED,
                f"The mail server refused the address for good: {code} {words}",
                code,
            )
        else:
            self.wait(message, f"The mail server said not now: {code} {words}", code, written)
        whole_message = not isinstance(error, SMTPRecipientsRefused)
        self.bounced |= suppression.record_refusal(
            message, code, words, whole_message=whole_message, at=self.clock()
        )

    def wait(
        self,
        message: Message,
        reason: str,
        code: int | None = None,
        written: Mapping[str, str] = NOTHING,
    ) -> None:
        """Try again later: after 1, 2, 4 … minutes, an hour at most, until the window closes."""
        pause = min(FIRST_WAIT * 2 ** max(message.attempts - 1, 0), LONGEST_WAIT)
        again = {
            "outcome": Outcome.DEFERRED,
            "try_at": self.clock() + pause,
            "reason": reason[:500],
            **written,
        }
        self.waiting += self.end(message, "waiting", self.mine(message), again, code)

    def fail(
        self,
        message: Message,
        outcome: Outcome,
        reason: str,
        code: int | None = None,
        rows: MessageQuerySet | None = None,
    ) -> int:
        ended = {"outcome": outcome, "failed_at": self.clock(), "reason": reason[:500]}
        failed = self.end(
            message, "failed", self.mine(message) if rows is None else rows, ended, code
        )
        self.failed += failed
        return failed

    def drop(self, message: Message, outcome: Outcome, reason: str) -> None:
        ended = {"outcome": outcome, "dropped_at": self.clock(), "reason": reason}
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
        tell(
            message,
            became,
            milliseconds=round(1000 * (time.monotonic() - self.began)),
            server_code=code,
        )

    def say_why_all_wait(self, reason: str) -> None:
        """What was not come to waits as well, and its window may close before the trouble is over."""
        waiting = Message.objects.sendable(self.clock()).exclude(reason=reason[:500])
        with transaction.atomic():
            numbers = list(
                waiting.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST_TOLD]
            )
            Message.objects.filter(pk__in=numbers).update(
                outcome=Outcome.DEFERRED, reason=reason[:500]
            )

    def let_go(self) -> None:
        """Frees what was claimed and not come to, for the next turn."""
        Message.objects.open().filter(claim=self.token).update(claim="", claimed_until=None)

    def mine(self, message: Message) -> MessageQuerySet:
        return Message.objects.open().filter(pk=message.pk, claim=self.token)
