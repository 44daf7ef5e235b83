"""The search for the sets that break the fewest rules. A pure function.

The search is simulated annealing by swaps. Two people of different sets change places if that does
not increase the cost, and sometimes if it does: the higher the temperature, the more often. The
same people, rules, pins and seed always give the same sets. See
docs/decisions/0017-sets-by-annealing.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from math import exp
from random import Random

from sets.making.rules import SECTOR_COST, Person, Rules, pair_cost
from sets.making.sizes import sizes

RESTARTS, STEPS = 10, 60_000
# The temperature falls from above MET_COST (two people who have met) to below SECTOR_COST.
HOTTEST, COLDEST = 200.0, 2.0
# The temperature is lowered each time this many swaps have been tried.
SWAPS_AT_ONE_TEMPERATURE = 500

Progress = Callable[[int], object]


def make_sets(
    people: Collection[Person],
    rules: Rules,
    *,
    number_of_sets: int,
    seed: int,
    pins: Mapping[int, int] | None = None,
    progress: Progress = lambda percent: None,
) -> list[list[int]]:
    """Return the keys of each set's people, in ascending order.

    `pins` maps the key of somebody who must stay to the index of their set. `progress` is called
    with the percentage that is done. Raises ValueError if a person is named twice, if there are
    fewer people than sets, or if more people are pinned to a set than it holds.
    """
    ordered = sorted(people, key=lambda person: person.key)
    keys = [person.key for person in ordered]
    if len(set(keys)) < len(keys):
        raise ValueError("A person is named twice.")
    if not 1 <= number_of_sets <= len(keys):
        raise ValueError("There must be at least one person for each set.")
    pinned = {keys.index(key): place for key, place in (pins or {}).items() if key in set(keys)}
    random = Random(seed)  # noqa: S311 (it chooses nothing secret, and must be repeatable)
    search = Search(ordered, rules, set_sizes(len(keys), number_of_sets, pinned), pinned)
    best, least = search.start(random), -1
    for restart in range(RESTARTS):
        found, cost = search.anneal(random)
        if least < 0 or cost < least:
            best, least = found, cost
        progress((restart + 1) * 100 // RESTARTS)
        if least <= search.lower_bound:
            break
    progress(100)
    return [
        [key for key, place in zip(keys, best, strict=True) if place == index]
        for index in range(number_of_sets)
    ]


def set_sizes(people: int, number_of_sets: int, pinned: Mapping[int, int]) -> list[int]:
    """Return the size of each set by its index. Those with the most pinned people are larger.

    Raises ValueError if more people are pinned to a set than it holds.
    """
    counts = [0] * number_of_sets
    for place in pinned.values():
        if not 0 <= place < number_of_sets:
            raise ValueError("Somebody is pinned to a set that doesn’t exist.")
        counts[place] += 1
    by_pins = sorted(range(number_of_sets), key=lambda index: (-counts[index], index))
    found = [0] * number_of_sets
    for index, size in zip(by_pins, sizes(people, number_of_sets), strict=True):
        if counts[index] > size:
            raise ValueError("Too many people are pinned to one set.")
        found[index] = size
    return found


class Search:
    """The state of a search: people numbered from 0, the cost of each pair, and the free places."""

    def __init__(
        self,
        people: list[Person],
        rules: Rules,
        set_sizes: list[int],
        pinned: Mapping[int, int],
    ) -> None:
        self.set_sizes, self.pinned = set_sizes, pinned
        self.free = [index for index in range(len(people)) if index not in pinned]
        self.costs = [[pair_cost(one, other, rules) for other in people] for one in people]
        for index in range(len(people)):
            self.costs[index][index] = 0
        names = sorted({person.sector for person in people} - {""})
        # People without a sector have the last number, which no set needs.
        self.sectors = [names.index(one.sector) if one.sector else len(names) for one in people]
        self.number_of_sectors = len(names)
        self.lower_bound = SECTOR_COST * sum(
            max(0, len(set_sizes) - self.sectors.count(sector)) for sector in range(len(names))
        )

    def start(self, random: Random) -> list[int]:
        """Return a random division: the index of each person's set."""
        places = [-1] * len(self.costs)
        seats = [index for index, size in enumerate(self.set_sizes) for _seat in range(size)]
        for person, place in self.pinned.items():
            places[person] = place
            seats.remove(place)
        random.shuffle(seats)
        for person, place in zip(self.free, seats, strict=True):
            places[person] = place
        return places

    def anneal(self, random: Random) -> tuple[list[int], int]:
        """Return the division that one restart ends with, and its cost.

        `load[i][s]` is the cost of person i together with the people of set s, so that the cost of
        a swap is computed without a loop. `present[s][k]` counts the people of sector k in set s.
        """
        places = self.start(random)
        load, present = self.loads(places), self.presence(places)
        cost, free, costs, sectors = self.cost(places), self.free, self.costs, self.sectors
        if len(free) < 2:
            return places, cost
        draw, count = random.random, len(free)
        temperature = HOTTEST
        cooling = (COLDEST / HOTTEST) ** (SWAPS_AT_ONE_TEMPERATURE / STEPS)
        best, least = list(places), cost
        for step in range(STEPS):
            if step % SWAPS_AT_ONE_TEMPERATURE == 0:
                temperature *= cooling
            one, other = free[int(draw() * count)], free[int(draw() * count)]
            here, there = places[one], places[other]
            if here == there:
                continue
            change = (
                load[one][there]
                + load[other][here]
                - load[one][here]
                - load[other][there]
                - 2 * costs[one][other]
            )
            if sectors[one] != sectors[other]:
                change += self.sector_change(present, one, other, here, there)
            if change > 0 and draw() >= exp(-change / temperature):
                continue
            places[one], places[other] = there, here
            cost += change
            mine, theirs = costs[one], costs[other]
            for person, row in enumerate(load):
                moved = mine[person] - theirs[person]
                row[there] += moved
                row[here] -= moved
            present[here][sectors[one]] -= 1
            present[here][sectors[other]] += 1
            present[there][sectors[other]] -= 1
            present[there][sectors[one]] += 1
            if cost < least:
                best, least = list(places), cost
                if least <= self.lower_bound:
                    break
        return best, least

    def sector_change(
        self, present: list[list[int]], one: int, other: int, here: int, there: int
    ) -> int:
        mine, theirs = self.sectors[one], self.sectors[other]
        change = 0
        if mine < self.number_of_sectors:
            change += (present[here][mine] == 1) - (present[there][mine] == 0)
        if theirs < self.number_of_sectors:
            change += (present[there][theirs] == 1) - (present[here][theirs] == 0)
        return SECTOR_COST * change

    def loads(self, places: list[int]) -> list[list[int]]:
        load = [[0] * len(self.set_sizes) for _person in self.costs]
        for row, costs in zip(load, self.costs, strict=True):
            for other, place in enumerate(places):
                row[place] += costs[other]
        return load

    def presence(self, places: list[int]) -> list[list[int]]:
        present = [[0] * (self.number_of_sectors + 1) for _set in self.set_sizes]
        for person, place in enumerate(places):
            present[place][self.sectors[person]] += 1
        return present

    def cost(self, places: list[int]) -> int:
        within = sum(
            self.costs[one][other]
            for other in range(len(places))
            for one in range(other)
            if places[one] == places[other]
        )
        missing = sum(row[: self.number_of_sectors].count(0) for row in self.presence(places))
        return within + SECTOR_COST * missing
