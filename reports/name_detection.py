"""Detection of known names in words that are to be printed anonymously."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.models import User
from accounts.names import HONORIFICS
from cohorts.models import Cohort, Membership, Organisation

ADDRESS = re.compile(r"[^\s<>()@,;:]+@[^\s<>()@,;:]+\.\w+")
NUMBER = re.compile(r"(?<![\w+])\+?\d(?:[\s().-]*\d){8,}(?!\w)")
# Titles and articles, which are not part of a name.
NO_NAMES = HONORIFICS | {"the"}
LEGAL = re.compile(r"[\s,]+(?:ltd|limited|plc|llp|cic|cio|inc)\.?$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """Names found, each once in its known spelling: the author's own, and other people's."""

    own: list[str]
    others: list[str]


def named_in(words: str, *, author: User, cohort: Cohort) -> Named:
    """Return names of the cohort's people and of all organisations, addresses and phone numbers.

    Two queries. Finds known spellings only; the page says so.
    """
    members = list(Membership.objects.filter(cohort=cohort).select_related("user"))
    author_works_at = {member.organisation_id for member in members if member.user_id == author.pk}
    known = [*names_of([author], is_own=True), (author.email, True)]
    known += names_of(
        (member.user for member in members if member.user_id != author.pk), is_own=False
    )
    known += [
        (LEGAL.sub("", name), pk in author_works_at)
        for pk, name in Organisation.objects.order_by("pk").values_list("pk", "name")
    ]
    return search(words, known)


def names_of(people: Iterable[User], *, is_own: bool) -> Iterator[tuple[str, bool]]:
    """Yield each full name, then its capitalised parts (so not a “van”)."""
    for person in people:
        yield person.name, is_own
        for part in person.name.split():
            if part[0].isupper() and len(part) > 1 and part.strip(".").casefold() not in NO_NAMES:
                yield part, is_own


def search(words: str, known: Iterable[tuple[str, bool]]) -> Named:
    """Search for longer names first, and for the author's before others' of the same length."""
    text, found = plain(words), Named([], [])
    for name, is_own in sorted(known, key=lambda one: (-len(one[0]), not one[1])):
        for match in reversed(list(occurrences(name, text))):
            note(found, name, is_own=is_own)
            text = f"{text[: match.start()]} {text[match.end() :]}"
    for match in (*ADDRESS.finditer(text), *NUMBER.finditer(text)):
        note(found, match[0], is_own=False)
    return found


def occurrences(name: str, text: str) -> Iterator[re.Match[str]]:
    """Yield matches. A single word matches only capitalised: “Will”, not “will”."""
    phrase = r"\s+".join(re.escape(part) for part in plain(name).split())
    is_plain_word = " " not in name.strip() and name[:1].isupper()
    for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", text, re.IGNORECASE) if phrase else ():
        if not is_plain_word or match[0][0].isupper():
            yield match


def note(found: Named, name: str, *, is_own: bool) -> None:
    if name not in found.own and name not in found.others:
        (found.own if is_own else found.others).append(name)


def plain(text: str) -> str:
    """Return the text without accents and with one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", text)
    return re.sub("[’‘`]", "'", "".join(one for one in letters if not unicodedata.combining(one)))
