"""The pairing of people to introduce. A pure function of people, rules and a random seed."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

# The cost of each kind of flaw in a pairing. The search accepts a flaw only to avoid a costlier
# one.
ALONE, SAME_ORGANISATION, ASKED_BEFORE, EXTRA_TRIO, SAME_SECTOR = 10**8, 10**6, 10**4, 10**3, 1
# Up to this many people, the search tries every division; above, it improves a few groups at once.
EXACT_PEOPLE = 9
RESTARTS = 4
# The most combinations of other groups with which the search tries to improve one group.
TRIES = 400

Pair = frozenset[int]
Group = tuple[int, ...]


@dataclass(frozen=True)
class Person:
    """A person to pair. `organisation` and `sector` are None if not known."""

    pk: int
    organisation: int | None = None
    sector: str | None = None


@dataclass(frozen=True)
class Rules:
    """The pairs never to form, and the pairs asked about each other before without a meeting."""

    never: frozenset[Pair] = frozenset()
    asked_before: frozenset[Pair] = frozenset()


@dataclass(frozen=True)
class Pairing:
    """Groups of two or three people, and the people for whom there is nobody."""

    groups: tuple[Group, ...]
    alone: Group = ()


def pair_up(people: Iterable[Person], rules: Rules, seed: int) -> Pairing:
    """Divide the people into pairs, with a group of three if their number is odd.

    A pair in `rules.never` is in no group. As far as possible, in this order: nobody is left alone;
    people come from different organisations; they were not asked about each other before; they come
    from different sectors. There can be more groups of three if that avoids a costlier flaw. The
    same people, rules and seed give the same groups, whatever the order of the people. Up to
    EXACT_PEOPLE the result is optimal; above, it is a local optimum.
    """
    by_pk = {person.pk: person for person in people}
    chance = random.Random(seed)  # noqa: S311
    search = Search(by_pk, rules)
    best: list[Group] = []
    for _attempt in range(RESTARTS):
        order = sorted(by_pk)
        chance.shuffle(order)
        found = search.improved(search.greedy(order), chance)
        if not best or search.total(found) < search.total(best):
            best = found
        if search.is_ideal(best):
            break
    groups = sorted(tuple(sorted(group)) for group in best)
    return Pairing(
        tuple(group for group in groups if len(group) > 1),
        tuple(group[0] for group in groups if len(group) == 1),
    )


class Search:
    """A search for the cheapest division of people into groups of one to three."""

    def __init__(self, people: Mapping[int, Person], rules: Rules) -> None:
        self.people, self.rules = people, rules
        self.pair_cost = cache(self._pair_cost)
        self.cost = cache(self._cost)

    def _pair_cost(self, pair: Pair) -> int | None:
        """Return the cost of pairing these two people; None if the pair is in `rules.never`."""
        if pair in self.rules.never:
            return None
        one, other = (self.people[pk] for pk in pair)
        cost = ASKED_BEFORE * (pair in self.rules.asked_before)
        if one.organisation is not None and one.organisation == other.organisation:
            cost += SAME_ORGANISATION
        if one.sector is not None and one.sector == other.sector:
            cost += SAME_SECTOR
        return cost

    def _cost(self, group: frozenset[int]) -> int | None:
        """Return the cost of a group; None if it contains a pair that is in `rules.never`."""
        if len(group) == 1:
            return ALONE
        costs = [self.pair_cost(frozenset(pair)) for pair in combinations(group, 2)]
        if any(cost is None for cost in costs):
            return None
        return sum(cost or 0 for cost in costs) + EXTRA_TRIO * (len(group) == 3)

    def total(self, groups: Iterable[Group]) -> int:
        return sum(self.cost(frozenset(group)) or 0 for group in groups)

    def is_ideal(self, groups: Sequence[Group]) -> bool:
        """Return whether no division can be cheaper."""
        return self.total(groups) <= EXTRA_TRIO * (len(self.people) % 2)

    def greedy(self, order: Sequence[int]) -> list[Group]:
        """Return groups in which each person in turn got the cheapest partner that is left."""
        left, groups = list(order), list[Group]()
        while left:
            one = left.pop()
            partners = [
                (cost, place)
                for place, other in enumerate(left)
                if (cost := self.cost(frozenset((one, other)))) is not None
            ]
            groups.append((one, left.pop(min(partners)[1])) if partners else (one,))
        return groups

    def improved(self, groups: list[Group], chance: random.Random) -> list[Group]:
        """Return the groups after dividing some of them anew, for as long as that is cheaper."""
        if len(self.people) <= EXACT_PEOPLE:
            return self.cheapest(tuple(sorted(self.people)))
        goes_on = True
        while goes_on:
            goes_on = False
            for group in list(groups):
                if group in groups and self.cost(frozenset(group)):
                    goes_on = self.improve(group, groups, chance) or goes_on
        return groups

    def improve(self, group: Group, groups: list[Group], chance: random.Random) -> bool:
        """Divide the group and up to two others anew, in place; return whether that is cheaper."""
        others = [other for other in groups if other != group]
        choices = [*combinations(others, 1), *combinations(others, 2)]
        if len(choices) > TRIES:
            choices = choices[: len(others)] + chance.sample(choices[len(others) :], TRIES)
        for chosen in choices:
            before = (group, *chosen)
            members = tuple(sorted(pk for one in before for pk in one))
            after = self.cheapest(members)
            if self.total(after) < self.total(before):
                groups[:] = [one for one in groups if one not in before] + after
                return True
        return False

    def cheapest(self, members: Group) -> list[Group]:
        """Return the cheapest division of a few people: every division is tried."""

        @cache
        def best(left: Group) -> tuple[int, tuple[Group, ...]]:
            if not left:
                return 0, ()
            first, rest = left[0], left[1:]
            found: list[tuple[int, tuple[Group, ...]]] = []
            for size in range(3):
                for others in combinations(rest, size):
                    group = (first, *others)
                    cost = self.cost(frozenset(group))
                    if cost is not None:
                        more, groups = best(tuple(pk for pk in rest if pk not in others))
                        found.append((cost + more, (group, *groups)))
            return min(found)

        return list(best(members)[1])
