"""Search in a person's own writing, ignoring accents and case.

The database can't search encrypted text, so it is decrypted and searched here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# Characters before the first match, and in the whole excerpt.
BEFORE, LONGEST = 90, 340


def fold(text: str) -> str:
    """Return the text without capitals and accents, for comparison."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def words_of(query: str) -> list[str]:
    """Return the distinct search terms, folded. Empty if the query has nothing but accents."""
    return [word for word in dict.fromkeys(fold(query).split()) if word]


def holds_all(texts: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether every word occurs in one of the texts."""
    folded = "\n".join(map(fold, texts))
    return all(word in folded for word in words)


def excerpt(texts: Sequence[str], words: Sequence[str]) -> SafeString:
    """Return an HTML excerpt of the first text that contains any of the words, with them marked."""
    for text in texts:
        if spans := list(merged(sorted(spans_of(text, words)))):
            return marked(text, spans)
    return SafeString("")


def spans_of(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the positions of the words in the original text.

    Its length may differ from the folded text's.
    """
    signs, places = list[str](), list[int]()
    for place, sign in enumerate(text):
        for plain in fold(sign):
            signs.append(plain)
            places.append(place)
    folded = "".join(signs)
    for word in words:
        found = folded.find(word)
        while found != -1:
            end = places[found + len(word) - 1] + 1
            while end < len(text) and unicodedata.combining(text[end]):
                end += 1
            yield places[found], end
            found = folded.find(word, found + 1)


def merged(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the sorted spans with overlapping ones merged."""
    began, ended = -1, -1
    for start, end in spans:
        if start > ended:
            if ended > 0:
                yield began, ended
            began, ended = start, end
        ended = max(ended, end)
    if ended > 0:
        yield began, ended


def marked(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    first = max(0, spans[0][0] - BEFORE)
    if first:
        # Start at the beginning of a word if one is near.
        first = text.find(" ", first, spans[0][0]) + 1 or first
    last = min(len(text), max(first + LONGEST, spans[0][1]))
    html, at = "…" if first else "", first
    for start, end in spans:
        if end > last:
            break
        html += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
        at = end
    html += escape(text[at:last]) + ("…" if last < len(text) else "")
    return mark_safe(html)  # noqa: S308 (all user text is escaped above)
