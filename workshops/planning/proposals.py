"""From a rhythm and what it keeps clear of to dates with reasons: a pure function, the same each time it is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import takewhile
from zoneinfo import ZoneInfo

from ui import dates
from ui.numbers import in_words
from workshops.times import HalfDay, Recurrence, Slot, local_moment

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

    @cached_property
    def busy_by_day(self) -> Mapping[date, Sequence[Busy]]:
        """By the days they touch, in order: of years of other workshops, only those of a day are looked at."""
        by_day: defaultdict[date, list[Busy]] = defaultdict(list)
        for busy in sorted(self.busy, key=lambda busy: (busy.slot.starts_at, busy.words)):
            for day in days_touched(busy.slot):
                by_day[day].append(busy)
        return by_day


@dataclass(frozen=True)
class Proposal:
    """A slot for one workshop, why it is where it is, and what is still wrong with it.

    Without a slot no clear date was found. `why` is empty where it stands as the rhythm has it.
    """

    slot: Slot | None
    why: str = ""
    problems: tuple[str, ...] = ()
    lost: frozenset[int] = frozenset()


def propose(rhythm: Recurrence, lengths: Sequence[int], constraints: Constraints) -> list[Proposal]:
    """A slot for each workshop, of its own length in minutes, always at the same time by the clock on the wall.

    Each follows the one before by the rhythm's weeks, or later in whole weeks where that day is not clear. Raises
    ValidationError where the rhythm's time does not exist on a day, or comes twice.
    """
    proposals: list[Proposal] = []
    day = rhythm.first
    for length in lengths:
        proposal = best_from(day, length, rhythm, constraints)
        proposals.append(proposal)
        found = proposal.slot.starts_at.astimezone(rhythm.zone).date() if proposal.slot else day
        day = found + timedelta(weeks=rhythm.weeks)
    return proposals


def best_from(day: date, length: int, rhythm: Recurrence, constraints: Constraints) -> Proposal:
    """The first clear date from `day` on, or one soon after it that loses fewer people."""
    clear = clear_dates(day, length, rhythm, constraints)
    first = next(clear, None)
    if first is None or first.slot is None:
        against = what_speaks_against(slot_on(day, length, rhythm), constraints, rhythm.zone)
        return Proposal(None, problems=(f"No {day:%A} within two years is clear: {against[0]}.",))
    if not (constraints.avoids_lost and first.lost):
        return first
    furthest = first.slot.starts_at + timedelta(weeks=FURTHEST_FOR_PEOPLE)
    soon = takewhile(lambda one: one.slot is not None and one.slot.starts_at <= furthest, clear)
    return min((first, *soon), key=lambda one: len(one.lost))


def clear_dates(
    day: date, length: int, rhythm: Recurrence, constraints: Constraints
) -> Iterator[Proposal]:
    """The clear dates from `day` on in steps of a week, each with why all those before it were passed over."""
    passed: list[str] = []
    for weeks in range(FURTHEST_WEEKS + 1):
        this_day = day + timedelta(weeks=weeks)
        slot = slot_on(this_day, length, rhythm)
        against = what_speaks_against(slot, constraints, rhythm.zone)
        if not against:
            lost = lost_at(slot, constraints, rhythm.zone)
            yield Proposal(slot, moved(weeks, passed), lost=lost)
            against = [f"{people(len(lost))} can’t make {dates.day_month(this_day)}"]
        passed += against


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
    near = [busy for day in days_touched(slot) for busy in constraints.busy_by_day.get(day, ())]
    return found + list(dict.fromkeys(busy.words for busy in near if busy.slot.overlaps(slot)))


def lost_at(slot: Slot, constraints: Constraints, zone: ZoneInfo) -> frozenset[int]:
    """Who can't make the slot, by their number."""
    return frozenset().union(*(constraints.lost.get(half, ()) for half in slot.half_days(zone)))


def slot_on(day: date, length: int, rhythm: Recurrence) -> Slot:
    starts_at = local_moment(day, rhythm.half_day.starts, rhythm.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=length)
    return Slot(starts_at, ends_at.astimezone(rhythm.zone))


def days_touched(slot: Slot) -> list[date]:
    """The days of a slot by UTC: two that overlap share one."""
    first, last = slot.starts_at.astimezone(UTC).date(), slot.ends_at.astimezone(UTC).date()
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]


def moved(weeks: int, passed: Sequence[str]) -> str:
    """“moved one week: school holidays”; what a longer reason says already is not said again."""
    if not weeks:
        return ""
    reasons = list(dict.fromkeys(passed))
    told = [
        words for words in reasons if not any(words in other for other in reasons if other != words)
    ]
    return f"moved {weeks_in_words(weeks)}: {', '.join(told)}"


def people(count: int) -> str:
    return "1 person" if count == 1 else f"{count} people"


def weeks_in_words(weeks: int) -> str:
    return "one week" if weeks == 1 else f"{in_words(weeks)} weeks"
