"""Words found in what somebody wrote: whatever their accents and capitals, and wherever they stand in it.

The database can't look: the text is sealed there. So it is opened for its author alone, and looked through here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

BEFORE, LONGEST = 90, 340


def fold(text: str) -> str:
    """As it is compared: without capitals and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def words_of(query: str) -> list[str]:
    """What is looked for; none of a query that has only accents in it."""
    return [word for word in dict.fromkeys(fold(query).split()) if word]


def holds_all(texts: Sequence[str], words: Sequence[str]) -> bool:
    """Every word stands in one of the texts."""
    folded = "\n".join(map(fold, texts))
    return all(word in folded for word in words)


def excerpt(texts: Sequence[str], words: Sequence[str]) -> SafeString:
    """The part of the first text with one of the words in it that is around that, with all of them marked; as HTML."""
    for text in texts:
        if spans := list(merged(sorted(spans_of(text, words)))):
            return marked(text, spans)
    return SafeString("")


def spans_of(text: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the words stand in the text as it was written, whose letters are not those that are compared."""
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
    """In order, none in another."""
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
        # From a word's beginning on, if there is one near.
        first = text.find(" ", first, spans[0][0]) + 1 or first
    last = min(len(text), max(first + LONGEST, spans[0][1]))
    html, at = "…" if first else "", first
    for start, end in spans:
        if end > last:
            break
        html += f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>"
        at = end
    html += escape(text[at:last]) + ("…" if last < len(text) else "")
    return mark_safe(html)  # noqa: S308 (all that people wrote is escaped above)
