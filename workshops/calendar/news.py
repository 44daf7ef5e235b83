"""The changes to a workshop since a member was last sent its calendar entry."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from cohorts.models import Membership
from outbox.models import Message, MessageQuerySet
from workshops.models import Change, Workshop
from workshops.times import Arrangement, Slot

INVITE_KIND = "calendar"
ENTRIES_KIND = "calendar-entries"


@dataclass(frozen=True)
class News:
    """The change to a workshop since a member was last sent its calendar entry.

    `before` is the slot that the workshop had then, `reason` the reason for the latest change that
    has one.
    """

    kind: Change.Kind
    before: Slot | None
    reason: str


def news_of(workshop: Workshop, membership: Membership, message: Message) -> News:
    """Return how the workshop has changed since the member was last sent its calendar entry.

    If the member was never sent an entry, return how it has changed since they joined. `message` is
    the one being written, which does not count as sent.
    """
    theirs: MessageQuerySet = Message.objects.filter(
        Q(kind=INVITE_KIND, subject_id=workshop.pk)
        | Q(kind=ENTRIES_KIND, group_id=workshop.cohort_id),
        membership_id=membership.pk,
        sent_at__isnull=False,
    )
    had = theirs.exclude(pk=message.pk).order_by("-pk").first()
    if had is None:
        since = Q(at__gt=membership.joined_at)
    elif had.kind == ENTRIES_KIND:  # its version is the cohort's
        since = Q(at__gt=had.due_at)
    else:
        since = Q(sequence__gt=had.subject_version)
    changes = workshop.changes.order_by("sequence").filter(since)
    made = list(changes)
    if had is None and message.kind == INVITE_KIND and len(made) > 1:
        # The member gets no entries by e-mail. To them, the first date is no news.
        made = [change for change in made if change.kind != Change.Kind.PLANNED] or made
    reasons = [change.reason for change in made if change.reason]
    before = made[0].arrangement_before if made else Arrangement(None, "", "")
    return News(
        kind=kind_of_news(before, workshop.arrangement, {change.kind for change in made}),
        before=before.slot,
        reason=reasons[-1] if reasons else "",
    )


def kind_of_news(before: Arrangement, now: Arrangement, made: set[str]) -> Change.Kind:
    if before.slot is None:
        return Change.Kind.PLANNED
    if Change.Kind.REINSTATED in made:
        return Change.Kind.REINSTATED
    if now.slot != before.slot:
        return Change.Kind.MOVED
    if now != before:
        return Change.Kind.RELOCATED
    return Change.Kind.RENAMED if Change.Kind.RENAMED in made else Change.Kind.PLANNED
