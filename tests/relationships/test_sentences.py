"""Every sentence is true of the counts behind it, in random cohorts."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relationships.comparison import Count, read
from relationships.figures import HELP, compare, confirmed, panel_of, possible_pairs
from relationships.models import Occasion
from relationships.sentences import of_possible, on_the_edge, summary, why_hidden
from tests.relationships import hand_worked
from tests.relationships.cohorts import Cohort, cohorts

SHARE = re.compile(r"(under|over)? ?(\d+)%(?: to (\d+)%)?")
occasions = st.sampled_from([Occasion.END, Occasion.LATER])


def test_summary_of_twelve_people() -> None:
    shown = read(compare(hand_worked.people(), hand_worked.before(), hand_worked.after()))
    assert summary(shown, Occasion.END) == (
        "Of all pairs of people from different sectors, more help each other after the last "
        "workshop: 23%, and under 15% before the first."
    )
    assert of_possible(shown) == "of 65 possible; lost: 5, new: 13"
    assert shown.people_to_turn_to == "1.7 → 3.0"
    assert shown.helping.counts == "10 → 18"
    assert shown.across.shares == "under 15% → 23%"
    assert shown.together.counts == "under 5 → 6"
    assert [cell.name for cell in shown.cells] == [
        "Within the public sector",
        "Public – Voluntary and community and others",
        "Within the voluntary and community sector and others",
    ]


@given(cohorts(), occasions)
def test_summary_is_true_of_the_counts(cohort: Cohort, occasion: str) -> None:
    people, before, after = cohort
    counts = compare(people, before, after)
    shown = read(counts)
    pairs = possible_pairs(people, panel_of(before, after), before.answers, after.answers)
    number = {
        sector: place
        for place, group in enumerate(counts.get("groups", ()))
        for sector in (group["sector"], *group["others"])
    }
    helping = [confirmed(pairs, one.answers, HELP) or set() for one in (before, after)]

    def share(some: set[tuple[int, int]], *groups: int) -> Fraction:
        def is_in(pair: tuple[int, int]) -> bool:
            one, other = (number[people[person].sector] for person in pair)
            return one != other and (not groups or {one, other} == set(groups))

        return Fraction(sum(map(is_in, some)), max(sum(map(is_in, pairs)), 1))

    text = summary(shown, occasion)
    if not text:
        assert shown.across.after is None
        return
    first, *rest = text.split(". ")
    then, now = (share(some) for some in helping)
    told = SHARE.findall(first)
    if "more help" in first:
        assert now > then
    elif "fewer help" in first:
        assert now < then
    order = [now, then] if ":" in first else [then, now]
    for match, truth in zip(told, order if len(told) == 2 else [now], strict=True):
        assert is_true(match, truth)
    assert ("six months on" in first) == (occasion == Occasion.LATER)
    for sentence in rest:
        between = {
            frozenset((one, other)): share(helping[1], one, other)
            for one in range(len(shown.groups))
            for other in range(one)
        }
        ((named, most), (_other, second), *_rest) = sorted(
            between.items(), key=lambda item: -item[1]
        )
        assert most > second
        assert is_true(SHARE.findall(sentence)[0], most)
        assert all(shown.groups[place].phrase in sentence for place in named)


def is_true(match: tuple[str, str, str], truth: Fraction) -> bool:
    word, low, high = match
    first = Fraction(int(low), 100)
    if word == "under":
        return truth < first
    if word == "over":
        return truth > first
    if high:
        return first <= truth <= Fraction(int(high), 100)
    return abs(truth - first) <= Fraction(1, 200)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(1, 60))
def test_share_of_a_range_is_true_of_every_count_in_it(low: int, high: int, of: int) -> None:
    low, high = sorted((min(low, of), min(high, of)))
    text = Count(low, high, of).share
    assert all(
        is_true(SHARE.findall(text)[0], Fraction(count, of)) for count in range(low, high + 1)
    )


@pytest.mark.parametrize(
    ("low", "high", "text", "brief"),
    [
        (19, 19, "19", "19"),
        (0, 4, "fewer than 5", "under 5"),
        (41, 45, "more than 40", "over 40"),
        (5, 40, "5 to 40", "5 to 40"),
    ],
)
def test_count_is_shown_as_a_number_or_a_range(low: int, high: int, text: str, brief: str) -> None:
    count = Count(low, high, 45)
    assert (count.text, count.brief) == (text, brief)


@given(cohorts(least=10, most=14), st.integers(0, 14))
def test_reason_says_how_many_answered(cohort: Cohort, silent: int) -> None:
    people, before, after = cohort
    answers = {one: levels for one, levels in after.answers.items() if one > silent}
    shown = read(compare(people, before, type(after)(after.roster, answers)))
    text = why_hidden(shown)
    assert bool(text) != shown.shows_all
    if text.startswith("Nearly everybody"):
        assert shown.panel >= 10
        assert shown.outside < 5
    elif text:
        assert int(text.split()[0]) == len(answers)
        assert ("all figures are shown" in text) == shown.is_indicative


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (Count(0, 4, 20), "Fewer than five people, or nobody, have no helping relationship"),
        (Count(6, 6, 20), "6 of 20 people have no helping relationship"),
        (Count(16, 20, 20), "More than 15 of 20 people have no helping relationship"),
    ],
)
def test_nobody_on_the_edge_is_not_told_apart_from_a_few(count: Count, text: str) -> None:
    assert on_the_edge(count) == f"{text} outside their own organisation."
