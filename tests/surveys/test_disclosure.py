from __future__ import annotations

from collections import Counter
from itertools import combinations_with_replacement

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.disclosure import Detail, detail_of, rounded_mean, shows_words

numbers = st.integers(min_value=0, max_value=200)


@pytest.mark.parametrize(
    ("answers", "detail"),
    [
        (0, Detail.NOTHING),
        (4, Detail.NOTHING),
        (5, Detail.ROUNDED_MEAN),
        (7, Detail.ROUNDED_MEAN),
        (8, Detail.EXACT),
        (30, Detail.EXACT),
    ],
)
def test_closed_survey_shows_a_rounded_mean_from_five_and_exact_figures_from_eight(
    answers: int, detail: Detail
) -> None:
    assert detail_of(answers, is_closed=True) == detail


@given(answers=numbers, outside=numbers)
def test_nothing_is_shown_before_the_survey_closes(answers: int, outside: int) -> None:
    assert detail_of(answers, is_closed=False, outside=outside) == Detail.NOTHING


@pytest.mark.parametrize(
    ("inside", "outside", "detail"),
    [
        (12, 0, Detail.EXACT),
        (12, 1, Detail.NOTHING),
        (12, 4, Detail.NOTHING),
        (12, 5, Detail.ROUNDED_MEAN),
        (12, 8, Detail.EXACT),
        (5, 12, Detail.ROUNDED_MEAN),
        (4, 12, Detail.NOTHING),
    ],
)
def test_group_detail_is_limited_by_answers_outside_group(
    inside: int, outside: int, detail: Detail
) -> None:
    assert detail_of(inside, is_closed=True, outside=outside) == detail


@given(inside=numbers, outside=numbers.filter(bool))
def test_subtraction_reveals_no_more_than_direct_disclosure(inside: int, outside: int) -> None:
    """The total minus one group's figures reveals the figures of the other group.

    It reveals at most what pages may show for the other group's number of answers.
    """
    learned = min(
        detail_of(inside, is_closed=True, outside=outside),
        detail_of(inside + outside, is_closed=True),
    )

    assert learned <= detail_of(outside, is_closed=True)


@given(answers=numbers, outside=numbers)
def test_extra_answer_never_reduces_detail(answers: int, outside: int) -> None:
    before = detail_of(answers, is_closed=True, outside=outside)

    assert detail_of(answers + 1, is_closed=True, outside=outside) >= before


@pytest.mark.parametrize(
    ("answers", "rounded"),
    [
        ((5, 5, 5, 5, 5), 4.5),
        ((5, 5, 5, 5, 3), 4.5),
        ((1, 1, 1, 1, 1), 1.5),
        ((4, 4, 4, 3, 3, 3), 3.5),
        # Means of 3.2, 3.25 and 4.2.
        ((3, 3, 3, 3, 4), 3.0),
        ((3, 3, 3, 4) * 2, 3.5),
        ((4, 4, 4, 4, 5), 4.0),
    ],
)
def test_mean_is_rounded_to_the_nearest_half(answers: tuple[int, ...], rounded: float) -> None:
    assert rounded_mean(answers) == rounded


@pytest.mark.parametrize("people", [5, 6, 7])
def test_rounded_mean_never_tells_how_everybody_answered(people: int) -> None:
    """Every rounded mean fits at least five sets of answers, and no answer is in all of them."""
    fitting: dict[float, list[Counter[int]]] = {}
    for answers in combinations_with_replacement(range(1, 6), people):
        fitting.setdefault(rounded_mean(answers), []).append(Counter(answers))

    for sets in fitting.values():
        assert len(sets) >= 5
        assert [point for point in range(2, 5) if all(one[point] for one in sets)] == []


@pytest.mark.parametrize(
    ("written", "answers", "is_shown"),
    [(4, 7, False), (1, 7, False), (5, 5, True), (5, 7, True), (1, 8, True)],
)
def test_words_are_shown_if_five_wrote_some_or_eight_answered(
    written: int, answers: int, is_shown: bool
) -> None:
    assert shows_words(written, answers) is is_shown
