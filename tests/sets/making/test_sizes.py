from __future__ import annotations

from itertools import combinations

import pytest

from sets.making.sizes import (
    MOST_PEOPLE,
    fewest_repeats,
    most_sets,
    pairs_within,
    possible_numbers,
    sizes,
)

NUMBERS = [(people, number) for people in range(8, 41) for number in possible_numbers(people)]


def met_again(first: list[list[int]], second: list[list[int]]) -> int:
    """Return how many pairs are together in both rounds."""
    pairs = [
        {pair for one in round_ for pair in combinations(sorted(one), 2)}
        for round_ in (first, second)
    ]
    return len(pairs[0] & pairs[1])


def first_round(people: int, number: int) -> list[list[int]]:
    rest = iter(range(people))
    return [[next(rest) for _seat in range(size)] for size in sizes(people, number)]


def spread_out(first: list[list[int]]) -> list[list[int]]:
    """Return a second round in which the people of each set are spread as evenly as can be."""
    number = len(first)
    second: list[list[int]] = [[] for _set in first]
    for row, people in enumerate(first):
        for column, person in enumerate(people):
            second[(row + column) % number].append(person)
    return second


@pytest.mark.parametrize("people", range(8, 41))
def test_every_possible_number_leaves_four_to_six_people_in_each_set(people: int) -> None:
    numbers = possible_numbers(people)
    assert numbers
    for number in range(1, people + 1):
        fits = all(4 <= size <= 6 for size in sizes(people, number))
        assert (number in numbers) == fits
    assert most_sets(people) == people // 4


@pytest.mark.parametrize("people", [*range(8), MOST_PEOPLE + 1])
def test_fewer_than_eight_people_and_too_many_have_no_sets(people: int) -> None:
    assert (list(possible_numbers(people)), most_sets(people)) == ([], 0)


@pytest.mark.parametrize(("people", "number"), NUMBERS)
def test_fewest_repeats_can_be_reached_and_not_beaten(people: int, number: int) -> None:
    """A second round reaches the number, and its sets have the right sizes.

    No round has fewer: people of one set who go to one new set are pairs that meet again, and an
    even distribution has the fewest of those, as the loop over all distributions shows.
    """
    first = first_round(people, number)
    second = spread_out(first)
    assert sorted(map(len, second), reverse=True) == sizes(people, number)
    assert met_again(first, second) == fewest_repeats(people, number)
    for size in sizes(people, number):
        fewest = min(
            sum(part * (part - 1) // 2 for part in parts) for parts in distributions(size, number)
        )
        assert pairs_within(size, number) == fewest


def distributions(size: int, number: int) -> list[list[int]]:
    """Return every way to spread `size` people over at most `number` sets, as sorted counts."""

    def spread(left: int, largest: int, places: int) -> list[list[int]]:
        if not left:
            return [[]]
        if not places:
            return []
        return [
            [here, *rest]
            for here in range(min(left, largest), 0, -1)
            for rest in spread(left - here, here, places - 1)
        ]

    return spread(size, size, number)


@pytest.mark.parametrize(("people", "number"), NUMBERS)
def test_some_must_meet_again_exactly_if_a_set_is_larger_than_the_number_of_sets(
    people: int, number: int
) -> None:
    assert (fewest_repeats(people, number) > 0) == (sizes(people, number)[0] > number)


def test_fewest_repeats_of_twenty_people() -> None:
    assert (fewest_repeats(20, 4), fewest_repeats(20, 5)) == (4, 0)
