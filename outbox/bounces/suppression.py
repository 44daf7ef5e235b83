"""The suppression list: addresses that get no e-mail until somebody corrects or confirms them.

An address is added when the mail server refuses it, when the bounce mailbox receives a bounce, and
by the mail service's webhook. A refusal of the content or of the sender adds no address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.claimed import has_acted
from accounts.models import User, normalise_email
from outbox.bounces.smtp_replies import SMTPReply
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.models.messages import UNWRITTEN
from outbox.rules import Visibility, shows_recipient, visibility_at_least

NOT_WRITTEN = gettext_lazy("Not sent, as e-mail to this address bounced before: %(reply)s")
# How far the clock of the server that reports a bounce may be behind ours. A bounce that is older
# than the e-mail by more than this is about an earlier copy.
MAX_CLOCK_SKEW = timedelta(minutes=10)

Source = SuppressedAddress.Source


def suppress(
    address: str, *, said: str, source: Source, message: Message | None, at: datetime
) -> None:
    """Add the address to the suppression list, or update its row.

    One statement; of two concurrent calls, the later wins. `said` is the SMTP reply, and `message`
    is the message that bounced. If pages may not show who gets that message, an existing row stays
    unchanged, because a change on a page would reveal that the message was sent.
    """
    suppressed = SuppressedAddress(
        address=normalise_email(address),
        bounced_at=at,
        source=source,
        said=said[:500],
        message=message,
    )
    if message and not shows_recipient(message):
        SuppressedAddress.objects.bulk_create([suppressed], ignore_conflicts=True)
        return
    SuppressedAddress.objects.bulk_create(
        [suppressed],
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=["bounced_at", "source", "said", "message"],
    )


def record_refusal(
    message: Message, code: int, words: str, *, whole_message: bool, at: datetime
) -> dict[str, str]:
    """Suppress the message's address if the mail server's reply refuses it.

    `whole_message` means that it is the reply to DATA, not to RCPT. Returns a dict that maps the
    suppressed address to the reply; the dict is empty if the address isn't refused.
    """
    said = f"{code} {words}"
    if not SMTPReply.parse(said, code).refuses_address(whole_message=whole_message):
        return {}
    suppress(message.address, said=said, source=Source.REFUSED, message=message, at=at)
    return {message.address: said}


@transaction.atomic
def record_bounce(
    message: Message, *, said: str, refuses_address: bool, source: Source, at: datetime
) -> bool:
    """Record that a sent message bounced at the time `at`.

    `said` is the SMTP reply. With `refuses_address`, also suppresses the message's address. Returns
    False, and does nothing, if the message has bounced already, or if the bounce is about a copy
    that was sent before the message was requeued.
    """
    words = said or _("No reason was given.")
    known = (
        not Message.objects.exclude(address="")
        .filter(
            pk=message.pk,
            address=message.address,
            sent_at__lte=at + MAX_CLOCK_SKEW,
            bounced_at=None,
        )
        .update(outcome=Outcome.BOUNCED, bounced_at=at, reason=words[:500])
    )
    if known:
        return False
    if refuses_address:
        suppress(message.address, said=words, source=source, message=message, at=at)
    return True


def suppressed_among(addresses: Iterable[str]) -> dict[str, str]:
    """Return a dict that maps each address, if it is suppressed, to an SMTP reply. One query."""
    suppressed = SuppressedAddress.objects.filter(address__in=set(addresses))
    return dict(suppressed.values_list("address", "said"))


def is_still_suppressed(message: Message) -> Exists:
    """Return an `Exists` subquery: the message's address is still its recipient's, and suppressed.

    The subquery locks the row of the suppressed address. A concurrent correction of the address
    therefore waits, and then requeues the message, which the caller has marked as failed.
    """
    suppressed = SuppressedAddress.objects.filter(address=message.address).select_for_update()
    if message.recipient_id is None:  # somebody without an account
        return Exists(suppressed)
    recipient = User.objects.filter(messages=message, email__in=suppressed.values("address"))
    return Exists(recipient)


@transaction.atomic
def clear_suppression_and_requeue(person: User, *, was: str, at: datetime) -> None:
    """Unsuppress a person's address, and requeue the messages that did not reach the person.

    Call this after the address has been corrected or confirmed; `was` is the address before that.
    Requeues messages that failed or bounced and have not expired: the same rows, with the same
    Message-IDs. If a message is no longer true, the pre-send check drops it.

    If the address has changed, e-mails are rendered again, because a calendar entry names the
    invited address. If the person has also not acted (see `has_acted`), the old address may have
    been a stranger's, so the messages sent to that address are requeued too. Kinds that hide their
    recipients are the exception: if a requeued survey was then dropped, pages would reveal that the
    person has answered it.
    """
    SuppressedAddress.objects.filter(address=was).delete()
    is_new = person.email != was
    lost = Message.objects.undelivered()
    if is_new and not has_acted(person):
        lost |= Message.objects.sent_or_failed().filter(visibility_at_least(Visibility.RECIPIENTS))
    lost.filter(recipient=person, expires_at__gt=at).update(
        outcome=Outcome.PENDING,
        sent_at=None,
        failed_at=None,
        bounced_at=None,
        reason="",
        attempts=0,
        try_at=at,
        **(UNWRITTEN if is_new else {}),
    )
