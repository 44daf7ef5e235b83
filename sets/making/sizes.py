"""The sizes of sets: how many sets a cohort can have, and who must meet again. Pure functions."""

from __future__ import annotations

# A set has from four to six people.
SMALLEST, LARGEST = 4, 6
FEWEST_PEOPLE = 2 * SMALLEST
# The most people that one grouping is made for. The search takes the same number of steps for any
# cohort, so with more people it finds worse sets.
MOST_PEOPLE = 240


def possible_numbers(people: int) -> range:
    """Return the numbers of sets that leave four to six people in each, in ascending order.

    Empty for fewer than eight people, who can't be divided, and for more than MOST_PEOPLE.
    """
    if not FEWEST_PEOPLE <= people <= MOST_PEOPLE:
        return range(0)
    return range(-(-people // LARGEST), people // SMALLEST + 1)


def most_sets(people: int) -> int:
    """Return the most sets that hold four people each; 0 if there can be none.

    Many small sets leave the most ways to make sets of people who haven't met, later.
    """
    numbers = possible_numbers(people)
    return numbers[-1] if numbers else 0


def sizes(people: int, number_of_sets: int) -> list[int]:
    """Return the size of each set, the largest first. They differ by one at most."""
    size, larger = divmod(people, number_of_sets)
    return [size + (place < larger) for place in range(number_of_sets)]


def fewest_repeats(people: int, number_of_sets: int) -> int:
    """Return how many pairs must meet again if the same people are put into new sets.

    Of a set that is larger than the number of sets, two people must share a new set. If its s
    people are spread evenly over g new sets, q of each and r sets with one more (s = qg + r), then
    gq(q - 1)/2 + rq pairs meet again, and no other distribution has fewer.
    """
    return sum(pairs_within(size, number_of_sets) for size in sizes(people, number_of_sets))


def pairs_within(size: int, number_of_sets: int) -> int:
    each, more = divmod(size, number_of_sets)
    return number_of_sets * each * (each - 1) // 2 + more * each
