"""The messages of a cohort that failed or bounced."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from cohorts.deliverability import Undelivered
from cohorts.models import Cohort, Membership
from outbox.models import Message
from outbox.rules import Visibility, visibility_at_least

MOST_UNDELIVERED = 20


@dataclass(frozen=True)
class UndeliveredMessage:
    """A message that failed or bounced.

    `member` is the recipient's membership, or None if they are not among the `members` given.
    """

    failed: Undelivered
    member: Membership | None


def undelivered(
    cohort: Cohort, members: Iterable[Membership], moment: datetime
) -> list[UndeliveredMessage]:
    """Return the cohort's messages that failed or bounced, the latest due first. Makes one query.

    Leaves out messages whose recipient has been sent another message since that did not bounce.
    Leaves out kinds that hide their recipients: the name of somebody who was sent the survey's
    nudge would reveal that they had not answered. Returns at most MOST_UNDELIVERED.
    """
    later = Message.objects.filter(
        recipient=OuterRef("recipient"), sent_at__gt=OuterRef("known_at"), bounced_at=None
    )
    found = (
        Message.objects.in_group(cohort.pk)
        .undelivered()
        .annotate(known_at=Coalesce("bounced_at", "failed_at"))
        .filter(visibility_at_least(Visibility.RECIPIENTS), ~Exists(later))
        .select_related("recipient")
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    by_person = {member.user_id: member for member in members}
    return [
        UndeliveredMessage(failed, by_person.get(message.recipient_id or 0))
        for message in found[:MOST_UNDELIVERED]
        if (failed := Undelivered.of(message, moment))
    ]
