"""One person's answers in the rounds of their cohort, which only that person can see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cohorts.models import Membership
from relationships.levels import HELPS, KNOWS, LEVEL_TEXTS, by_sector, sector_of
from relationships.models import AnswerBlob, Levels, Occasion, RosterEntry, Round

MOST_CHANGED = 3


@dataclass(frozen=True)
class Tie:
    """Another participant, and how well the person says that they know them.

    `then` and `now` are the person's answers in the earlier and the later round, as levels (see
    `relationships.levels`); None if there is no answer.
    """

    membership: Membership
    then: int | None
    now: int | None

    @property
    def sector(self) -> str:
        return sector_of(self.membership)

    @property
    def change(self) -> int:
        return (self.now or 0) - (self.then or 0)

    @property
    def then_text(self) -> str:
        return "" if self.then is None else str(LEVEL_TEXTS[self.then])

    @property
    def now_text(self) -> str:
        return "" if self.now is None else str(LEVEL_TEXTS[self.now])


@dataclass(frozen=True)
class Network:
    """One person's answers: in the first round, and in the latest of the others, if there is one.

    If there is only one round, it is `now`, and `before` is None. `is_unreadable` says that the key
    of some answers is missing, `is_deleted` that they are no longer stored.
    """

    membership: Membership
    before: Round | None
    now: Round | None
    ties: list[Tie]
    is_unreadable: bool
    is_deleted: bool

    @property
    def knew(self) -> int:
        return sum((tie.then or 0) >= KNOWS for tie in self.ties)

    @property
    def knows(self) -> int:
        return sum((tie.now or 0) >= KNOWS for tie in self.ties)

    @property
    def helps(self) -> int:
        return sum((tie.now or 0) >= HELPS for tie in self.ties)

    @property
    def helps_elsewhere(self) -> int:
        """The number of people in other sectors whom the person answered about at level HELPS."""
        own = sector_of(self.membership)
        return sum((tie.now or 0) >= HELPS and tie.sector != own for tie in self.ties)

    @property
    def most_changed(self) -> list[Tie]:
        """The ties whose level has increased most since the first round, at most three.

        Ordered by the increase, then by the present level. Empty if there is no earlier round.
        """
        if self.before is None:
            return []
        closer = [tie for tie in self.ties if tie.change > 0]
        return sorted(closer, key=lambda tie: (-tie.change, -(tie.now or 0)))[:MOST_CHANGED]

    @property
    def has_answers(self) -> bool:
        return any(tie.then is not None or tie.now is not None for tie in self.ties)


def network_of(membership: Membership) -> Network:
    """Return the person's answers in both rounds. Makes three queries.

    Includes everybody who is on the roster of either round and has not left it, so that each
    person has the same place in both pictures.
    """
    opened = {
        one.occasion: one
        for one in Round.objects.opened().filter(
            cohort=membership.cohort_id, roster__membership=membership
        )
    }
    before = opened.get(Occasion.START)
    latest = opened.get(Occasion.LATER) or opened.get(Occasion.END)
    rounds = [one for one in (before, latest) if one]
    blobs = {
        blob.round_id: blob
        for blob in AnswerBlob.objects.filter(round__in=rounds, membership=membership)
    }
    levels = {pk: {} if blob.is_unreadable else blob.read() for pk, blob in blobs.items()}
    then = levels.get(before.pk, {}) if before and latest else {}
    now = levels.get(rounds[-1].pk, {}) if rounds else {}
    return Network(
        membership=membership,
        before=before if latest else None,
        now=rounds[-1] if rounds else None,
        ties=ties_of(membership, rounds, then, now),
        is_unreadable=any(blob.is_unreadable for blob in blobs.values()),
        is_deleted=bool(rounds) and not blobs,
    )


def ties_of(membership: Membership, rounds: list[Round], then: Levels, now: Levels) -> list[Tie]:
    entries = RosterEntry.objects.filter(round__in=rounds).exclude(membership=membership)
    off = {entry.membership_id for entry in entries if entry.is_left_off}
    members = {
        entry.membership_id: entry.membership
        for entry in entries.select_related("membership__user", "membership__organisation")
        if entry.membership_id not in off and entry.membership.user.erased_at is None
    }
    return [Tie(one, then.get(one.pk), now.get(one.pk)) for one in by_sector(members.values())]


def open_round_of(membership: Membership, moment: datetime) -> Round | None:
    """Return the round that the person can answer or change now, or None."""
    found: Round | None = (
        Round.objects.open_at(moment)
        .filter(roster__membership=membership, roster__is_left_off=False)
        .select_related("cohort__programme")
        .first()
    )
    return found
