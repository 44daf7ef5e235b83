"""The opening of rounds, by themselves or by a facilitator, and the lists of people they ask."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F

from accounts.models import User
from cohorts.models import Cohort, Membership, MembershipQuerySet
from relationships.answers import rewrite_blobs
from relationships.models import Occasion, RosterEntry, Round
from relationships.timing import OPENED_BY_HAND_FOR, SHORTEST, timed, with_times
from surveys.before_after.timing import LATER_DAYS_OPEN, OPENING_TIME
from surveys.disclosure import is_large_enough

logger = logging.getLogger(__name__)


class Obstacle(StrEnum):
    """The reason why a round can't be opened."""

    TOO_FEW = "too_few"
    NO_START = "no_start"
    ANOTHER_OPEN = "another_open"
    ARCHIVED = "archived"


class NotOpenedError(Exception):
    def __init__(self, why: Obstacle) -> None:
        super().__init__(f"The round was not opened: {why}.")
        self.why = why


def participants_of(cohort: Cohort) -> MembershipQuerySet:
    found: MembershipQuerySet = cohort.memberships.active().participating()
    return found


def obstacle_to(one: Round, moment: datetime, *, people: int) -> Obstacle | None:
    """Return why the round can't be opened now; None if it can. Makes at most one query.

    `people` is the number of participants of its cohort.
    """
    if one.cohort.is_archived:
        return Obstacle.ARCHIVED
    if not is_large_enough(people):
        return Obstacle.TOO_FEW
    opened = list(Round.objects.opened().filter(cohort=one.cohort))
    if any(other.is_open(moment) for other in opened):
        return Obstacle.ANOTHER_OPEN
    if one.occasion != Occasion.START and not any(
        other.occasion == Occasion.START for other in opened
    ):
        return Obstacle.NO_START
    return None


@transaction.atomic
def open_round(one: Round, *, by: User | None, at: datetime) -> Round:
    """Open a round and store whom it asks. Does nothing if the round is open or over already.

    `by` is None if the round opens by itself. Raises NotOpenedError. Openings in one cohort are
    serialised by a lock on its row.
    """
    cohort = Cohort.objects.select_for_update(no_key=True).get(pk=one.cohort_id)
    found = timed(one)
    if found.is_opened:
        return found  # type: ignore[no-any-return]
    members = list(participants_of(cohort))
    if why := obstacle_to(found, at, people=len(members)):
        raise NotOpenedError(why)
    found.closing_at = found.closes if by is None else closing_by_hand(found, at)
    found.opened_at, found.opened_by = at, by
    found.save(update_fields=["opened_at", "opened_by", "closing_at"])
    add_to_roster(found, members)
    return found  # type: ignore[no-any-return]


def closing_by_hand(one: Any, at: datetime) -> datetime:
    """Return when a round closes if a facilitator opens it at `at`. `one` is annotated `closes`."""
    if one.occasion == Occasion.START and one.closes and one.closes - at >= SHORTEST:
        found: datetime = one.closes
        return found
    later = one.occasion == Occasion.LATER
    return at_nine(at + (timedelta(days=LATER_DAYS_OPEN) if later else OPENED_BY_HAND_FOR), one)


def at_nine(moment: datetime, one: Round) -> datetime:
    """Return the next 9am, in the cohort's time zone, at or after `moment`."""
    zone = one.cohort.zone
    local = moment.astimezone(zone)
    day = local.date() + timedelta(days=local.time() > OPENING_TIME)
    return datetime.combine(day, OPENING_TIME, zone).astimezone(UTC)


def add_to_roster(one: Round, members: list[Membership]) -> None:
    """Put these members on the list of a locked round. Each gets an empty answer blob."""
    RosterEntry.objects.bulk_create(RosterEntry(round=one, membership=m) for m in members)
    rewrite_blobs(one, {member.pk: {} for member in members})


def open_due_rounds(*, at: datetime) -> None:
    """Open the rounds that are due, and add people who joined later to the rosters of open rounds.

    A round whose workshop was over when the round was planned never opens here. If a round can't be
    opened, the error is logged, and the other rounds are opened.
    """
    due = with_times(Round.objects.in_use().filter(opened_at=None, cohort__archived_at=None))
    due = due.filter(opens__lte=at, closes__gt=at, anchor__gt=F("made_at"))
    for one in due.select_related("cohort"):
        try:
            open_round(one, by=None, at=at)
        except NotOpenedError as refusal:
            logger.info("Round %d does not open: %s.", one.pk, refusal.why)
        except Exception:
            logger.exception("Round %d could not be opened.", one.pk)
    for one in Round.objects.open_at(at):
        try:
            add_late_joiners(one, at=at)
        except Exception:
            logger.exception("The list of round %d could not be extended.", one.pk)


@transaction.atomic
def add_late_joiners(one: Round, *, at: datetime) -> int:
    """Add the participants who are not on an open round's list. Return how many there were."""
    locked = Round.objects.select_for_update().open_at(at).filter(pk=one.pk).first()
    if locked is None:
        return 0
    members = Membership.objects.active().participating().filter(cohort=locked.cohort_id)
    late = list(members.exclude(roster_entries__round=locked))
    if late:
        add_to_roster(locked, late)
    return len(late)
