from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohorts.models import Sector
from relationships.figures import Person, RoundAnswers, compare, sector_groups, shown_by_sector
from surveys.disclosure import range_of
from tests.relationships import hand_worked, picture
from tests.relationships.closed import answered
from tests.relationships.cohorts import Cohort, cohorts, renamed
from tests.surveys.test_pair_disclosure import pinned_down


def test_figures_of_twelve_people_agree_with_those_worked_out_by_hand() -> None:
    shown = compare(hand_worked.people(), hand_worked.before(), hand_worked.after())
    assert shown == {
        # Twelve of thirteen answered after. Twelve have 66 pairs, and I and J are colleagues.
        "rates": {"before": [13, 13], "after": [12, 13], "both": [12, 13]},
        "panel": 12,
        # I and J work for the largest organisation.
        "outside": 10,
        "pairs": 65,
        "detail": "all",
        # Before: AC AD BC CD, FG GH HI FK, EF DJ. After: 5 of public people, 5 of others, 8 across.
        "helping": [(10, 10), (18, 18)],
        # AC CD FG GH EF stayed, so AD BC HI FK DJ were lost, and 18 - 5 are new.
        "new": (13, 13),
        "lost": (5, 5),
        # Before only FG, and after AC FG EF BD JL CI.
        "together": [(0, 4), (6, 6)],
        # Everybody has one after.
        "edge": (0, 4),
        # K and L are too few, so they count with the five from the voluntary sector.
        "groups": [
            {"sector": "public", "others": [], "people": 5},
            {"sector": "voluntary", "others": ["private"], "people": 7},
        ],
        # 5 × 7 pairs. Before: EF and DJ. After: EF AF AG BH CI DK EL CG.
        "across": {"of": 35, "ranges": [(0, 4), (8, 8)]},
        # Before, the two counts within would tell how many of the ten were across.
        "cells": [
            {"groups": [0, 0], "of": 10, "ranges": [None, (5, 5)]},
            {"groups": [0, 1], "of": 35, "ranges": [(0, 4), (8, 8)]},
            {"groups": [1, 1], "of": 20, "ranges": [None, (5, 5)]},
        ],
    }


def test_picture_in_the_docs_is_of_the_same_people() -> None:
    assert picture.PATH.read_text() == picture.svg()


def test_figures_can_be_stored_as_json() -> None:
    shown = compare(hand_worked.people(), hand_worked.before(), hand_worked.after())
    assert json.loads(json.dumps(shown))["helping"] == [[10, 10], [18, 18]]


@pytest.mark.parametrize(
    ("sectors", "groups"),
    [
        ("pub*9 vol*8 pri*5", ["public", "voluntary", "private"]),
        ("pub*9 vol*3 pri*2", ["public", "+voluntary+private"]),
        ("pub*9 vol*5 pri*4", ["public", "voluntary+private"]),
        ("pub*5 vol*5 oth*1", ["public", "voluntary+other"]),
        ("pub*5 vol*6 oth*1", ["public+other", "voluntary"]),
        ("pub*9 vol*4", ["public+voluntary"]),
        ("pub*4 vol*4 pri*4", ["+public+voluntary+private"]),
        ("pub*2 vol*2", []),
    ],
)
def test_sectors_with_fewer_than_five_people_are_joined(sectors: str, groups: list[str]) -> None:
    found = [
        sector
        for name, number in (part.split("*") for part in sectors.split())
        for sector in Sector.values
        if sector.startswith(name)
        for _one in range(int(number))
    ]
    assert ["+".join(group) for group in sector_groups(found)] == groups


@given(cohorts())
def test_somebody_who_did_not_answer_changes_no_count(cohort: Cohort) -> None:
    people, before, after = cohort
    more = {**people, 99: Person(99, Sector.PUBLIC)}
    answers = {one: {**levels, 99: 4} for one, levels in after.answers.items()}
    asked = RoundAnswers([*after.roster, 99], answers)
    assert counts(compare(more, before, asked)) == counts(compare(people, before, after))


@given(cohorts(least=11), st.data())
def test_silence_is_never_a_no(cohort: Cohort, data: st.DataObject) -> None:
    people, before, after = cohort
    silent = data.draw(st.sampled_from(sorted(people)))
    told = {
        one: {other: level for other, level in levels.items() if silent not in (one, other)}
        for one, levels in after.answers.items()
        if one != silent
    }
    rest = {one: person for one, person in people.items() if one != silent}
    without = replace(after, answers={one: told[one] for one in told})
    assert counts(compare(people, before, without)) == counts(
        compare(rest, strip(before, silent), strip(after, silent))
    )


@given(cohorts(), st.data())
def test_somebody_who_was_not_asked_about_a_late_joiner_did_not_say_no(
    cohort: Cohort, data: st.DataObject
) -> None:
    people, before, after = cohort
    one, late = data.draw(st.sampled_from([(1, 2), (3, 7), (9, 10)]))
    answers = {who: dict(levels) for who, levels in before.answers.items()}
    del answers[one][late]
    shown = compare(people, replace(before, answers=answers), after)
    pairs = compare(people, before, after)["pairs"]
    assert shown["pairs"] == pairs - are_counted(people, one, late)


@given(cohorts(), st.data())
def test_swapping_two_names_changes_nothing(cohort: Cohort, data: st.DataObject) -> None:
    one, other = data.draw(st.tuples(*[st.sampled_from(sorted(cohort[0]))] * 2))
    assert compare(*renamed(cohort, {one: other, other: one})) == compare(*cohort)


