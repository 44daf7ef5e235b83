"""Search in a person's own writing, ignoring accents and case.

The database can't search encrypted text, so these functions search the decrypted text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

# The most characters in an excerpt before the first match, and in the whole excerpt.
BEFORE, LONGEST = 90, 340


def fold(text: str) -> str:
    """Return the text in lower case and without accents, for comparison."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def search_terms(query: str) -> list[str]:
    """Return the distinct words of the query, folded; none if it has only spaces and accents."""
    return [word for word in dict.fromkeys(fold(query).split()) if word]


def contains_all(texts: Sequence[str], words: Sequence[str]) -> bool:
    """Return whether each of the folded words occurs in at least one of the texts."""
    folded = "\n".join(map(fold, texts))
    return all(word in folded for word in words)


def excerpt(texts: Sequence[str], words: Sequence[str]) -> SafeString:
    """Return an HTML excerpt of the first text that contains any of the folded words.

    The words are in `<mark>` elements. The excerpt is empty if no text contains any of them.
    """
    for text in texts:
        if spans := list(merged(sorted(spans_of(text, words)))):
            return highlighted(text, spans)
    return SafeString("")


def spans_of(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the start and end of each occurrence of the folded words in the text.

    Folding can change the length of a text, so each folded character is mapped to its original.
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
    """Yield the spans (sorted by their start) with overlapping and adjoining spans merged."""
    began, ended = -1, -1
    for start, end in spans:
        if start > ended:
            if ended > 0:
                yield began, ended
            began, ended = start, end
        ended = max(ended, end)
    if ended > 0:
        yield began, ended


def highlighted(text: str, spans: Sequence[tuple[int, int]]) -> SafeString:
    """Return an HTML excerpt around the first span, with all of its spans in `<mark>` elements."""
    first = max(0, spans[0][0] - BEFORE)
    if first:
        # Start at the beginning of a word, if one begins before the first match.
        first = text.find(" ", first, spans[0][0]) + 1 or first
    last = min(len(text), max(first + LONGEST, spans[0][1]))
    html, at = "…" if first else "", first
    for start, end in spans:
        if end > last:
            break
        html += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
        at = end
    html += escape(text[at:last]) + ("…" if last < len(text) else "")
    return mark_safe(html)  # noqa: S308 (the text is escaped above)
