from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.disclosure import Detail, detail_of

numbers = st.integers(min_value=0, max_value=200)


@pytest.mark.parametrize(
    ("answers", "detail"),
    [
        (0, Detail.NOTHING),
        (4, Detail.NOTHING),
        (5, Detail.FIGURES),
        (7, Detail.FIGURES),
        (8, Detail.DISTRIBUTION),
        (30, Detail.DISTRIBUTION),
    ],
)
def test_closed_survey_shows_mean_from_five_and_distribution_from_eight(
    answers: int, detail: Detail
) -> None:
    assert detail_of(answers, is_closed=True) == detail


@given(answers=numbers, outside=numbers)
def test_nothing_is_shown_before_the_survey_closes(answers: int, outside: int) -> None:
    assert detail_of(answers, is_closed=False, outside=outside) == Detail.NOTHING


@pytest.mark.parametrize(
    ("inside", "outside", "detail"),
    [
        (12, 0, Detail.DISTRIBUTION),
        (12, 1, Detail.NOTHING),
        (12, 4, Detail.NOTHING),
        (12, 5, Detail.FIGURES),
        (12, 8, Detail.DISTRIBUTION),
        (5, 12, Detail.FIGURES),
        (4, 12, Detail.NOTHING),
    ],
)
def test_group_detail_is_limited_by_answers_outside_group(
    inside: int, outside: int, detail: Detail
) -> None:
    assert detail_of(inside, is_closed=True, outside=outside) == detail


@given(inside=numbers, outside=numbers.filter(bool))
def test_subtraction_reveals_no_more_than_direct_disclosure(inside: int, outside: int) -> None:
    """Subtracting one group's figures from the total reveals no more about the other group.

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
