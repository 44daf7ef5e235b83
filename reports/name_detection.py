"""Whom and what somebody's words name, of those that we know: before they are printed without a name."""

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
# Words before or after a name that are no part of it.
NO_NAMES = HONORIFICS | {"the"}
LEGAL = re.compile(r"[\s,]+(?:ltd|limited|plc|llp|cic|cio|inc)\.?$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """What was found: of the author themselves, and of others; each once, as we know it."""

    own: list[str]
    others: list[str]


def named_in(words: str, *, author: User, cohort: Cohort) -> Named:
    """Names of the cohort's people, all organisations, and what looks like an address or a telephone number.

    Two queries. It finds what is spelt as we know it, and no more: the page says so.
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
    """Each full name, then its parts that begin with a capital: not the “van” of a name."""
    for person in people:
        yield person.name, is_own
        for part in person.name.split():
            if part[0].isupper() and len(part) > 1 and part.strip(".").casefold() not in NO_NAMES:
                yield part, is_own


def search(words: str, known: Iterable[tuple[str, bool]]) -> Named:
    """Longer names first, so that “Dev Patel” is not “Dev” and “Patel” as well; one's own before others' alike."""
    text, found = plain(words), Named([], [])
    for name, is_own in sorted(known, key=lambda one: (-len(one[0]), not one[1])):
        for match in reversed(list(occurrences(name, text))):
            note(found, name, is_own=is_own)
            text = f"{text[: match.start()]} {text[match.end() :]}"
    for match in (*ADDRESS.finditer(text), *NUMBER.finditer(text)):
        note(found, match[0], is_own=False)
    return found


def occurrences(name: str, text: str) -> Iterator[re.Match[str]]:
    """A single word is a name where it has a capital: “Will” and “Open” are, “will” and “open” are not."""
    phrase = r"\s+".join(re.escape(part) for part in plain(name).split())
    is_plain_word = " " not in name.strip() and name[:1].isupper()
    for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", text, re.IGNORECASE) if phrase else ():
        if not is_plain_word or match[0][0].isupper():
            yield match


def note(found: Named, name: str, *, is_own: bool) -> None:
    if name not in found.own and name not in found.others:
        (found.own if is_own else found.others).append(name)


def plain(text: str) -> str:
    """Without accents, and with one kind of apostrophe: people type both as they come."""
    letters = unicodedata.normalize("NFKD", text)
    return re.sub("[’‘`]", "'", "".join(one for one in letters if not unicodedata.combining(one)))
