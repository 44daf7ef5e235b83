"""What facilitators decide of a message that the rules owe: a note in it, that it is skipped, or that it goes now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from accounts.models import User
from outbox.models import Message, MessageOverride, MessageQuerySet, Outcome
from outbox.queueing import queue_rows
from outbox.rules import all_rules
from outbox.tasks import hint_turn

# How far ahead a message may lie that is sent now.
FURTHEST = timedelta(days=400)


@dataclass(frozen=True)
class Occasion:
    """One kind of message about one thing, to whomever it goes: what a line of a cohort's messages stands for."""

    group_id: int
    kind: str
    subject_id: int

    def messages(self, person: User | None = None) -> MessageQuerySet:
        """Those that are written; to one person, or to everybody."""
        found: MessageQuerySet = Message.objects.filter(
            group_id=self.group_id, kind=self.kind, subject_id=self.subject_id
        )
        return found.filter(recipient=person) if person else found


class NoteChanged(Exception):  # noqa: N818  what happened, not what went wrong
    """Somebody has written or taken back the note since the page was shown. Nothing was done."""


def adjustment_of(occasion: Occasion, person: User | None = None) -> MessageOverride:
    """Ours alone until the transaction ends."""
    whose = {"kind": occasion.kind, "subject_id": occasion.subject_id, "recipient": person}
    MessageOverride.objects.get_or_create(**whose, defaults={"group_id": occasion.group_id})
    return MessageOverride.objects.select_for_update().get(**whose)


def seen_of(adjustment: MessageOverride | None) -> str:
    """As which a page has shown the note, for a hidden input."""
    return adjustment.noted_at.isoformat() if adjustment and adjustment.noted_at else ""


@transaction.atomic
def write_note(
    occasion: Occasion, note: str, *, person: User | None = None, seen: str, by: User, at: datetime
) -> None:
    """For everybody who gets it from now on, or for the one person; an empty one takes the note back.

    Raises NoteChanged if it is no longer the note that was `seen`, and not the same words by chance.
    """
    adjustment = adjustment_of(occasion, person)
    if adjustment.note == note:
        return
    if seen_of(adjustment) != seen:
        raise NoteChanged
    adjustment.write_note(note, by=by, at=at)


@transaction.atomic
def skip(occasion: Occasion, *, person: User | None = None, by: User, at: datetime) -> bool:
    """It is not sent, to the one person or to anybody; what waits to be sent is dropped. False if it was skipped."""
    adjustment = adjustment_of(occasion, person)
    if adjustment.is_skipped:
        return False
    adjustment.skip(by=by, at=at)
    # Also what a worker holds: it asks once more before it speaks to the mail server, and finds it dropped.
    occasion.messages(person).open().update(
        outcome=Outcome.SKIPPED,
        dropped_at=at,
        reason=(_("Skipped by %(person)s.") % {"person": by})[:500],
        claim="",
        claimed_until=None,
    )
    return True


@transaction.atomic
def send_after_all(occasion: Occasion, *, person: User | None = None, at: datetime) -> bool:
    """A skip taken back: what was dropped for it goes out, if that is not too late. False if it was not skipped."""
    adjustment = adjustment_of(occasion, person)
    if not adjustment.is_skipped:
        return False
    adjustment.send_after_all()
    others = MessageOverride.objects.of(occasion.kind, occasion.subject_id).skipping()
    if person and others.filter(recipient=None).exists():
        return True  # nobody gets it, and this person neither
    # The fence drops what is skipped during a turn as no longer true; of what is untrue anyway, it does so again.
    dropped = (
        occasion.messages(person)
        .filter(
            dropped_at__isnull=False,
            outcome__in=(Outcome.SKIPPED, Outcome.UNTRUE),
            expires_at__gt=at,
        )
        .exclude(recipient__in=others.exclude(recipient=None).values("recipient"))
    )
    # It was to be sent before its time and no attempt was made: in its time it is written as any other.
    dropped.filter(attempts=0, due_at__gt=at).delete()
    dropped.update(
        outcome=Outcome.PENDING,
        dropped_at=None,
        reason="",
        try_at=Greatest("due_at", Value(at, models.DateTimeField())),
    )
    return True


@transaction.atomic
def send_now(occasion: Occasion, *, at: datetime) -> int:
    """Written now, before it is due, and sent by the next turn; how many. When it is due nobody gets it again."""
    rule = all_rules()[occasion.kind]
    rows = rule.due_early(at, at + FURTHEST)
    if rows is None:
        return 0
    rows = rows.filter(owed_group=occasion.group_id, owed_subject=occasion.subject_id)
    made = queue_rows(rule, rows, made_at=at, try_at=Value(at, models.DateTimeField()))
    if made:
        hint_turn()
    return made
