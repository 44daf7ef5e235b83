"""The figures about relationships, as pure functions of two rounds of answers.

The panel are the members who answered both rounds. P are the pairs of panel members of different
organisations who were asked about each other both times; a person of no organisation is of a
different one from everybody. A pair is confirmed at a level if both say at least that level:
confirmed₃ pairs are helping relationships. A member who didn't answer a round is not in the panel:
silence is never a “no”.

Colleagues are left out of P. If they were in one figure and not in another, the difference of the
two would tell whether the only two people of an organisation say that they help each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

from cohorts.models import Sector
from surveys.disclosure import (
    MINIMUM,
    PanelDetail,
    Range,
    is_exact,
    is_large_enough,
    panel_detail_of,
    range_of,
    ranges_of_change,
    ranges_of_parts,
)

# The levels of the question that are counted.
HELP, TOGETHER = 3, 4

Pair = tuple[int, int]
# What each person said of each of the others, by their memberships' primary keys.
Answers = Mapping[int, Mapping[int, int]]


@dataclass(frozen=True)
class Person:
    """A member of a cohort: their organisation's primary key, and its sector."""

    organisation: int | None
    sector: str


@dataclass(frozen=True)
class RoundAnswers:
    """The answers of everybody who finished a round, and the people who were asked.

    An answer contains a level for each of the others, 0 included. Somebody without one joined the
    roster after that person had finished, so the two are not in P: silence is never a “no”.
    """

    roster: Collection[int]
    answers: Answers

    @property
    def answered(self) -> frozenset[int]:
        return frozenset(self.answers) & frozenset(self.roster)


def panel_of(before: RoundAnswers, after: RoundAnswers) -> frozenset[int]:
    """Return the members who answered both rounds."""
    return before.answered & after.answered


def compare(
    people: Mapping[int, Person],
    before: RoundAnswers,
    after: RoundAnswers,
    *,
    shows_first: bool = True,
) -> dict[str, Any]:
    """Return all that may be shown of the change between two rounds, ready for JSON.

    Counts that may not be shown are not in it. Work it out once, when the second round has closed,
    and store it: figures that moved with an answer would tell the answer.

    Pass `shows_first=False` if figures of the first round have been shown already. The difference
    of two figures of one round would be about the people who are in one panel alone, or who have
    another organisation or sector now.
    """
    panel = panel_of(before, after) & people.keys()
    asked = frozenset(before.roster) & frozenset(after.roster)
    rates = {
        "before": (len(before.answered), len(before.roster)),
        "after": (len(after.answered), len(after.roster)),
        "both": (len(panel), len(asked)),
    }
    pairs = possible_pairs(people, panel, before.answers, after.answers)
    outside = len(panel) - largest_organisation(people[one] for one in panel)
    detail = panel_detail_of(len(panel), rates.values(), outside=outside)
    found: dict[str, Any] = {
        "rates": {name: list(rate) for name, rate in rates.items()},
        "panel": len(panel),
        "outside": outside,
        "pairs": len(pairs),
        "detail": detail.name.lower(),
    }
    if detail == PanelDetail.NOTHING:
        return found
    rounds = (before.answers if shows_first else None, after.answers)
    helping = [confirmed(pairs, answers, HELP) for answers in rounds]
    found["helping"] = [counted(some, len(pairs)) for some in helping]
    if detail == PanelDetail.ALL:
        found["together"] = [together(pairs, answers) for answers in rounds]
        found["new"], found["lost"] = change(len(pairs), *helping)
        found["edge"] = on_the_edge(panel, helping[-1], len(pairs))
        found |= by_sector(people, panel, pairs, helping)
    return found


def largest_organisation(people: Iterable[Person]) -> int:
    """Return how many of these people work for the organisation that most of them work for."""
    return max(
        Counter(
            number if one.organisation is None else ("organisation", one.organisation)
            for number, one in enumerate(people)
        ).values(),
        default=0,
    )


def possible_pairs(
    people: Mapping[int, Person], panel: Collection[int], *rounds: Answers
) -> list[Pair]:
    """Return P: pairs of panel members of different organisations, asked about each other."""
    return [
        (one, other)
        for one, other in combinations(sorted(panel), 2)
        if are_of_different_organisations(people[one], people[other])
        and all(other in answers[one] and one in answers[other] for answers in rounds)
    ]


def are_of_different_organisations(one: Person, other: Person) -> bool:
    return one.organisation is None or one.organisation != other.organisation


def confirmed(pairs: Iterable[Pair], answers: Answers | None, level: int) -> set[Pair] | None:
    """Return the pairs of whom both say at least this level. None if the round is not shown."""
    if answers is None:
        return None
    return {
        (one, other)
        for one, other in pairs
        if min(answers[one][other], answers[other][one]) >= level
    }


def counted(some: Collection[Pair] | None, of: int) -> Range | None:
    """Return what may be shown of helping relationships: confirmed₃, of P.

    People each can turn to in other organisations = 2 × confirmed₃ / panel.
    """
    return None if some is None else range_of(len(some), of)


def together(pairs: Collection[Pair], answers: Answers | None) -> Range | None:
    """Return what may be shown of the pairs doing something together: confirmed₄, of confirmed₃.

    It is a part of the helping relationships: if all of these did something together, everybody
    who said “we help each other” and is in none of them would know what the other said.
    """
    helping = confirmed(pairs, answers, HELP)
    if helping is None or len(pairs) - len(helping) < MINIMUM:
        return None
    if len(helping) < MINIMUM:
        return range_of(0, len(pairs))
    return range_of(len(confirmed(helping, answers, TOGETHER) or ()), len(helping))


