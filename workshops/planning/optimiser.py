"""The search for the dates that most people can make, among half days. Pure functions."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from operator import add

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ui import dates
from workshops.planning.proposals import (
    Constraints,
    Proposal,
    propose,
    reasons_against,
    slot_on,
    unavailable_at,
)
from workshops.times import HalfDay, Recurrence, Slot

# The most by which the gap between two workshops may differ from the recurrence's gap.
TOLERANCE = timedelta(weeks=1)
# The cost of one person who can't make a date. A difference from the recurrence costs only one for
# each day, so no such difference outweighs a person.
COST_PER_PERSON = 1_000_000
# Stands for the cost where there is no set of dates. It is higher than the cost of any set.
INFEASIBLE = 10**15


@dataclass(frozen=True)
class Option:
    """A free slot for one workshop, with its cost.

    `unavailable` holds the primary keys of the memberships that can't make the slot.
    """

    slot: Slot
    unavailable: frozenset[int]
    cost: int


def optimise_dates(
    recurrence: Recurrence,
    lengths: Sequence[int],
    constraints: Constraints,
    half_days: Iterable[tuple[date, HalfDay]],
) -> list[Proposal]:
    """Return the proposals that most people can make, one for each workshop length (in minutes).

    Each proposal is a free slot in one of the half days, and each gap between two is that of the
    recurrence, plus or minus a week. Return an empty list if the half days do not contain such a
    set of slots.

    The best set is the one for which the number of people who can't make a slot, summed over the
    slots, is lowest. Of several such sets the one closest to the recurrence wins. The distance of a
    set is the number of days between its first slot and the recurrence's, plus the days by which
    each gap differs, plus one for each slot in the other half of the day. Of several equally close
    sets the earliest wins.

    Raises ValidationError as `propose` does.
    """
    halves_by_day: defaultdict[date, list[HalfDay]] = defaultdict(list)
    for day, half in sorted(set(half_days)):
        halves_by_day[day].append(half)
    options = {
        length: [
            best_option(day, halves_by_day[day], length, recurrence, constraints)
            for day in halves_by_day
        ]
        for length in set(lengths)
    }
    chosen = cheapest_path(recurrence, list(halves_by_day), [options[length] for length in lengths])
    if not chosen:
        return []
    regular = propose(recurrence, lengths, replace(constraints, moves_for_people=False))
    return [
        Proposal(
            option.slot, explain(option, instead_of, recurrence), unavailable=option.unavailable
        )
        for index, length, instead_of in zip(chosen, lengths, regular, strict=True)
        if (option := options[length][index])
    ]


def best_option(
    day: date,
    halves: Iterable[HalfDay],
    length: int,
    recurrence: Recurrence,
    constraints: Constraints,
) -> Option | None:
    """Return the option that costs least among the halves of a day, or None if neither is free.

    The more expensive half is never better, because the cost of the later workshops depends only on
    the day.
    """
    free = free_options(day, halves, length, recurrence, constraints)
    return min(free, key=lambda option: option.cost, default=None)


def free_options(
    day: date,
    halves: Iterable[HalfDay],
    length: int,
    recurrence: Recurrence,
    constraints: Constraints,
) -> Iterator[Option]:
    for half in halves:
        try:
            slot = slot_on(day, length, replace(recurrence, half_day=half))
        except ValidationError:  # the local time does not exist on this day, or occurs twice
            continue
        if not reasons_against(slot, constraints, recurrence.zone):
            unavailable = unavailable_at(slot, constraints, recurrence.zone)
            cost = COST_PER_PERSON * len(unavailable) + (half != recurrence.half_day)
            yield Option(slot, unavailable, cost)


def cheapest_path(
    recurrence: Recurrence, days: Sequence[date], options: Sequence[Sequence[Option | None]]
) -> list[int]:
    """Return an index into `days` for each workshop, so that the total cost is lowest.

    `options` has for each workshop its option on each day, None if the day is not free. Return an
    empty list if there is no complete set of days.

    This is dynamic programming from the last workshop to the first. Of two days that cost the same
    the earlier one is taken, so the earliest of the cheapest sets wins.
    """
    gap = timedelta(weeks=recurrence.weeks)
    # For each day, the range of days on which the next workshop may be, as indexes into `days`: the
    # start (inclusive) and the end (exclusive).
    reach = [
        (
            bisect_left(days, max(day + gap - TOLERANCE, day + timedelta(days=1))),
            bisect_right(days, day + gap + TOLERANCE),
        )
        for day in days
    ]
    gap_costs = [
        [abs((days[index] - day - gap).days) for index in range(*within)]
        for day, within in zip(days, reach, strict=True)
    ]
    cost_ahead = [0] * len(days)
    best_next: list[list[int]] = []
    for workshop_options in reversed(options):
        cost_here = [
            INFEASIBLE if option is None else option.cost + ahead
            for option, ahead in zip(workshop_options, cost_ahead, strict=True)
        ]
        if len(best_next) == len(options) - 1:
            return trace_path(recurrence, days, cost_here, best_next)
        steps, cost_ahead = [], []
        for (start, end), distances in zip(reach, gap_costs, strict=True):
            costs = list(map(add, cost_here[start:end], distances))
            lowest = min(costs, default=INFEASIBLE)
            cost_ahead.append(min(lowest, INFEASIBLE))
            steps.append(start + costs.index(lowest) if costs else -1)
        best_next.append(steps)
    return []


def trace_path(
    recurrence: Recurrence, days: Sequence[date], cost_here: list[int], best_next: list[list[int]]
) -> list[int]:
    """Return the index of the best day for each workshop, or an empty list if there is no set.

    `cost_here` is the cost of each day for the first workshop, including the later workshops.
    `best_next` has a list for each later workshop, from the last to the second: the index of its
    best day, for each day of the workshop before it.
    """
    first_costs = [
        cost + abs((day - recurrence.first).days) for cost, day in zip(cost_here, days, strict=True)
    ]
    lowest = min(first_costs, default=INFEASIBLE)
    if lowest >= INFEASIBLE:
        return []
    path = [first_costs.index(lowest)]
    for steps in reversed(best_next):
        path.append(steps[path[-1]])
    return path


def explain(option: Option, regular: Proposal, recurrence: Recurrence) -> str:
    """Return why the option was chosen over `regular`, the proposal of the recurrence.

    Empty if both have the same slot, or if the recurrence found no free date.
    """
    if regular.slot is None or regular.slot == option.slot:
        return ""
    day = dates.day_month(regular.slot.starts_at.astimezone(recurrence.zone).date())
    gained = len(regular.unavailable) - len(option.unavailable)
    if gained > 0:
        return ngettext(
            "%(count)d more person can make it than on %(day)s",
            "%(count)d more people can make it than on %(day)s",
            gained,
        ) % {"count": gained, "day": day}
    return _("Instead of %(day)s, so that more people can make the dates overall") % {"day": day}
