from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sets.making import annealing
from sets.making.annealing import make_sets
from sets.making.rules import Broken, Division, Pair, Person, Rules
from sets.making.sizes import fewest_repeats, possible_numbers, sizes

SECTORS = ("public", "voluntary", "private", "other")


def pair(one: int, other: int) -> Pair:
    return frozenset((one, other))


def broken_by(people: list[Person], rules: Rules, made: list[list[int]]) -> Broken:
    return Division({one.key: one for one in people}, rules, dict(enumerate(made, 1))).broken()


def pairs_in(made: list[list[int]]) -> frozenset[Pair]:
    return frozenset(pair(*two) for one in made for two in combinations(one, 2))


@st.composite
def solvable(draw: st.DrawFn) -> tuple[list[Person], Rules, int]:
    """Return people and rules that some division meets, and the number of its sets.

    The people are put into sets first. Organisations then differ within each set, pairs are kept
    apart only across sets, and each set has every sector.
    """
    people = draw(st.integers(8, 30))
    number = draw(st.sampled_from(list(possible_numbers(people))))
    random = Random(draw(st.integers(0, 10_000)))
    keys = random.sample(range(1000), people)
    left = iter(keys)
    hidden = [[next(left) for _seat in range(size)] for size in sizes(people, number)]
    sectors = SECTORS[: draw(st.integers(1, 3))]
    found = []
    for one in hidden:
        # Each organisation belongs to one sector, so that it can be in several sets.
        for place, key in enumerate(one):
            sector = place % len(sectors)
            organisation = 10 * (place // len(sectors)) + sector
            found.append(Person(key, organisation, sectors[sector]))
    together = pairs_in(hidden)
    across = [pair(*two) for two in combinations(keys, 2) if pair(*two) not in together]
    apart = random.sample(across, min(len(across), draw(st.integers(0, 4))))
    return found, Rules(apart=frozenset(apart)), number


@settings(max_examples=40)
@given(solvable(), st.integers(0, 2**31 - 1))
def test_every_rule_that_can_hold_holds(case: tuple[list[Person], Rules, int], seed: int) -> None:
    people, rules, number = case
    made = make_sets(people, rules, number_of_sets=number, seed=seed)
    assert sorted(key for one in made for key in one) == sorted(one.key for one in people)
    assert sorted(map(len, made), reverse=True) == sizes(len(people), number)
    assert broken_by(people, rules, made) == Broken()


@settings(max_examples=15)
@given(solvable(), st.integers(0, 2**31 - 1), st.randoms(use_true_random=False))
def test_same_people_rules_and_seed_give_the_same_sets_in_any_order(
    case: tuple[list[Person], Rules, int], seed: int, random: Random
) -> None:
    people, rules, number = case
    again = random.sample(people, len(people))
    assert make_sets(people, rules, number_of_sets=number, seed=seed) == make_sets(
        again, rules, number_of_sets=number, seed=seed
    )


@settings(max_examples=15)
@given(solvable(), st.data())
def test_pinned_people_stay(case: tuple[list[Person], Rules, int], data: st.DataObject) -> None:
    people, rules, number = case
    made = make_sets(people, rules, number_of_sets=number, seed=1)
    places = {key: index for index, one in enumerate(made) for key in one}
    chosen = data.draw(st.lists(st.sampled_from(sorted(places)), max_size=6, unique=True))
    pins = {key: places[key] for key in chosen}
    again = make_sets(people, rules, number_of_sets=number, seed=2, pins=pins)
    assert [key for key in chosen if key not in again[pins[key]]] == []


@pytest.mark.parametrize(
    ("people", "number"), [(8, 2), (9, 2), (13, 3), (20, 4), (20, 5), (22, 5), (35, 6), (40, 10)]
)
def test_second_round_has_no_more_repeats_than_it_must(people: int, number: int) -> None:
    """With nothing else to heed, the search reaches what the warning says.

    That the number is right for every cohort is shown in test_sizes.py.
    """
    everybody = [Person(key) for key in range(people)]
    first = make_sets(everybody, Rules(), number_of_sets=number, seed=1)
    rules = Rules(met=pairs_in(first))
    second = make_sets(everybody, rules, number_of_sets=number, seed=2)
    assert len(broken_by(everybody, rules, second).met) == fewest_repeats(people, number)


def test_rules_outweigh_each_other_in_their_order() -> None:
    """Four people of one organisation and four others, in two sets: organisations can't all differ.

    The search spreads the four as evenly as it can, though that puts people together who have met.
    """
    people = [Person(key, 1 if key < 4 else key, "public") for key in range(8)]
    met = frozenset(pair(one, other) for one in (0, 1) for other in (4, 5, 6, 7))
    made = make_sets(people, Rules(met=met), number_of_sets=2, seed=1)
    assert sorted(sum(key < 4 for key in one) for one in made) == [2, 2]


def test_person_named_twice_is_refused() -> None:
    people = [Person(key % 8) for key in range(9)]
    with pytest.raises(ValueError, match="named twice"):
        make_sets(people, Rules(), number_of_sets=2, seed=1)


def test_more_pinned_people_than_a_set_holds_are_refused() -> None:
    people = [Person(key) for key in range(8)]
    with pytest.raises(ValueError, match="pinned"):
        make_sets(people, Rules(), number_of_sets=2, seed=1, pins=dict.fromkeys(range(5), 0))


def test_progress_rises_to_a_hundred() -> None:
    people = [Person(key, organisation=1) for key in range(8)]
    seen: list[int] = []
    make_sets(people, Rules(), number_of_sets=2, seed=1, progress=seen.append)
    assert (seen == sorted(seen), seen[-1], len(seen)) == (True, 100, annealing.RESTARTS + 1)
