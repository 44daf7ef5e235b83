"""The messages of a cohort that did not arrive."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.db.models.functions import Coalesce

from cohorts.deliverability import Undelivered
from cohorts.models import Cohort, Membership
from outbox.models import Message
from outbox.rules import Visibility, visible

MOST_UNDELIVERED = 20


@dataclass(frozen=True)
class NotArrived:
    """A message that did not arrive, and its recipient's membership, if they are still a member."""

    failed: Undelivered
    member: Membership | None


def undelivered(
    cohort: Cohort, members: Iterable[Membership], moment: datetime
) -> list[NotArrived]:
    """Return the messages that failed or bounced, latest first. One query.

    Without those whose recipient has been sent something since, and without kinds whose
    recipients are hidden: that somebody was nudged says that they had not answered.
    """
    later = Message.objects.filter(
        recipient=OuterRef("recipient"), sent_at__gt=OuterRef("known_at"), bounced_at=None
    )
    found = (
        Message.objects.in_group(cohort.pk)
        .undelivered()
        .annotate(known_at=Coalesce("bounced_at", "failed_at"))
        .filter(visible(Visibility.RECIPIENTS), ~Exists(later))
        .select_related("recipient")
        .defer("text", "html", "calendar")
        .order_by("-due_at", "-pk")
    )
    by_person = {member.user_id: member for member in members}
    return [
        NotArrived(failed, by_person.get(message.recipient_id or 0))
        for message in found[:MOST_UNDELIVERED]
        if (failed := Undelivered.of(message, moment))
    ]
