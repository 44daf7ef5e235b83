"""Closing rounds. The changes between rounds are counted once, and stored without names."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from cohorts.models import Membership
from relationships.answers import lock, remove_people, require_readable
from relationships.figures import Person, RoundAnswers, compare
from relationships.levels import sector_of
from relationships.models import (
    AnswerBlob,
    Levels,
    Occasion,
    RosterEntry,
    Round,
    RoundFigures,
    RoundReceipt,
    UnreadableAnswersError,
)
from surveys.release import truncate_write_ahead_log

logger = logging.getLogger(__name__)


def close_due_rounds(*, at: datetime) -> int:
    """Close every round whose closing time has passed. Return the number of rounds closed.

    If a round can't be closed, the error is logged, and the other rounds are closed.
    """
    closed = 0
    due = Round.objects.filter(closing_at__lte=at, closed_at=None)
    for pk in list(due.values_list("pk", flat=True)):
        try:
            closed += close_round(pk, at=at)
        except UnreadableAnswersError:
            logger.error(
                "The answers to round %d can't be decrypted: its key is not in REFLECTION_KEYS.", pk
            )
        except Exception:
            logger.exception("Round %d could not be closed.", pk)
    return closed


@transaction.atomic
def close_round(pk: int, *, at: datetime) -> bool:
    """Close a round: delete answers by and about people who left the list, and store its figures.

    Does nothing and returns False if the closing time has not passed, or the round is closed.
    Raises UnreadableAnswersError if an encryption key is missing.
    """
    locked = lock(Round.objects.get(pk=pk))
    if locked.closed_at or not locked.is_over(at):
        return False
    require_readable(locked)
    left_off = RosterEntry.objects.filter(round=locked, is_left_off=True)
    remove_people(locked, set(left_off.values_list("membership", flat=True)))
    store_figures(locked)
    locked.closed_at = at
    locked.save(update_fields=["closed_at"])
    transaction.on_commit(truncate_write_ahead_log, robust=True)
    return True


def store_figures(after: Round) -> None:
    """Store what changed since the cohort's first round. Raises UnreadableAnswersError.

    Does nothing for the first round, and if the first round's answers have been deleted.
    """
    rounds = {one.occasion: one for one in Round.objects.opened().filter(cohort=after.cohort_id)}
    before = rounds.get(Occasion.START)
    if before is None or after.occasion == Occasion.START:
        return
    if before.closed_at is None:
        raise UnreadableAnswersError  # the first round is not closed, because its key is missing
    earlier = RoundFigures.objects.filter(before=before)
    RoundFigures.objects.create(
        before=before,
        after=after,
        counts=compare(
            people_of(before, after),
            round_answers(before),
            round_answers(after),
            shows_first=not earlier.exclude(counts__detail="nothing").exists(),
        ),
    )


def people_of(*rounds: Round) -> dict[int, Person]:
    """Return everybody who is on a list of these rounds, with their organisation and sector."""
    members = Membership.objects.filter(roster_entries__round__in=rounds).distinct()
    return {
        one.pk: Person(one.organisation_id, sector_of(one))
        for one in members.select_related("organisation")
    }


def round_answers(one: Round) -> RoundAnswers:
    """Return the answers of a round, and the people on its list.

    Includes people who have left the cohort since, whether or not they had finished. Otherwise,
    removing somebody would reveal whether they had.
    """
    roster = RosterEntry.objects.listed().filter(round=one).values_list("membership", flat=True)
    return RoundAnswers(frozenset(roster), answers_of(one))


def answers_of(one: Round) -> dict[int, Levels]:
    """Return the answers of people who have finished the round. Raises UnreadableAnswersError."""
    finished = RoundReceipt.objects.filter(round=one).values("membership")
    blobs = AnswerBlob.objects.filter(round=one, membership__in=finished)
    return {blob.membership_id: blob.read() for blob in blobs}
