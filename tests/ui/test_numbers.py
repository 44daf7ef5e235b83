"""Numbers as people read them."""

import pytest

from ui.numbers import percent


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.907, "91%"), (0, "0%"), (1, "100%"), (0.285, "29%"), (0.125, "13%"), (0.004, "0%"), (None, "–")],
)
def test_percent_rounds_as_it_is_taught(share: float | None, words: str) -> None:
    assert percent(share) == words
