"""From a rhythm and what it keeps clear of to dates with reasons: a pure function, the same each time it is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ui import dates
from workshops.times import HalfDay, Rhythm, Slot, local_moment

# How far a date moves at most: to keep clear of closed days, and only to find one that more people can make.
FURTHEST_WEEKS = 104
FURTHEST_FOR_PEOPLE = 2
IN_THE_PAST = "it would lie in the past"


@dataclass(frozen=True)
class Busy:
    """When somebody who is needed is taken, with the words for it: “Tom Sallow facilitates in Essex that morning”."""

    slot: Slot
    words: str


@dataclass(frozen=True)
class Constraints:
    """What a series keeps clear of.

    `closed` says of a day why it is closed (“school holidays”); `lost` who can't make a half day, by their number;
    `avoids_lost` whether dates move to lose fewer. Nothing begins before `now`.
    """

    now: datetime
    closed: Mapping[date, str] = field(default_factory=dict)
    busy: Sequence[Busy] = ()
    lost: Mapping[tuple[date, HalfDay], frozenset[int]] = field(default_factory=dict)
    avoids_lost: bool = False


@dataclass(frozen=True)
class Proposal:
    """A slot for one workshop, why it is where it is, and what is still wrong with it.

    Without a slot no clear date was found. `why` is empty where it stands as the rhythm has it.
    """

    slot: Slot | None
    why: str = ""
    problems: tuple[str, ...] = ()
    lost: frozenset[int] = frozenset()


def propose(rhythm: Rhythm, lengths: Sequence[int], constraints: Constraints) -> list[Proposal]:
    """A slot for each workshop, of its own length in minutes, always at the same time by the clock on the wall.

    Each follows the one before by the rhythm's weeks, or later in whole weeks where that day is not clear. Raises
    ValidationError where the rhythm's time does not exist on a day, or comes twice.
    """
    proposals: list[Proposal] = []
    day = rhythm.first
    for length in lengths:
        proposal = clear_of(day, length, rhythm, constraints)
        proposals.append(proposal)
        found = proposal.slot.starts_at.astimezone(rhythm.zone).date() if proposal.slot else day
        day = found + timedelta(weeks=rhythm.weeks)
    return proposals


def clear_of(day: date, length: int, rhythm: Rhythm, constraints: Constraints) -> Proposal:
    """The first clear date from `day` on in steps of a week, or one soon after it that loses fewer people."""
    reasons: list[str] = []
    best: tuple[int, int, Slot] | None = None
    for weeks in range(FURTHEST_WEEKS + 1):
        if best and weeks > best[1] + FURTHEST_FOR_PEOPLE:
            break
        slot = slot_on(day + timedelta(weeks=weeks), length, rhythm)
        if against := what_speaks_against(slot, constraints, rhythm.zone):
            reasons += [] if best else against
            continue
        count = len(lost_at(slot, constraints, rhythm.zone)) if constraints.avoids_lost else 0
        if best is None or count < best[0]:
            reasons += (
                [f"{people(best[0])} can’t make {dates.day_month(day_of(best[2], rhythm))}"] if best else []
            )
            best = (count, best[1] if best else weeks, slot)
        if count == 0:
            break
    if best is None:
        return Proposal(None, problems=(f"No {day:%A} within two years is clear: {reasons[0]}.",))
    slot = best[2]
    moved = (day_of(slot, rhythm) - day).days // 7
    why = f"moved {weeks_in_words(moved)}: {', '.join(dict.fromkeys(reasons))}" if moved else ""
    return Proposal(slot, why, lost=lost_at(slot, constraints, rhythm.zone))


def judge(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> Proposal:
    """A slot that somebody chose, with what is wrong with it: a sentence each."""
    against = what_speaks_against(slot, constraints, zone)
    problems = tuple(f"{words[:1].upper()}{words[1:]}" for words in against)
    return Proposal(slot, problems=problems, lost=lost_at(slot, constraints, zone))


def what_speaks_against(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> list[str]:
    """In a few words each; empty for a clear slot."""
    day = slot.starts_at.astimezone(zone).date()
    found = [IN_THE_PAST] if slot.starts_at < constraints.now else []
    if day in constraints.closed:
        found.append(constraints.closed[day])
    return found + [busy.words for busy in constraints.busy if busy.slot.overlaps(slot)]


def lost_at(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> frozenset[int]:
    """Who can't make the slot, by their number."""
    return frozenset().union(*(constraints.lost.get(half, ()) for half in slot.half_days(zone)))


def slot_on(day: date, length: int, rhythm: Rhythm) -> Slot:
    starts_at = local_moment(day, rhythm.half_day.starts, rhythm.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=length)
    return Slot(starts_at, ends_at.astimezone(rhythm.zone))


def day_of(slot: Slot, rhythm: Rhythm) -> date:
    return slot.starts_at.astimezone(rhythm.zone).date()


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def weeks_in_words(weeks: int) -> str:
    words = {1: "one week", 2: "two weeks", 3: "three weeks", 4: "four weeks"}
    return words.get(weeks, f"{weeks} weeks")
