"""Addresses that mail does not reach: marked by whoever finds out, not written to, cleared once they are put right.

Three find out: the mail server that refuses an address at once, the report that comes back to a mailbox later, and the
service that sends our mail. What is refused for what we wrote, or for who we are, marks no address.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists
from django.utils.translation import gettext_lazy

from accounts.claimed import is_claimed
from accounts.models import User, tidy_email
from outbox.bounces.smtp_replies import Answer
from outbox.models import Message, Outcome, SuppressedAddress
from outbox.models.messages import UNWRITTEN

NOT_WRITTEN = gettext_lazy("Not sent, as mail to this address came back before: %(reply)s")
# Reports bear their own servers' time; what came much before we sent is of an earlier copy.
CLOCKS_APART = timedelta(minutes=10)

Source = SuppressedAddress.Source


def mark(address: str, *, said: str, source: Source, message: Message | None, at: datetime) -> None:
    """Nothing more is sent there until somebody corrects it. One statement; of two at once the later stays."""
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
    """Marks the address that a mail server has just refused, if the address is what it refused; then it is returned.

    It refused the address alone (RCPT), or the `whole_message` (DATA).
    """
    said = f"{code} {words}"
    if not Answer.read(said, code).is_of_address(whole_message=whole_message):
        return {}
    mark(message.address, said=said, source=Source.REFUSED, message=message, at=at)
    return {message.address: said}


@transaction.atomic
def record_bounce(
    message: Message, *, said: str, of_address: bool, source: Source, at: datetime
) -> bool:
    """Something sent came back at this moment; whether that is news. Said twice, or of an earlier copy, it is none.

    The message stays sent, as the mail server had accepted it. Its address is marked if it is `of_address`.
    """
    words = said or "No reason was given."
    known = (
        not Message.objects.exclude(address="")
        .filter(
            pk=message.pk, address=message.address, sent_at__lte=at + CLOCKS_APART, bounced_at=None
        )
        .update(outcome=Outcome.BOUNCED, bounced_at=at, reason=words[:500])
    )
    if known:
        return False
    if of_address:
        mark(message.address, said=words, source=source, message=message, at=at)
    return True


def marked_among(messages: Iterable[Message]) -> dict[str, str]:
    """Of their recipients' addresses those that mail does not reach, and what was said of each. One query."""
    return addresses_marked(message.recipient.email for message in messages if message.recipient)


def addresses_marked(addresses: Iterable[str]) -> dict[str, str]:
    """Of these addresses those that mail does not reach, and what was said of each. One query."""
    marked = SuppressedAddress.objects.filter(address__in=set(addresses))
    return dict(marked.values_list("address", "said"))


def still_marked(message: Message) -> Exists:
    """Is the address still its recipient's, and one that mail does not reach?

    The mark stays until the transaction ends: whoever puts the address right finds what has failed for it.
    """
    marks = SuppressedAddress.objects.filter(address=message.address).select_for_update()
    theirs = User.objects.filter(messages=message, email__in=marks.values("address"))
    return Exists(theirs)


@transaction.atomic
def clear_suppression_and_requeue(person: User, *, was: str, at: datetime) -> None:
    """The address is corrected, or right as it `was`: what did not reach the person goes out with the next turn.

    The same rows, keys and Message-IDs, as nothing of them has arrived; what is no longer true is dropped on the way.
    For a new address they are written anew, since a calendar entry names whom it invites. The old one of somebody who
    has never been here may have been a stranger's all along: what was taken there goes out again as well.
    """
    SuppressedAddress.objects.filter(address=was).delete()
    is_new = person.email != was
    nothing_arrived = is_new and not is_claimed(person)
    lost = Message.objects.gone_out() if nothing_arrived else Message.objects.undelivered()
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
