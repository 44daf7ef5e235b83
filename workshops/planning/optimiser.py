"""The set of dates that loses fewest people, among the half days they were asked about: a pure function."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import add

from django.core.exceptions import ValidationError

from ui import dates
from workshops.planning.proposals import (
    Constraints,
    Proposal,
    lost_at,
    people,
    propose,
    slot_on,
    what_speaks_against,
)
from workshops.times import HalfDay, Recurrence, Slot

# A gap is the rhythm's, or up to this much shorter or longer.
GIVE = timedelta(weeks=1)
# One person lost weighs more than any distance from the rhythm, which is counted in days.
ONE_LOST = 1_000_000
NEVER = 10**15

Asked = tuple[date, HalfDay]


@dataclass(frozen=True)
class Option:
    """A clear half day for one workshop, who can't make it, and what it costs to meet then."""

    slot: Slot
    lost: frozenset[int]
    cost: int


def fewest_lost(
    rhythm: Recurrence, lengths: Sequence[int], constraints: Constraints, half_days: Iterable[Asked]
) -> list[Proposal]:
    """A date for each workshop, in order, that together lose fewest; empty if the half days hold no whole set.

    Each gap is the rhythm's weeks, give or take one, and every date is clear. Of sets that lose as few, the one closest
    to the rhythm is taken: by days from its first date, by days that gaps differ from its weeks, and one for each date
    in the other half of the day. Of those as close, the earliest. Raises ValidationError where `propose` does.
    """
    asked: defaultdict[date, list[HalfDay]] = defaultdict(list)
    for day, half in sorted(set(half_days)):
        asked[day].append(half)
    options = {
        length: [best_option(day, asked[day], length, rhythm, constraints) for day in asked]
        for length in set(lengths)
    }
    chosen = cheapest(rhythm, list(asked), [options[length] for length in lengths])
    if not chosen:
        return []
    usual = propose(rhythm, lengths, replace(constraints, avoids_lost=False))
    return [
        Proposal(option.slot, why_there(option, before, rhythm), lost=option.lost)
        for place, length, before in zip(chosen, lengths, usual, strict=True)
        if (option := options[length][place])
    ]


def best_option(
    day: date, halves: Iterable[HalfDay], length: int, rhythm: Recurrence, constraints: Constraints
) -> Option | None:
    """What costs least of a day's halves, as what can follow is the same for each; None where none is clear."""
    clear = clear_options(day, halves, length, rhythm, constraints)
    return min(clear, key=lambda option: option.cost, default=None)


def clear_options(
    day: date, halves: Iterable[HalfDay], length: int, rhythm: Recurrence, constraints: Constraints
) -> Iterator[Option]:
    """Of a day the halves that nothing speaks against."""
    for half in halves:
        try:
            slot = slot_on(day, length, replace(rhythm, half_day=half))
        except ValidationError:  # a time that the clocks leave out there, or that comes twice
            continue
        if not what_speaks_against(slot, constraints, rhythm.zone):
            lost = lost_at(slot, constraints, rhythm.zone)
            yield Option(slot, lost, ONE_LOST * len(lost) + (half != rhythm.half_day))


def cheapest(
    rhythm: Recurrence, days: Sequence[date], options: Sequence[Sequence[Option | None]]
) -> list[int]:
    """The places in `days` of the set that costs least, worked out from the last workshop to the first.

    With as little cost ahead, the earlier day is taken at each step, and so the earliest set of all.
    """
    gap = timedelta(weeks=rhythm.weeks)
    reach = [
        (
            bisect_left(days, max(day + gap - GIVE, day + timedelta(days=1))),
            bisect_right(days, day + gap + GIVE),
        )
        for day in days
    ]
    off = [
        [abs((days[place] - day - gap).days) for place in range(*within)]
        for day, within in zip(days, reach, strict=True)
    ]
    ahead = [0] * len(days)
    following: list[list[int]] = []
    for of_workshop in reversed(options):
        here = [
            NEVER if option is None else option.cost + after
            for option, after in zip(of_workshop, ahead, strict=True)
        ]
        if len(following) == len(options) - 1:
            return path(rhythm, days, here, following)
        steps, ahead = [], []
        for (start, end), distances in zip(reach, off, strict=True):
            costs = list(map(add, here[start:end], distances))
            least = min(costs, default=NEVER)
            ahead.append(min(least, NEVER))
            steps.append(start + costs.index(least) if costs else -1)
        following.append(steps)
    return []


def path(
    rhythm: Recurrence, days: Sequence[date], here: list[int], following: list[list[int]]
) -> list[int]:
    """From the best first place by what follows each; empty if no first place leads anywhere."""
    firsts = [cost + abs((day - rhythm.first).days) for cost, day in zip(here, days, strict=True)]
    least = min(firsts, default=NEVER)
    if least >= NEVER:
        return []
    chosen = [firsts.index(least)]
    for steps in reversed(following):
        chosen.append(steps[chosen[-1]])
    return chosen


def why_there(option: Option, usual: Proposal, rhythm: Recurrence) -> str:
    """What is won against the rhythm's own date; empty where it is that date."""
    if usual.slot is None or usual.slot == option.slot:
        return ""
    before = dates.day_month(usual.slot.starts_at.astimezone(rhythm.zone).date())
    fewer = len(usual.lost) - len(option.lost)
    if fewer > 0:
        return f"{people(fewer).replace(' ', ' fewer ', 1)} lost than on {before}"
    return f"instead of {before}, so that fewer are lost over all the dates"
