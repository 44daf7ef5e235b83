"""Tests of the figures: a hand-worked example, and properties of random answers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.before_after.figures import (
    Change,
    change_of,
    one_decimal,
    scale_changes,
    score_change,
    sight_change,
    student_t,
)
from surveys.before_after.instrument import SCALES, SIGHTS, UNSEEN
from surveys.models import Answers
from tests.surveys.before_after.conftest import all_answered

pytestmark = pytest.mark.pure

AUTHORITY = SCALES[0]
ACT, CONSENT, OTHERS = AUTHORITY.statements
NAMES = [name for scale in SCALES for name in scale.statements]

some_answers = st.dictionaries(st.sampled_from(NAMES), st.integers(1, 5))
people = st.dictionaries(
    st.integers(0, 40).map(str), st.tuples(some_answers, some_answers), max_size=25
)
some_sights = st.dictionaries(
    st.sampled_from(list(SIGHTS)), st.one_of(st.integers(1, 5), st.just(UNSEEN))
)


def hand_worked(changes: list[Fraction], *, is_closed: bool = True) -> Change:
    return change_of(changes, is_closed=is_closed)


# Ten people, in thirds of a point: +1, +1, +2/3, +2/3, +1/3, +1/3, 0, 0, -1/3, -2/3.
# Sum 9/3 = 3, so the mean is 0.3. Squares of the deviations: 2 × 0.49 + 2 × 0.134444 +
# 2 × 0.001111 + 2 × 0.09 + 0.401111 + 0.934444 = 2.766667. s² = 2.766667 / 9 = 0.307407; √(s²/10)
# = 0.175330; × 1.833 = 0.321380. So the interval is from -0.02 to 0.62. Up: four; down: one.
TEN = [Fraction(third, 3) for third in (3, 3, 2, 2, 1, 1, 0, 0, -1, -2)]


def test_hand_worked_example_with_everything() -> None:
    assert hand_worked(TEN) == Change(10, 0.3, up=4, same=5, down=1, low=0.0, high=0.6)


def test_interval_uses_the_standard_deviation_with_n_minus_1() -> None:
    # Nine went up by 2, one stayed: s² = (9 × 0.04 + 3.24) / 9 = 0.4; √(0.4 / 10) = 0.2; × 1.833 =
    # 0.367. With n in place of n - 1 it would be 0.348, and the low end 1.5.
    change = hand_worked([*[Fraction(2)] * 9, Fraction(0)])
    assert (change.mean, change.low, change.high) == (1.8, 1.4, 2.2)


def test_nine_have_no_interval() -> None:
    # Without the last: sum 11/3, mean 0.407.
    assert hand_worked(TEN[:9]) == Change(9, 0.4, up=4, same=5, down=0)


def test_seven_have_only_a_mean() -> None:
    assert hand_worked(TEN[:7]) == Change(7, 0.6)


def test_four_show_nothing() -> None:
    assert hand_worked(TEN[:4]) == Change()
    assert not hand_worked(TEN[:4]).is_shown
    assert hand_worked(TEN[:5]).is_shown


def test_open_waves_show_nothing() -> None:
    assert hand_worked(TEN, is_closed=False) == Change()


def test_half_a_point_counts_as_up_or_down() -> None:
    half = Fraction(1, 2)
    assert hand_worked([half] * 4 + [-half] * 3 + [Fraction(49, 100)]) == Change(8, 0.1, 4, 1, 3)


def test_zero_has_no_minus() -> None:
    assert str(hand_worked([Fraction(-1, 100)] * 5).mean) == "0.0"


@pytest.mark.parametrize(("degrees", "value"), [(9, 1.833), (35, 1.697), (59, 1.684), (500, 1.651)])
def test_student_t_is_never_too_small(degrees: int, value: float) -> None:
    assert student_t(degrees) == value


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ({ACT: 2, CONSENT: 2, OTHERS: 2}, {ACT: 3, CONSENT: 4, OTHERS: 2}, Fraction(1)),
        ({ACT: 2, CONSENT: 2, OTHERS: 5}, {ACT: 3, CONSENT: 4}, Fraction(3, 2)),
        ({ACT: 2, OTHERS: 5}, {ACT: 3, CONSENT: 4}, None),
        ({}, {ACT: 3, CONSENT: 4, OTHERS: 4}, None),
    ],
)
def test_only_statements_answered_twice_count(
    before: Answers, after: Answers, change: Fraction | None
) -> None:
    assert score_change(AUTHORITY, before, after) == change


def test_looking_back_is_beside_the_change_and_never_alone() -> None:
    before = {str(one): all_answered(3) for one in range(6)}
    after = {str(one): all_answered(4, then_authority=2) for one in range(6)}
    authority, boundaries, *_ = scale_changes(before, after, is_closed=True)
    assert (authority.change.mean, authority.looking_back.mean) == (1.0, 2.0)
    assert (boundaries.change.mean, boundaries.looking_back) == (1.0, Change())
    # Two of six skipped the statements at the start, so looking back has five people but the
    # change has four.
    before |= {"0": {}, "1": {}}
    assert {one.looking_back for one in scale_changes(before, after, is_closed=True)} == {Change()}


def test_colleagues_count_by_what_they_have_seen() -> None:
    all_seen = dict.fromkeys(SIGHTS, 4)
    one_seen = {**dict.fromkeys(SIGHTS, UNSEEN), next(iter(SIGHTS)): 5}
    assert sight_change([all_seen] * 5 + [one_seen] * 4, is_closed=True) == Change(5, 1.0)
    assert sight_change([all_seen] * 4 + [one_seen] * 4, is_closed=True) == Change()


def figures(pairs: dict[str, tuple[Answers, Answers]]) -> Any:
    before = {one: pair[0] for one, pair in pairs.items()}
    after = {one: pair[1] for one, pair in pairs.items()}
    return scale_changes(before, after, is_closed=True)


@given(people)
def test_no_figure_is_from_fewer_than_five_pairs(pairs: dict[str, tuple[Answers, Answers]]) -> None:
    for one in figures(pairs):
        known = [score_change(one.scale, *pair) for pair in pairs.values()]
        n = sum(change is not None for change in known)
        assert one.change.people == (n if n >= 5 else None)
        assert one.change.has_directions == (n >= 8)
        assert one.change.has_interval == (n >= 10)
        if n < 5:
            assert (one.change, one.looking_back) == (Change(), Change())


@given(people, st.randoms())
def test_swapping_people_changes_nothing(
    pairs: dict[str, tuple[Answers, Answers]], chance: Any
) -> None:
    names = list(pairs)
    shuffled = chance.sample(names, len(names))
    swapped = dict(zip(shuffled, (pairs[name] for name in names), strict=True))
    assert figures(swapped) == figures(pairs)


@given(people, some_answers)
def test_silence_never_counts(pairs: dict[str, tuple[Answers, Answers]], only: Answers) -> None:
    silent = {
        "never": ({}, {}),
        "only before": (only, {}),
        "only after": ({}, only),
    }
    assert figures({**pairs, **silent}) == figures(pairs)
    before = {one: pair[0] for one, pair in pairs.items()}
    after = {one: pair[1] for one, pair in pairs.items()}
    alone = scale_changes({**before, "alone": only}, after, is_closed=True)
    assert alone == figures(pairs)


@given(st.lists(some_sights, max_size=15))
def test_what_colleagues_have_not_seen_never_counts(answers: list[Answers]) -> None:
    unseen = [dict.fromkeys(SIGHTS, UNSEEN), {}]
    assert sight_change([*answers, *unseen], is_closed=True) == sight_change(
        answers, is_closed=True
    )


@given(st.lists(st.fractions(-4, 4, max_denominator=3), min_size=10, max_size=30))
def test_interval_is_around_the_mean(changes: list[Fraction]) -> None:
    change = change_of(changes, is_closed=True)
    assert change.mean is not None
    assert change.low is not None
    assert change.high is not None
    assert change.low <= change.mean <= change.high
    assert change.mean == one_decimal(Fraction(sum(changes), len(changes)))
    assert change.up is not None
    assert change.same is not None
    assert change.down is not None
    assert change.up + change.same + change.down == len(changes)
