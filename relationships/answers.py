"""Saving what people answer in a round.

Each function that saves locks the round's row and replace all its blobs, so that neither row order,
transaction numbers nor a comparison of two copies of the database reveals whose answers changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from cohorts.models import Membership
from relationships.models import (
    AnswerBlob,
    Levels,
    RosterEntry,
    Round,
    RoundReceipt,
    UnreadableAnswersError,
)
from surveys.submission import rewritten

LEVELS = range(5)


class Refusal(StrEnum):
    """The reason why somebody can't answer."""

    CLOSED = "closed"
    LEFT = "left"
    LEFT_OFF = "left_off"


class AnswerRefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(f"The answer was refused: {why}.")
        self.why = why


class WrongAnswersError(Exception):
    """Raised if answers are about people who are not on the roster, or have an unknown level."""


def refusal_for(
    one: Round, membership: Membership, entry: RosterEntry | None, moment: datetime
) -> Refusal | None:
    """Return why the member can't answer now; None if they can.

    `entry` is the member's entry on the round's roster, if any. `one.cohort` must be loaded.
    """
    if not one.is_open(moment) or one.cohort.is_archived:
        return Refusal.CLOSED
    if not membership.is_active or entry is None:
        return Refusal.LEFT
    return Refusal.LEFT_OFF if entry.is_left_off else None


def entry_of(one: Round, membership: Membership) -> RosterEntry | None:
    return RosterEntry.objects.filter(round=one, membership=membership).first()


def has_finished(one: Round, membership: Membership) -> bool:
    return RoundReceipt.objects.filter(round=one, membership=membership).exists()


def own_answers(one: Round, membership: Membership) -> Levels:
    """Return what one person has answered so far. Raises UnreadableAnswersError."""
    blob = AnswerBlob.objects.filter(round=one, membership=membership).first()
    return blob.read() if blob else {}


@transaction.atomic
def save_answers(
    *,
    one: Round,
    membership: Membership,
    levels: Levels,
    at: datetime,
    is_finished: bool = False,
) -> None:
    """Save one person's answers about some of the people on the list.

    Saved answers about other people are unchanged. If `is_finished`, also saves level 0 for
    everybody on the list without an answer, and a receipt for the person. Raises
    AnswerRefusedError, WrongAnswersError, and UnreadableAnswersError if the key of their earlier
    answers is missing.
    """
    locked = lock(one)
    own = entry_of(locked, membership)
    if why := refusal_for(locked, membership, own, at):
        raise AnswerRefusedError(why)
    others = RosterEntry.objects.filter(round=locked).exclude(membership=membership)
    known = set(others.values_list("membership", flat=True))
    if not known >= set(levels) or not all(level in LEVELS for level in levels.values()):
        raise WrongAnswersError
    answers = own_answers(locked, membership) | levels
    if is_finished:
        listed = others.answering().values_list("membership", flat=True)
        answers = dict.fromkeys(listed, 0) | answers
        add_receipt(locked, membership)
    rewrite_blobs(locked, {membership.pk: answers})


@transaction.atomic
def leave_list(*, one: Round, membership: Membership, at: datetime) -> None:
    """Take a person off the list, and delete their answers and receipt.

    Other people's answers about this person are deleted only when the round closes, so that they
    still count if the person returns to the list before then. Raises AnswerRefusedError. Does
    nothing if the person is off the list already.
    """
    locked = lock(one)
    own = entry_of(locked, membership)
    why = refusal_for(locked, membership, own, at)
    if why == Refusal.LEFT_OFF:
        return
    if why or own is None:
        raise AnswerRefusedError(why or Refusal.LEFT)
    own.is_left_off = True
    own.save(update_fields=["is_left_off"])
    rewrite_receipts(
        locked, [kept for kept in receipts_of(locked) if kept.membership_id != membership.pk]
    )
    rewrite_blobs(locked, {membership.pk: {}})


@transaction.atomic
def return_to_list(*, one: Round, membership: Membership, at: datetime) -> None:
    """Put a person on the list again. Raises AnswerRefusedError."""
    locked = lock(one)
    own = entry_of(locked, membership)
    why = refusal_for(locked, membership, own, at)
    if own is None or why not in (None, Refusal.LEFT_OFF):
        raise AnswerRefusedError(why or Refusal.LEFT)
    own.is_left_off = False
    own.save(update_fields=["is_left_off"])


def lock(one: Round) -> Round:
    """Lock the round's row, and return it with its cohort."""
    Round.objects.select_for_update().get(pk=one.pk)
    return Round.objects.select_related("cohort").get(pk=one.pk)


def receipts_of(one: Round) -> list[RoundReceipt]:
    return list(RoundReceipt.objects.filter(round=one))


def add_receipt(one: Round, membership: Membership) -> None:
    found = receipts_of(one)
    if all(receipt.membership_id != membership.pk for receipt in found):
        rewrite_receipts(one, [*found, RoundReceipt(round=one, membership=membership)])


def rewrite_receipts(one: Round, receipts: list[RoundReceipt]) -> None:
    """Replace a locked round's receipts by these, in random order and with random pks."""
    RoundReceipt.objects.filter(round=one).delete()
    RoundReceipt.objects.bulk_create(rewritten(receipts))


def rewrite_blobs(one: Round, changes: Mapping[int, Levels]) -> None:
    """Encrypt all answers of a locked round again, in rows in random order with random pks.

    `changes` maps memberships to their new answers. All blobs get the same length. Blobs that
    can't be decrypted are unchanged, unless `changes` replaces their answers.
    """
    found = AnswerBlob.objects.filter(round=one)
    readable = {blob.membership_id: blob.read() for blob in found if not blob.is_unreadable}
    texts = {member: json.dumps(levels) for member, levels in {**readable, **changes}.items()}
    if not texts:
        return
    size = -(-max(map(len, texts.values())) // AnswerBlob.SIZE) * AnswerBlob.SIZE
    blobs = [
        AnswerBlob(round=one, membership_id=member, content=text.ljust(size))
        for member, text in texts.items()
    ]
    found.filter(membership__in=texts).delete()
    AnswerBlob.objects.bulk_create(rewritten(blobs))


def remove_people(one: Round, members: set[int]) -> None:
    """Delete the answers by and about these members from a locked round.

    Answers whose key is missing stay as they are.
    """
    blobs = AnswerBlob.objects.filter(round=one)
    rewrite_blobs(
        one,
        {
            blob.membership_id: {}
            if blob.membership_id in members
            else {other: level for other, level in blob.read().items() if other not in members}
            for blob in blobs
            if not blob.is_unreadable
        },
    )


def require_readable(one: Round) -> None:
    """Raise UnreadableAnswersError if the key of any answers in the round is missing."""
    if any(blob.is_unreadable for blob in AnswerBlob.objects.filter(round=one)):
        raise UnreadableAnswersError