def change(
    of: int, before: set[Pair] | None, after: set[Pair] | None
) -> tuple[Range | None, Range | None]:
    """Return what may be shown of the numbers of new and of lost helping relationships.

    New: confirmed₃ after and not before. Lost: confirmed₃ before and not after.
    """
    if before is None or after is None:
        return None, None
    return ranges_of_change(len(before), len(after), len(before & after), of)


def on_the_edge(panel: Collection[int], helping: Collection[Pair] | None, of: int) -> Range | None:
    """Return what may be shown of the number of panel members without any confirmed₃ pair.

    “None” is not told apart from a few: whoever helps one person, as they say, would know that
    this person says so too. Not shown without the number of pairs, which it would tell.
    """
    if helping is None or not is_exact(len(helping), of):
        return None
    return range_of(len(set(panel) - {one for pair in helping for one in pair}), len(panel))


def by_sector(
    people: Mapping[int, Person],
    panel: Collection[int],
    pairs: Collection[Pair],
    helping: Sequence[Collection[Pair] | None],
) -> dict[str, Any]:
    """Return what may be shown of helping relationships within and across groups of sectors.

    Across sectors: confirmed₃ pairs of different groups, of all such pairs in P. Sector by sector:
    confirmed₃, of P, for each two groups and within each. None of it with fewer than two groups.
    """
    groups = sector_groups(people[one].sector for one in panel)
    if len(groups) < 2:
        return {}
    number_of = {sector: number for number, group in enumerate(groups) for sector in group}

    def cell_of(pair: Pair) -> Pair:
        one, other = sorted(number_of[people[person].sector] for person in pair)
        return one, other

    cells = list(combinations_with_replacement(range(len(groups)), 2))
    possible = Counter(map(cell_of, pairs))
    members = [
        [people[one] for one in panel if number_of[people[one].sector] == number]
        for number in range(len(groups))
    ]
    outside = [len(some) - largest_organisation(some) for some in members]
    rounds = [
        None
        if some is None
        else shown_by_sector(cells, possible, Counter(map(cell_of, some)), outside)
        for some in helping
    ]
    return {
        "groups": [
            {"sector": group[0], "others": list(group[1:]), "people": len(members[number])}
            for number, group in enumerate(groups)
        ],
        "across": {
            "of": sum(possible[cell] for cell in cells if cell[0] != cell[1]),
            "ranges": [one and one[0] for one in rounds],
        },
        "cells": [
            {
                "groups": list(cell),
                "of": possible[cell],
                "ranges": [one and one[1][cell] for one in rounds],
            }
            for cell in cells
        ],
    }


def sector_groups(sectors: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the sectors of these people, in the order of `Sector`, those with too few joined.

    If the joined ones are too few together, they join the smallest other sector and take its place.
    A group is its sector and those that joined it. The sector is empty if only small ones joined.
    """
    people = Counter(sectors)
    present = [sector for sector in Sector.values if people[sector]]
    large = [sector for sector in present if is_large_enough(people[sector])]
    small = [sector for sector in present if sector not in large]
    groups: list[tuple[str, ...]] = [(sector,) for sector in large]
    if not small:
        return groups
    if is_large_enough(sum(people[sector] for sector in small)):
        return [*groups, ("", *small)]
    smallest = min(reversed(large), key=lambda sector: people[sector], default=None)
    if smallest is None:
        return []
    return [(one, *small) if one == smallest else (one,) for one in large]


def shown_by_sector(
    cells: Sequence[Pair],
    possible: Counter[Pair],
    found: Counter[Pair],
    outside: Sequence[int],
) -> tuple[Range | None, dict[Pair, Range | None]]:
    """Return what may be shown of a round across sectors, and for each two groups.

    All pairs less those across sectors are those within: so the first two are shown only if the
    third may be. The same holds for the sums of the cells.

    `outside` is how many people of each group are not of its largest organisation. Each pair within
    the group has one of them. Five people of five organisations are enough, so four of them are.
    """
    across = [cell for cell in cells if cell[0] != cell[1]]
    within = [cell for cell in cells if cell[0] == cell[1]]
    parts = [(total(found, part), total(possible, part)) for part in (across, within)]
    count, of = map(sum, zip(*parts, strict=True))
    few = [number for number, people in enumerate(outside) if not is_large_enough(people + 1)]
    hidden = [] if is_large_enough(sum(outside) + 1) else [1]
    ranges = ranges_of(parts, hidden, is_sum_shown=is_exact(count, of))
    shown: dict[Pair, Range | None] = {}
    for part, known, left_out in zip((across, within), ranges, ([], few), strict=True):
        counts = [(found[cell], possible[cell]) for cell in part]
        ends = ranges_of_cells(counts, sum(of for _count, of in counts), known, left_out)
        shown |= zip(part, ends, strict=True)
    return ranges[0], shown


def ranges_of_cells(
    counts: Sequence[tuple[int, int]], of: int, known: Range | None, hidden: Collection[int]
) -> Sequence[Range | None]:
    """Return what may be shown of the cells of a sum that is shown as `known`."""
    if known is None or (known[0] != known[1] and known[0] > 0 and known[1] < of):
        return [None for _one in counts]
    return ranges_of(counts, hidden, is_sum_shown=known[0] == known[1])


def ranges_of(
    counts: Sequence[tuple[int, int]], hidden: Collection[int], *, is_sum_shown: bool
) -> Sequence[Range | None]:
    if is_sum_shown:
        return ranges_of_parts(counts, hidden)
    return [None if place in hidden else range_of(*one) for place, one in enumerate(counts)]


def total(numbers: Counter[Pair], cells: Iterable[Pair]) -> int:
    return sum(numbers[cell] for cell in cells)
