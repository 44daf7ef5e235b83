"""The rules for shortening a comment, and for the reason to hide one."""

import pytest

from surveys.shortening import first_added_word, quotes

ORIGINAL = "Bryn talked all the time, and I, the only nurse, said nothing."


@pytest.mark.parametrize(
    ("shortened", "added"),
    [
        (ORIGINAL, None),
        ("… talked all the time, and I said nothing", None),
        ("… talked all the time, and I, … said nothing.", None),
        ("talked all the time", None),
        ("Bryn… said nothing", None),
        ("all... nothing.", None),
        ("Talked all the time", "Talked"),
        ("said nothing, Bryn", "nothing,"),
        ("the time all", "all"),
        ("Bryn never talked", "never"),
        ("Bryn talked!", "talked!"),
        ("Bryn Bryn", "Bryn"),
        ("…", None),
    ],
)
def test_shortening_only_leaves_words_out(shortened: str, added: str | None) -> None:
    """Punctuation at the ends of a word can be left out, but not added."""
    assert first_added_word(ORIGINAL, shortened) == added


@pytest.mark.parametrize(
    ("reason", "is_quote"),
    [
        ("It names somebody.", False),
        ("It says “Bryn talked all the time”.", True),
        ("bryn TALKED, all the!", True),
        ("It is about the only nurse.", False),
        ("", False),
    ],
)
def test_reason_that_repeats_the_comment_is_recognised(reason: str, is_quote: bool) -> None:
    assert quotes(reason, ORIGINAL) is is_quote
    assert quotes("More tea is what it says", "More tea") is True
    assert quotes("It asks for more of the tea", "More tea") is False
