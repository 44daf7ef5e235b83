"""Claims on messages: a worker's token and a lease, in the message's own row."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from accounts.models import User
from outbox.models import Message, MessageQuerySet

BATCH = 50
# How long a claim is valid. Between the pre-send check, which renews the lease, and the recording
# of the outcome there are four SMTP round trips: MAIL, RCPT, DATA and the end of data. The lease
# must be longer than four times settings.EMAIL_TIMEOUT, which limits each round trip. The expiry of
# the lease is compared with the database's clock, which is the same for all workers.
LEASE = timedelta(seconds=60)


def claim(token: str, moment: datetime, most: int = BATCH) -> list[Message]:
    """Claim and return up to `most` messages that may be sent now, earliest due first.

    Skips rows that another worker has locked (SKIP LOCKED). Makes three queries.
    """
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


def claimed(message: Message, token: str) -> MessageQuerySet:
    """Return a queryset of the message; empty if it is not open or not claimed by the token."""
    return Message.objects.open().filter(pk=message.pk, claim=token)


def release(token: str) -> None:
    """Release the token's claims on open messages, so that the next run can claim them."""
    Message.objects.open().filter(claim=token).update(claim="", claimed_until=None)


def release_untried(person: User) -> None:
    """Release the claims on a person's messages that have not passed the pre-send check yet.

    Call this in the transaction that changes the person's address, before the change. No worker can
    then send a message to the old address meanwhile. Waits for a pre-send check that is running.
    """
    untried = Message.objects.open().filter(recipient=person, attempts=0).exclude(claim="")
    untried.update(claim="", claimed_until=None)