@given(cohorts(), st.data())
def test_helping_more_never_lowers_a_figure(cohort: Cohort, data: st.DataObject) -> None:
    people, before, after = cohort
    one, other = data.draw(st.sampled_from([(1, 2), (2, 1), (3, 8), (10, 4)]))
    answers = {who: dict(levels) for who, levels in after.answers.items()}
    answers[one][other] = max(answers[one][other], data.draw(st.integers(0, 4)))
    less = compare(people, before, after)
    more = compare(people, before, replace(after, answers=answers))
    for name in ("helping", "together"):
        low, high = less.get(name, [None, None])[1], more.get(name, [None, None])[1]
        assert low is None or high is None or low <= high
    assert not less.get("edge") or not more.get("edge") or more["edge"] <= less["edge"]


@given(cohorts())
def test_every_count_has_five_on_either_side_or_could_be_any_of_five(cohort: Cohort) -> None:
    for low, high, of in numbers(compare(*cohort)):
        assert (low >= 5 and of - high >= 5) or high - low == 4


def test_first_round_is_not_shown_again_in_a_later_comparison() -> None:
    people, before, after = hand_worked.people(), hand_worked.before(), hand_worked.after()
    later = compare(people, before, strip(after, 12), shows_first=False)
    assert later["helping"] == [None, (15, 15)]
    assert later["together"][0] is later["new"] is later["lost"] is None
    assert later["across"]["ranges"][0] is None
    assert {cell["ranges"][0] for cell in later["cells"]} == {None}


def test_relationships_of_a_few_people_with_one_organisation_are_not_shown() -> None:
    """A facilitator who gave everybody but one person one organisation would see theirs alone."""
    people, before, after = hand_worked.people(), hand_worked.before(), hand_worked.after()
    people = {one: Person(1 if one > 4 else one, person.sector) for one, person in people.items()}
    assert compare(people, before, after)["detail"] == "nothing"


def test_relationships_within_a_sector_are_not_those_of_one_person() -> None:
    """All of the public sector but A work for one organisation, so its pairs would all be A's."""
    people, before, after = answered(3, before=0.5)
    others = {one: Person(2, one_person.sector) for one, one_person in people.items() if one > 1}
    moved = people | {one: person for one, person in others.items() if one <= 9}
    shown = compare(moved, before, after)
    cells = {tuple(cell["groups"]): cell["ranges"] for cell in shown["cells"]}
    assert cells[0, 0] == [None, None]
    assert compare(people, before, after)["cells"][0]["ranges"] != [None, None]


@pytest.mark.parametrize(("number", "detail"), [(12, "all"), (11, "indicative"), (9, "nothing")])
def test_fewer_answers_show_only_the_first_figure_or_nothing(number: int, detail: str) -> None:
    people, before, after = hand_worked.people(), hand_worked.before(), hand_worked.after()
    few = RoundAnswers(
        [*after.roster, 50, 51][: 15 if number > 9 else 13],
        {one: levels for one, levels in after.answers.items() if one <= number},
    )
    shown = compare(people, before, few)
    names = {"rates", "panel", "outside", "pairs", "detail"}
    more = {"all": 7, "indicative": 1, "nothing": 0}[detail]
    assert shown["detail"] == detail
    assert len(shown.keys() - names) == more + (detail == "all")


def counts(shown: dict[str, Any]) -> dict[str, Any]:
    """Return everything but the numbers of people who were asked."""
    return {name: value for name, value in shown.items() if name != "rates"}


def are_counted(people: Any, one: int, other: int) -> int:
    mine, theirs = people[one].organisation, people[other].organisation
    return int(mine is None or mine != theirs)


def strip(some: RoundAnswers, member: int) -> RoundAnswers:
    """Return a round as if it had never known a member."""
    return RoundAnswers(
        [one for one in some.roster if one != member],
        {
            one: {other: level for other, level in levels.items() if other != member}
            for one, levels in some.answers.items()
            if one != member
        },
    )


def numbers(shown: dict[str, Any]) -> list[tuple[int, int, int]]:
    """Return all ranges that are shown, each with the number that it is of."""
    pairs = shown["pairs"]
    found = [(one, pairs) for one in shown.get("helping", [])]
    found += [(shown.get("edge"), shown["panel"])]
    if "across" in shown:
        found += [(one, shown["across"]["of"]) for one in shown["across"]["ranges"]]
        found += [(one, cell["of"]) for cell in shown["cells"] for one in cell["ranges"]]
    return [(*one, of) for one, of in found if one]


@pytest.mark.parametrize("sizes", [(10, 25, 10), (8, 24, 12), (0, 25, 10)])
def test_what_is_shown_by_sector_pins_down_no_count_that_is_not(sizes: tuple[int, ...]) -> None:
    """All counts that there can be: within one sector, across the two, and within the other."""
    cells = [(0, 0), (0, 1), (1, 1)]
    possible = Counter(dict(zip(cells, sizes, strict=True)))
    seen = []
    for found in product(*(range(of + 1) for of in sizes)):
        helping = Counter(dict(zip(cells, found, strict=True)))
        across, shown = shown_by_sector(cells, possible, helping, [9, 9])
        every = range_of(sum(found), sum(sizes)), across, *(shown[cell] for cell in cells)
        seen.append((every, (*found, found[0] + found[2], sum(found))))
    assert pinned_down(seen, (*sizes, sizes[0] + sizes[2], sum(sizes))) == []
