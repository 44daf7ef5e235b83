"""Random cohorts and their answers, for property tests."""

from __future__ import annotations

import random
from collections.abc import Mapping

from hypothesis import strategies as st

from cohorts.models import Sector
from relationships.figures import Person, RoundAnswers

Cohort = tuple[dict[int, Person], RoundAnswers, RoundAnswers]


@st.composite
def cohorts(draw: st.DrawFn, least: int = 10, most: int = 24) -> Cohort:
    """Return people who all answered both rounds. Rounds range from nobody helping to everybody."""
    chance = random.Random(draw(st.integers(0, 10**6)))
    numbers = range(1, draw(st.integers(least, most)) + 1)
    sectors = draw(st.sampled_from([Sector.values[:2], Sector.values[:3], Sector.values]))
    employers = draw(st.sampled_from([1, 2, 6, 40]))
    people = {
        one: Person(chance.choice([None, *range(employers)]), chance.choice(sectors))
        for one in numbers
    }

    def answered(ties: float) -> RoundAnswers:
        def level() -> int:
            return chance.choice([3, 3, 4]) if chance.random() < ties else chance.choice([0, 1, 2])

        return RoundAnswers(
            list(numbers),
            {one: {other: level() for other in numbers if other != one} for one in numbers},
        )

    shares = st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0])
    return people, answered(draw(shares)), answered(draw(shares))


def renamed(cohort: Cohort, names: Mapping[int, int]) -> Cohort:
    """Return the same cohort, some of whose people have other numbers."""

    def new(one: int) -> int:
        return names.get(one, one)

    def of(some: RoundAnswers) -> RoundAnswers:
        return RoundAnswers(
            [new(one) for one in some.roster],
            {
                new(one): {new(other): level for other, level in levels.items()}
                for one, levels in some.answers.items()
            },
        )

    people, before, after = cohort
    return {new(one): person for one, person in people.items()}, of(before), of(after)
