"""The rules for shortening a comment, and for the reason why one is hidden. Pure functions."""

from __future__ import annotations

import re
from string import punctuation

# Marks a gap, with or without words around it. It is ignored when texts are compared.
ELLIPSIS = re.compile(r"…|\.\.\.")
# Punctuation may be left out at the ends of a word, so that a shortened sentence reads well.
EDGES = punctuation + "’‘“”–—"
# This many words in a row make a quotation.
QUOTED_WORDS = 4


def words_in(text: str) -> list[str]:
    return ELLIPSIS.sub(" ", text).split()


def first_added_word(original: str, shortened: str) -> str | None:
    """Return the first word that `shortened` adds to `original`, or None.

    A word is added unless `original` has it, in the same order and with the same capital letters.
    """
    rest = iter(words_in(original))
    for word in words_in(shortened):
        if not any(word in (one, one.strip(EDGES)) for one in rest):
            return word
    return None


def quotes(reason: str, comment: str) -> bool:
    """Return whether the reason repeats the comment: a run of its words, or all of a short one."""
    said, given = plain_words(comment), plain_words(reason)
    length = min(QUOTED_WORDS, len(said))
    return length > 0 and not set(runs(said, length)).isdisjoint(runs(given, length))


def plain_words(text: str) -> list[str]:
    """Return the words in lower case, without punctuation at their ends."""
    stripped = (word.strip(EDGES).casefold() for word in words_in(text))
    return [word for word in stripped if word]


def runs(words: list[str], length: int) -> list[tuple[str, ...]]:
    """Return every run of this many words in a row."""
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]
