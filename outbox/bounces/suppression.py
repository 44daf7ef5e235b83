"""The suppression list: addresses that e-mail does not reach, until somebody corrects them.

An address is added when the mail server refuses it, when a bounce arrives in the mailbox, and by
the mail service's webhook. A refusal of the content or of the sender adds no address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.claimed import is_claimed
from accounts.models import User, tidy_email
from outbox.bounces.smtp_replies import SMTPReply
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.models.messages import UNWRITTEN

NOT_WRITTEN = gettext_lazy("Not sent, as e-mail to this address bounced before: %(reply)s")
# Notifications have their own server's time. One much older than the e-mail is of an earlier copy.
MAX_CLOCK_SKEW = timedelta(minutes=10)

Source = SuppressedAddress.Source


def suppress(
    address: str, *, said: str, source: Source, message: Message | None, at: datetime
) -> None:
    """Add or update the address. One statement; the later of two concurrent ones wins."""
    SuppressedAddress.objects.bulk_create(
        [
            SuppressedAddress(
                address=tidy_email(address),
                bounced_at=at,
                source=source,
                said=said[:500],
                message=message,
            )
        ],
        update_conflicts=True,
        unique_fields=["address"],
        update_fields=["bounced_at", "source", "said", "message"],
    )


def record_refusal(
    message: Message, code: int, words: str, *, whole_message: bool, at: datetime
) -> dict[str, str]:
    """Suppress an address that the mail server refused, and return it with the reply.

    Returns nothing if the reply is not about the address. It answered RCPT, or with
    `whole_message` DATA.
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
    """Record that a sent message bounced; suppress its address if the reply is `refuses_address`.

    Returns False, and does nothing, if the bounce is known already or of an earlier copy.
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


def suppressed_recipients(messages: Iterable[Message]) -> dict[str, str]:
    """Return the suppressed addresses of the recipients, each with the reply. One query."""
    return suppressed_among(message.recipient.email for message in messages if message.recipient)


def suppressed_among(addresses: Iterable[str]) -> dict[str, str]:
    """Return the suppressed ones of these addresses, each with the reply. One query."""
    marked = SuppressedAddress.objects.filter(address__in=set(addresses))
    return dict(marked.values_list("address", "said"))


def is_still_suppressed(message: Message) -> Exists:
    """Return the condition that the address is still the recipient's, and still suppressed.

    Locks the suppression row, so that a concurrent correction sees this failure.
    """
    marks = SuppressedAddress.objects.filter(address=message.address).select_for_update()
    theirs = User.objects.filter(messages=message, email__in=marks.values("address"))
    return Exists(theirs)


@transaction.atomic
def clear_suppression_and_requeue(person: User, *, was: str, at: datetime) -> None:
    """Requeue what did not reach the person, after their address was corrected or confirmed.

    Uses the same rows and Message-IDs, as nothing arrived; the pre-send check drops what is no
    longer true. With a new address the e-mails are written again, as a calendar entry names the
    invited address. If the person has never signed in, the address that it `was` may be a
    stranger's: then messages that were accepted there are sent again, too.
    """
    SuppressedAddress.objects.filter(address=was).delete()
    is_new = person.email != was
    nothing_arrived = is_new and not is_claimed(person)
    lost = Message.objects.sent_or_failed() if nothing_arrived else Message.objects.undelivered()
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
