"""Detection of names, e-mail addresses and phone numbers in text to be printed anonymously."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from accounts.models import User
from accounts.names import HONORIFICS
from cohorts.models import Cohort, Membership, Organisation

# The lookbehind lets a match begin only at the start of a run of characters that an address can
# contain. Without it, the pattern takes quadratic time on a long run.
ADDRESS = re.compile(r"(?<![^\s<>()@,;:])[^\s<>()@,;:]+@[^\s<>()@,;:]+\.\w+")
NUMBER = re.compile(r"(?<![\w+])\+?\d(?:[\s().-]*\d){8,}(?!\w)")
# Words (in lower case) that are not part of a name even if they are capitalised.
NO_NAMES = HONORIFICS | {"the"}
# Matches the legal form at the end of an organisation's name.
LEGAL = re.compile(r"(?<![\s,])[\s,]+(?:ltd|limited|plc|llp|cic|cio|inc)\.?$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """The names found in a text, without duplicates, and spelt as in the database.

    `own` are the author's name, e-mail address and organisations. `others` are other people and
    organisations, e-mail addresses and phone numbers.
    """

    own: list[str]
    others: list[str]


def named_in(words: str, *, author: User, cohort: Cohort) -> Named:
    """Return the names, e-mail addresses and phone numbers in the words.

    Searches for the names of the cohort's members and of all organisations. Finds no misspelt names
    and no nicknames (the page says so). Makes two queries.
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
    """Yield each person's full name and its capitalised parts, each paired with `is_own`.

    Titles and single letters are left out, and so are lower-case parts such as “van”.
    """
    for person in people:
        yield person.name, is_own
        for part in person.name.split():
            if part[0].isupper() and len(part) > 1 and part.strip(".").casefold() not in NO_NAMES:
                yield part, is_own


def search(words: str, known: Iterable[tuple[str, bool]]) -> Named:
    """Return the known names, e-mail addresses and phone numbers in the words.

    `known` has pairs of a name and whether it is the author's own. Longer names are searched for
    first, and of equally long names the author's own. Each match is removed from the text before
    the next search, so that a part of a longer name is not found again.
    """
    text, found = plain(words), Named([], [])
    for name, is_own in sorted(known, key=lambda one: (-len(one[0]), not one[1])):
        for match in reversed(list(occurrences(name, text))):
            add_name(found, name, is_own=is_own)
            text = f"{text[: match.start()]} {text[match.end() :]}"
    for match in (*ADDRESS.finditer(text), *NUMBER.finditer(text)):
        add_name(found, match[0], is_own=False)
    return found


def occurrences(name: str, text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of the name in the text, ignoring case.

    A single capitalised word, such as “Will”, matches only words that are capitalised in the text.
    """
    phrase = r"\s+".join(re.escape(part) for part in plain(name).split())
    is_plain_word = " " not in name.strip() and name[:1].isupper()
    for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", text, re.IGNORECASE) if phrase else ():
        if not is_plain_word or match[0][0].isupper():
            yield match


def add_name(found: Named, name: str, *, is_own: bool) -> None:
    if name not in found.own and name not in found.others:
        (found.own if is_own else found.others).append(name)


def plain(text: str) -> str:
    """Return the text without accents and with one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", text)
    return re.sub("[’‘`]", "'", "".join(one for one in letters if not unicodedata.combining(one)))
