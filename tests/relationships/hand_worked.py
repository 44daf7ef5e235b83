"""A cohort of twelve, worked out by hand. docs/img/twelve-people.svg draws it.

A to E are from the public sector, F to J from the voluntary sector, K and L from firms. I and J
work for one organisation. M answered before and not after. Everybody else said 0 where nothing is
written, and 2 of the person after them in the alphabet.
"""

from __future__ import annotations

from itertools import permutations

from cohorts.models import Sector
from relationships.figures import Answers, Person, RoundAnswers

NAMES = "ABCDEFGHIJKLM"
PANEL = NAMES[:12]

# The pairs that both say they help each other, and those that do something together.
BEFORE = "AC AD BC CD FG GH HI FK EF DJ IJ CM"
AFTER = "AC CD BD BE DE FG GH IK JL HL EF AF AG BH CI DK EL CG IJ"
TOGETHER_BEFORE = "FG IJ"
TOGETHER_AFTER = "AC FG EF BD JL CI"
# Who says that they help whom, while the other says that they have only talked.
ONE_SIDED_BEFORE = "AE LA"
ONE_SIDED_AFTER = "EA KB DM"

SECTORS = dict.fromkeys("ABCDEM", Sector.PUBLIC) | dict.fromkeys("FGHIJ", Sector.VOLUNTARY)


def number(name: str) -> int:
    return NAMES.index(name) + 1


def people() -> dict[int, Person]:
    return {
        number(name): Person(
            number("I" if name == "J" else name), SECTORS.get(name, Sector.PRIVATE)
        )
        for name in NAMES
    }


def answers(who: str, helping: str, together: str, one_sided: str) -> Answers:
    found = {
        number(one): {
            number(other): 2 if NAMES.index(other) == NAMES.index(one) + 1 else 0
            for other in NAMES
            if other != one
        }
        for one in who
    }
    levels = [(pair, 3) for pair in helping.split()] + [(pair, 4) for pair in together.split()]
    for pair, level in levels:
        for says, of in permutations(pair):
            if says in who:
                found[number(says)][number(of)] = level
    for pair in one_sided.split():
        found[number(pair[0])][number(pair[1])] = 3
    return found


def before() -> RoundAnswers:
    return RoundAnswers(
        [number(name) for name in NAMES],
        answers(NAMES, BEFORE, TOGETHER_BEFORE, ONE_SIDED_BEFORE),
    )


def after() -> RoundAnswers:
    return RoundAnswers(
        [number(name) for name in NAMES],
        answers(PANEL, AFTER, TOGETHER_AFTER, ONE_SIDED_AFTER),
    )
