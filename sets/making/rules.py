"""The rules for sets, and the cost of breaking each rule. Pure functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

# The costs of a pair that must not share a set (colleagues, or people kept apart), of a pair who
# were in one set before, and of a sector that a set lacks. The search minimises their sum.
MUST_COST, MET_COST, SECTOR_COST = 1000, 100, 10

Pair = frozenset[int]


@dataclass(frozen=True)
class Person:
    """Somebody to be put into a set. `key` is the user's pk; `organisation` is None if not known.

    `sector` is empty for somebody without an organisation.
    """

    key: int
    organisation: int | None = None
    sector: str = ""


@dataclass(frozen=True)
class Rules:
    """The pairs that are kept apart, and the pairs that were together in an earlier set.

    Two more rules need no data here, because they follow from each `Person`: people of one set have
    different organisations, and each set has every sector.
    """

    apart: frozenset[Pair] = frozenset()
    met: frozenset[Pair] = frozenset()


@dataclass(frozen=True)
class Broken:
    """The breaches of the rules by one set or several.

    `organisations` are pairs of colleagues, `apart` pairs to keep apart, and `met` pairs who were
    in one set before. `missing` has pairs of a set's number and a sector that the set lacks.
    """

    organisations: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()
    met: frozenset[Pair] = frozenset()
    missing: frozenset[tuple[int, str]] = frozenset()

    @property
    def cost(self) -> int:
        return (
            MUST_COST * (len(self.organisations) + len(self.apart))
            + MET_COST * len(self.met)
            + SECTOR_COST * len(self.missing)
        )

    @property
    def count(self) -> int:
        """The number of breaches."""
        return len(self.organisations) + len(self.apart) + len(self.met) + len(self.missing)

    def without(self, other: Broken) -> Broken:
        """Return the breaches that are not in `other`."""
        return Broken(
            self.organisations - other.organisations,
            self.apart - other.apart,
            self.met - other.met,
            self.missing - other.missing,
        )


@dataclass(frozen=True)
class Division:
    """A division of people into sets, with the rules.

    `people` maps keys to people, and `sets` maps the number of each set to its people's keys.
    """

    people: Mapping[int, Person]
    rules: Rules
    sets: Mapping[int, Collection[int]]
    sectors: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        placed = [self.people[key] for keys in self.sets.values() for key in keys]
        object.__setattr__(self, "sectors", frozenset(one.sector for one in placed) - {""})

    def broken_by(self, number: int) -> Broken:
        """Return the breaches of one set."""
        return broken([self.people[key] for key in self.sets[number]], number, self)

    def broken(self) -> Broken:
        """Return the breaches of all sets."""
        return join(self.broken_by(number) for number in self.sets)


def broken(people: Collection[Person], number: int, division: Division) -> Broken:
    pairs = list(combinations(people, 2))
    together = {frozenset((one.key, other.key)) for one, other in pairs}
    here = {one.sector for one in people}
    return Broken(
        organisations=frozenset(
            frozenset((one.key, other.key)) for one, other in pairs if same_organisation(one, other)
        ),
        apart=division.rules.apart & together,
        met=division.rules.met & together,
        missing=frozenset((number, sector) for sector in division.sectors - here),
    )


def same_organisation(one: Person, other: Person) -> bool:
    return one.organisation is not None and one.organisation == other.organisation


def join(parts: Iterable[Broken]) -> Broken:
    listed = list(parts)
    return Broken(
        frozenset().union(*(one.organisations for one in listed)),
        frozenset().union(*(one.apart for one in listed)),
        frozenset().union(*(one.met for one in listed)),
        frozenset().union(*(one.missing for one in listed)),
    )


def pair_cost(one: Person, other: Person, rules: Rules) -> int:
    """Return the cost of putting these two people into one set."""
    pair = frozenset((one.key, other.key))
    must = same_organisation(one, other) + (pair in rules.apart)
    return MUST_COST * must + MET_COST * (pair in rules.met)
