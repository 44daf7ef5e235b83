"""Claims on messages: a worker's token and a lease, in the message's own row."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now

from outbox.models import Message, MessageQuerySet

BATCH = 50
# Must exceed the four SMTP round trips between the pre-send check and the write that records the
# outcome: MAIL, RCPT, DATA and the end of data, each bounded by settings.EMAIL_TIMEOUT.
# Leases use the database clock, which is the same for all workers.
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
    """Return a queryset of the message, empty unless it is open and the token still claims it."""
    return Message.objects.open().filter(pk=message.pk, claim=token)


def release(token: str) -> None:
    """Release the token's claims on open messages, so that the next run can claim them."""
    Message.objects.open().filter(claim=token).update(claim="", claimed_until=None)
