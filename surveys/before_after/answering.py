"""The submission of answers to a wave: by a participant, or by a manager or colleague."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from cohorts.models import Membership
from surveys.before_after.instrument import COMPARED, HOPE, SIGHTS, UNSEEN, questions_of
from surveys.before_after.timing import timed
from surveys.models import (
    PSEUDONYM,
    Answers,
    Colleague,
    Hope,
    Pseudonym,
    Wave,
    WaveBox,
    WaveReceipt,
)
from surveys.submission import rewritten
from surveys.validation import check_answers, given


class Refusal(StrEnum):
    """The reason why somebody cannot answer a wave."""

    ANSWERED = "answered"
    NOT_OPEN = "not_open"
    CLOSED = "closed"


class AnswerRefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(f"The answer was refused: {why}.")
        self.why = why


def refusal_for(wave: Any, moment: datetime, *, has_answered: bool) -> Refusal | None:
    """Return why somebody cannot answer the wave now; None if they can.

    The wave must be annotated by `with_times`.
    """
    if has_answered:
        return Refusal.ANSWERED
    if wave.closes is not None and wave.closes <= moment:
        return Refusal.CLOSED
    return None if wave.opens is not None and wave.opens <= moment else Refusal.NOT_OPEN


def has_answered(wave: Wave, membership: Membership) -> bool:
    return WaveReceipt.objects.filter(wave=wave, membership=membership).exists()


@transaction.atomic
def submit(*, wave: Wave, membership: Membership, answers: Answers, at: datetime) -> None:
    """Save one participant's answers to a wave.

    Raises AnswerRefusedError if they cannot answer, ValidationError if the answers are not valid,
    and UnreadableBoxError if an encryption key is missing.

    The answers go into the wave's encrypted box, with the participant's pseudonym. What they hope
    for is stored separately, and only they can read it. The receipts are rewritten, so that their
    order doesn't reveal who answered when.
    """
    locked = lock(wave)
    if why := refusal_for(locked, at, has_answered=has_answered(locked, membership)):
        raise AnswerRefusedError(why)
    check_answers(questions_of(locked.occasion), answers)
    told = given(answers)
    hope = told.pop(HOPE, "")
    box_of(locked).add({**told, PSEUDONYM: Pseudonym.objects.code_of(membership)})
    receipts = rewritten([*locked.receipts.all(), WaveReceipt(wave=locked, membership=membership)])
    locked.receipts.all().delete()
    WaveReceipt.objects.bulk_create(receipts)
    if hope:
        Hope.objects.update_or_create(
            author=membership.user, cohort=locked.cohort, defaults={"text": hope}
        )
    fix_closing_time(locked)


@transaction.atomic
def submit_sights(*, wave: Wave, colleague: Colleague, answers: Answers, at: datetime) -> None:
    """Save one colleague's answers, which identify neither the colleague nor the participant.

    Raises AnswerRefusedError and UnreadableBoxError as `submit` does, and ValueError if the answers
    are not valid.
    """
    locked = lock(wave)
    asked = Colleague.objects.select_for_update().filter(pk=colleague.pk)
    has_answered = not asked.filter(has_answered=False).exists()
    if why := refusal_for(locked, at, has_answered=has_answered):
        raise AnswerRefusedError(why)
    known = {value for value, _label in COMPARED} | {UNSEEN}
    if not set(answers) <= set(SIGHTS) or not set(answers.values()) <= known:
        raise ValueError("These are not answers to the questions for colleagues.")
    box_of(locked).add(answers)
    asked.update(has_answered=True)
    fix_closing_time(locked)


def lock(wave: Wave) -> Wave:
    """Lock the wave's row, and return it annotated by `with_times`.

    The lock serialises submissions and the release. SQLite ignores row locks, but allows only one
    writing transaction.
    """
    Wave.objects.select_for_update().get(pk=wave.pk)
    return timed(wave)


def box_of(wave: Wave) -> WaveBox:
    """Return the wave's box. Raises AnswerRefusedError if its answers have been released."""
    box = WaveBox.objects.filter(wave=wave).first()
    if box is None:
        raise AnswerRefusedError(Refusal.CLOSED)
    return box


def fix_closing_time(wave: Any) -> None:
    if wave.closing_at is None:
        Wave.objects.filter(pk=wave.pk).update(closing_at=wave.closes)
