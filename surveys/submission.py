"""The submission of survey answers.

Nothing is stored that links an answer to a person, unless the survey's kind says so.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import uuid4

from django.db import transaction

from cohorts.models import Membership
from programmes.feedback import SurveyKind
from surveys.models import (
    MEMBER,
    PSEUDONYM,
    RANDOM,
    Answers,
    BallotBox,
    Pseudonym,
    Receipt,
    Survey,
)
from surveys.validation import check_answers, given


class Refusal(StrEnum):
    """The reason why a member cannot answer a survey."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    NOT_OVER = "not_over"
    CLOSED = "closed"


class AnswerRefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(f"The answer was refused: {why}.")
        self.why = why


def refusal_for(survey: Survey, membership: Membership, moment: datetime) -> Refusal | None:
    """Return why the member cannot answer the survey now; None if they can. Makes one query."""
    workshop = survey.workshop
    if Receipt.objects.filter(survey__workshop=workshop, membership=membership).exists():
        return Refusal.ANSWERED
    if workshop.is_cancelled:
        return Refusal.CANCELLED
    if survey.is_closed(moment):
        return Refusal.CLOSED
    return None if workshop.took_place(moment) else Refusal.NOT_OVER


@transaction.atomic
def submit(*, survey: Survey, membership: Membership, answers: Answers, at: datetime) -> None:
    """Save one member's answers.

    Raises AnswerRefusedError if the member cannot answer, ValidationError if the answers are not
    valid, and UnreadableBoxError if an encryption key is missing.

    `answers` maps ids of questions to answers. They go into the ballot box, whose ciphertext
    reveals nothing about them. All receipts of the survey are deleted and inserted again, together
    with the new one, in random order and with random primary keys.
    """
    # The row lock serialises submissions and the release. Without the lock, one of two concurrent
    # submissions could overwrite the other's answers. SQLite ignores row locks, but allows only one
    # writing transaction.
    locked = (
        Survey.objects.select_for_update(of=("self",))
        .select_related("workshop__cohort")
        .get(pk=survey.pk)
    )
    if why := refusal_for(locked, membership, at):
        raise AnswerRefusedError(why)
    check_answers(locked.questions, answers)
    box = BallotBox.objects.filter(survey=locked).first()
    if box is None:
        # Another server, whose clock is ahead of this one's, has released the answers already.
        raise AnswerRefusedError(Refusal.CLOSED)
    box.add({**given(answers), **author_of(locked, membership)})
    rewrite_receipts(locked, Receipt(survey=locked, membership=membership))
    if locked.closing_at is None:
        Survey.objects.filter(pk=locked.pk).update(closing_at=locked.closes_at)


def author_of(survey: Survey, membership: Membership) -> Answers:
    """Return what the answers say about whose they are: nothing if the survey is anonymous."""
    if survey.kind == SurveyKind.NAMED:
        return {MEMBER: membership.pk}
    if survey.kind == SurveyKind.LINKED:
        return {PSEUDONYM: Pseudonym.objects.code_of(membership)}
    return {}


def rewrite_receipts(survey: Survey, new: Receipt) -> None:
    """Replace a survey's receipts by copies, and add `new`."""
    receipts = rewritten([*survey.receipts.all(), new])
    survey.receipts.all().delete()
    Receipt.objects.bulk_create(receipts)


def rewritten(receipts: list[Any]) -> list[Any]:
    """Return the receipts in random order and with random pks.

    Neither the order of the new rows nor their pks reveal in which order people answered.
    """
    RANDOM.shuffle(receipts)
    for receipt in receipts:
        receipt.pk = uuid4()
    return receipts
