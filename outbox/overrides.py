"""Facilitators' changes to messages that the rules owe: notes, skips, and sending early."""

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
from outbox.tasks import queue_sending_on_commit
from ui.version_token import check_version, version_token

# A facilitator can send a message early only if it is due within this time.
FURTHEST = timedelta(days=400)


@dataclass(frozen=True)
class Occasion:
    """The messages of one kind about one object, to all recipients: a line on a cohort's page."""

    group_id: int
    kind: str
    subject_id: int

    def messages(self, person: User | None = None) -> MessageQuerySet:
        """Return the messages that have a row: those to `person`, or by default to everybody."""
        found: MessageQuerySet = Message.objects.filter(
            group_id=self.group_id, kind=self.kind, subject_id=self.subject_id
        )
        return found.filter(recipient=person) if person else found


def lock_override(occasion: Occasion, person: User | None = None) -> MessageOverride:
    """Get or create the override, and lock its row until the transaction ends."""
    whose = {"kind": occasion.kind, "subject_id": occasion.subject_id, "recipient": person}
    MessageOverride.objects.get_or_create(**whose, defaults={"group_id": occasion.group_id})
    return MessageOverride.objects.select_for_update().get(**whose)


def note_version(override: MessageOverride | None) -> str:
    """Return the version token of the override's note; a fixed token if there is no note."""
    noted_at = override.noted_at if override else None
    return version_token(noted_at.isoformat() if noted_at else "")


@transaction.atomic
def write_note(
    occasion: Occasion,
    note: str,
    *,
    person: User | None = None,
    version: str,
    by: User,
    at: datetime,
) -> None:
    """Save the note to one person, or else to everybody. An empty note deletes it.

    E-mails that are rendered from now on contain the note. Raises StaleError if somebody has
    changed the note since the page with this version token was shown, unless to the same text.
    """
    override = lock_override(occasion, person)
    if override.note == note:
        return
    check_version(
        version,
        note_version(override),
        _("Somebody has changed this note since you opened the page. Nothing was saved."),
    )
    override.write_note(note, by=by, at=at)


@transaction.atomic
def skip(occasion: Occasion, *, person: User | None = None, by: User, at: datetime) -> bool:
    """Skip the messages to one person, or else to everybody. Return False if that was done already.

    Drops the open messages. Messages that come due later are not queued.
    """
    override = lock_override(occasion, person)
    if override.is_skipped:
        return False
    override.skip(by=by, at=at)
    # Also drop messages that a worker has claimed; the worker's pre-send check then fails.
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
    """Undo a skip, for one person or else for everybody. Return False if there was none.

    Requeues skipped messages that have not expired, except those to recipients for whom another
    skip still applies.
    """
    override = lock_override(occasion, person)
    if not override.is_skipped:
        return False
    override.send_after_all()
    others = MessageOverride.objects.of(occasion.kind, occasion.subject_id).skipping()
    if person and others.filter(recipient=None).exists():
        return True  # skipped for everybody, so for this person too
    # Also requeue UNTRUE messages: if a message is skipped while a worker prepares it, the worker
    # drops it as UNTRUE, not as SKIPPED. If a message is untrue for another reason, the pre-send
    # check drops it again.
    dropped = (
        occasion.messages(person)
        .filter(
            dropped_at__isnull=False,
            outcome__in=(Outcome.SKIPPED, Outcome.UNTRUE),
            expires_at__gt=at,
        )
        .exclude(recipient__in=others.exclude(recipient=None).values("recipient"))
    )
    # Delete messages that a facilitator sent early and that were never tried: the rule queues them
    # again when they are due.
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
    """Queue messages before they are due, so that the next run sends them. Return how many.

    The unique key of a message prevents a second row when the message is due. Returns 0 for a
    kind that can't be sent early.
    """
    rule = all_rules()[occasion.kind]
    rows = rule.due_early(at, at + FURTHEST)
    if rows is None:
        return 0
    rows = rows.filter(owed_group=occasion.group_id, owed_subject=occasion.subject_id)
    made = queue_rows(rule, rows, made_at=at, try_at=Value(at, models.DateTimeField()))
    if made:
        queue_sending_on_commit()
    return made
