"""An attacker who knows their own answers, and every figure that is shown, learns no other answer.

For what somebody said of the attacker, the test looks for another answer with which everything that
is shown would be the same. The attacker's own answers stay; others may have said something else.
"""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from relationships.figures import (
    HELP,
    Pair,
    Person,
    RoundAnswers,
    are_of_different_organisations,
    compare,
)
from tests.relationships import hand_worked
from tests.relationships.closed import answered

World = tuple[dict[int, Person], RoundAnswers, RoundAnswers]
TRIES = 400


def level(some: RoundAnswers, pair: Pair) -> int:
    one, other = pair
    return min(some.answers[one][other], some.answers[other][one])


def with_levels(some: RoundAnswers, levels: dict[Pair, int], attacker: int) -> RoundAnswers:
    """Return a round in which these pairs are at these levels, and the attacker says the same."""
    answers = {one: dict(said) for one, said in some.answers.items()}
    for pair, now in levels.items():
        for one, other in (pair, pair[::-1]):
            if one != attacker:
                answers[one][other] = now
    return RoundAnswers(some.roster, answers)


class Search:
    """The search for another world in which one pair of the attacker's is not as it was."""

    def __init__(self, world: World, which: int, attacker: int, seed: int) -> None:
        self.people, *self.rounds = world
        self.which, self.attacker = which, attacker
        self.chance = random.Random(seed)
        self.shown = compare(self.people, *self.rounds)
        panel = sorted(self.rounds[0].answered & self.rounds[1].answered)
        self.pairs = [
            (one, other)
            for one, other in combinations(panel, 2)
            if are_of_different_organisations(self.people[one], self.people[other])
        ]

    def is_possible(self, pair: Pair) -> bool:
        """Return whether the pair can be confirmed, if the attacker's answers stay."""
        said = self.rounds[self.which].answers[self.attacker]
        others = [one for one in pair if one != self.attacker]
        return len(others) == 2 or said[others[0]] >= HELP

    def kind(self, pair: Pair) -> tuple[frozenset[str], bool]:
        """Return the sectors of a pair, and whether it is confirmed in the other round."""
        sectors = frozenset(self.people[one].sector for one in pair)
        return sectors, level(self.rounds[1 - self.which], pair) >= HELP

    def fits(self, levels: dict[Pair, int]) -> bool:
        rounds = list(self.rounds)
        rounds[self.which] = with_levels(rounds[self.which], levels, self.attacker)
        return compare(self.people, *rounds) == self.shown

    def another_world(self, asked: Pair) -> bool:
        """Return whether the pair could be confirmed if it isn't, or not if it is."""
        now = self.rounds[self.which]
        is_on = level(now, asked) >= HELP
        new = {asked: 1 if is_on else 3}
        if self.fits(new):
            return True
        on = [pair for pair in self.pairs if level(now, pair) >= HELP and pair != asked]
        off = [pair for pair in self.pairs if pair not in on and pair != asked]
        off = [pair for pair in off if self.is_possible(pair)]
        for _try in range(TRIES):
            changes = dict(new)
            partner = self.chance.choice(off if is_on else on)
            changes[partner] = self.chance.choice([3, 4]) if is_on else 1
            if self.kind(partner) != self.kind(asked) and self.chance.random() < 0.8:
                gone, come = self.chance.choice(on), self.chance.choice(off)
                if {gone, come} & changes.keys():
                    continue
                changes |= {gone: 1, come: self.chance.choice([3, 4])}
            if self.fits(changes):
                return True
        return False


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize(
    "world",
    [
        pytest.param(
            (hand_worked.people(), hand_worked.before(), hand_worked.after()), id="twelve"
        ),
        pytest.param(answered(2, before=0.02, after=0.3), id="nobody before"),
        pytest.param(answered(2, before=0.2, after=0.98), id="everybody after"),
        pytest.param(answered(3, before=0.1, after=0.4), id="three sectors"),
    ],
)
def test_what_is_shown_fits_another_answer_too(world: World, which: int) -> None:
    people = world[0]
    asking = random.Random(which)
    said = (world[1], world[2])[which].answers
    claims = [
        (one, other)
        for one in said
        for other in said
        if one != other
        and said[one][other] >= HELP
        and are_of_different_organisations(people[one], people[other])
    ]
    for attacker, other in asking.sample(claims, min(len(claims), 6)):
        search = Search(world, which, attacker, seed=attacker)
        asked = (min(attacker, other), max(attacker, other))
        if asked in search.pairs:
            assert search.another_world(asked), (attacker, other)
