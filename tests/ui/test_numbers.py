"""Formatting of numbers."""

import pytest

from ui.numbers import in_words, percent


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.907, "91%"),
        (0, "0%"),
        (1, "100%"),
        (0.285, "29%"),
        (0.125, "13%"),
        (0.004, "0%"),
        (None, "–"),
    ],
)
def test_percent_rounds_half_up(share: float | None, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no"), (1, "one"), (6, "six"), (12, "twelve"), (13, "13")]
)
def test_small_numbers_are_spelled_out(count: int, words: str) -> None:
    assert in_words(count) == words
