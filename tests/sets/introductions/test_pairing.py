"""Tests of the pairing of people, as properties of random people and rules."""

from __future__ import annotations

from itertools import combinations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from sets.introductions.pairing import EXACT_PEOPLE, Pair, Pairing, Person, Rules, Search, pair_up

Crowd = tuple[list[Person], Rules]


@st.composite
def crowds(draw: st.DrawFn, most: int = 16) -> Crowd:
    """Draw people from few organisations and sectors, and pairs that never meet or were asked."""
    number = draw(st.integers(0, most))
    people = [
        Person(
            pk,
            draw(st.one_of(st.none(), st.integers(1, 4))),
            draw(st.one_of(st.none(), st.sampled_from(("public", "private", "voluntary")))),
        )
        for pk in range(number)
    ]
    every = [frozenset(pair) for pair in combinations(range(number), 2)]
    pairs = st.frozensets(st.sampled_from(every)) if every else st.just(frozenset[Pair]())
    return people, Rules(never=draw(pairs), asked_before=draw(pairs))


def pairs_in(pairing: Pairing) -> list[Pair]:
    return [frozenset(pair) for group in pairing.groups for pair in combinations(group, 2)]


def cost(crowd: Crowd, pairing: Pairing) -> int:
    search = Search({person.pk: person for person in crowd[0]}, crowd[1])
    return search.total([*pairing.groups, *((pk,) for pk in pairing.alone)])


@settings(max_examples=60)
@given(crowd=crowds(), seed=st.integers(0, 99))
def test_everybody_is_in_one_group_or_alone(crowd: Crowd, seed: int) -> None:
    pairing = pair_up(*crowd, seed)
    everybody = [pk for group in pairing.groups for pk in group] + list(pairing.alone)
    assert sorted(everybody) == [person.pk for person in crowd[0]]
    assert {len(group) for group in pairing.groups} <= {2, 3}


@settings(max_examples=60)
@given(crowd=crowds(), seed=st.integers(0, 99))
def test_pairs_that_never_meet_are_in_no_group(crowd: Crowd, seed: int) -> None:
    assert not crowd[1].never.intersection(pairs_in(pair_up(*crowd, seed)))


@settings(max_examples=60)
@given(crowd=crowds(), seed=st.integers(0, 99))
def test_nobody_is_alone_who_could_be_with_somebody(crowd: Crowd, seed: int) -> None:
    never = crowd[1].never
    pairing = pair_up(*crowd, seed)
    for one in pairing.alone:
        assert all(frozenset((one, other)) in never for other in pairing.alone if other != one)
        for pair in (group for group in pairing.groups if len(group) == 2):
            assert any(frozenset((one, other)) in never for other in pair)


@settings(max_examples=40)
@given(crowd=crowds(), seed=st.integers(0, 99), chance=st.randoms())
def test_same_people_and_seed_give_the_same_groups(crowd: Crowd, seed: int, chance: Random) -> None:
    people, rules = crowd
    shuffled = list(people)
    chance.shuffle(shuffled)
    assert pair_up(shuffled, rules, seed) == pair_up(people, rules, seed)


@settings(max_examples=60)
@given(crowd=crowds(most=6), seed=st.integers(0, 9))
def test_no_division_of_a_few_people_is_cheaper(crowd: Crowd, seed: int) -> None:
    """In particular, two people of one organisation meet only if there is nobody else."""
    people, rules = crowd
    search = Search({person.pk: person for person in people}, rules)

    def cheapest(left: tuple[int, ...]) -> float:
        if not left:
            return 0
        groups = [
            (left[0], *others) for size in (0, 1, 2) for others in combinations(left[1:], size)
        ]
        return min(
            price + cheapest(tuple(pk for pk in left if pk not in group))
            for group in groups
            if (price := search.cost(frozenset(group))) is not None
        )

    found = cost(crowd, pair_up(people, rules, seed))
    assert found == cheapest(tuple(person.pk for person in people))


@settings(max_examples=20)
@given(number=st.integers(8, 24), organisations=st.integers(4, 12), seed=st.integers(0, 99))
def test_months_repeat_nobody_and_mix_organisations(
    number: int, organisations: int, seed: int
) -> None:
    people = [Person(pk, pk % organisations) for pk in range(number)]
    met: set[Pair] = set()
    for month in range(3):
        pairing = pair_up(people, Rules(never=frozenset(met)), seed + month)
        pairs = pairs_in(pairing)
        assert pairing.alone == ()
        assert sum(len(group) == 3 for group in pairing.groups) == number % 2
        assert not met.intersection(pairs)
        assert all(one % organisations != other % organisations for one, other in pairs)
        met.update(pairs)


def test_two_of_one_organisation_meet_if_there_is_nobody_else() -> None:
    pairing = pair_up([Person(1, 7), Person(2, 7)], Rules(), seed=1)
    assert pairing == Pairing(groups=((1, 2),))


def test_one_person_is_alone() -> None:
    assert pair_up([Person(1)], Rules(), seed=1) == Pairing(groups=(), alone=(1,))


def test_people_of_different_sectors_meet_first() -> None:
    people = [Person(pk, pk, "public" if pk < 6 else "private") for pk in range(12)]
    assert len(people) > EXACT_PEOPLE
    for pair in pairs_in(pair_up(people, Rules(), seed=3)):
        assert sum(pk < 6 for pk in pair) == 1
