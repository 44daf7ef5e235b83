"""The editable text of e-mails: a subject and a Markdown body, with named fields in braces.

“Dear {first_name}” becomes “Dear Amina”. A literal brace is written \\{ or \\}. In a body, values
are escaped for Markdown, and percent-encoded inside the URL of a link: “North%20East”.

In an e-mail whose recipients must stay secret, no personal field may be part of a URL or e-mail
address. A click on `https://a.example/?who={first_name}` would tell the owner of that site who got
the e-mail.
"""

from __future__ import annotations

import re
import secrets
from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ui.markdown import addresses_in, escape
from ui.numbers import joined_by_and

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SUBJECT_LENGTH = 200
# A character that Unicode reserves for internal use.
RESERVED = "\ufdd0"
# Placeholder for the recipient's first name, so that an e-mail to many people is rendered once.
# It is random in each process, so nobody can type it. No stored e-mail contains it.
FIRST_NAME = f"{RESERVED}{secrets.token_hex(8)}"
# An escaped brace or backslash, a field, or a stray brace.
PARTS = re.compile(r"\\(?P<literal>[\\{}])|\{(?P<field>[^{}\n]*)\}|(?P<stray>[{}])")
# The URL of a link. The URL may contain fields in braces.
ADDRESS = re.compile(r"(?:https?://|mailto:)(?:[^\s<>()\"“”{}]|\{[^{}\n]*\})*", re.IGNORECASE)
# A run of characters without white space, except white space inside the braces of a field.
WORD = re.compile(r"(?:\\[\\{}]|\{[^{}\n]*\}|[^\s{}])+")
# Text that a mail program may turn into a link, such as “example.org/x” and “x@example.org”.
# Browsers read the wide signs of East Asian scripts (U+FF20, U+FF0E, U+3002, U+FF61) as @ and full
# stop.
LIKE_AN_ADDRESS = re.compile("[/\\\\@\uff20]|\\w[.\uff0e\u3002\uff61:?=&#%]+\\w")
# The most characters of a long word that an error message quotes.
QUOTED_LENGTH = 60


@dataclass(frozen=True)
class NamedField:
    """A field that a text may contain in braces. `meaning` explains the field to people.

    The value of a personal field differs from recipient to recipient.
    """

    name: str
    meaning: str | StrPromise
    example: str | StrPromise
    is_personal: bool = False

    def __str__(self) -> str:
        return f"{{{self.name}}}"


@dataclass(frozen=True)
class Words:
    """The default text of a kind of message, and the fields that it may contain.

    `to` describes who gets the e-mail, and `when` describes when, for a kind without a `Timing`. If
    `subject` is empty, subjects are generated and can't be edited. `around` describes the fixed
    text around the body.
    """

    subject: str | StrPromise
    body: str | StrPromise
    fields: tuple[NamedField, ...]
    to: str | StrPromise
    when: str | StrPromise = ""
    around: str | StrPromise = ""

    @property
    def examples(self) -> dict[str, str]:
        return {field.name: str(field.example) for field in self.fields}

    @property
    def personal(self) -> frozenset[str]:
        """The names of the personal fields."""
        return frozenset(field.name for field in self.fields if field.is_personal)


def check(text: str, known: Collection[str]) -> None:
    """Raise ValidationError with a sentence for each unknown field and stray brace."""
    problems = [problem_with(part, known) for part in PARTS.finditer(text)]
    if said := [ValidationError(problem) for problem in dict.fromkeys(problems) if problem]:
        raise ValidationError(said)


def problem_with(part: re.Match[str], known: Collection[str]) -> str:
    """Return a sentence about a stray brace or an unknown field; otherwise an empty string."""
    if part["literal"]:
        return ""
    if part["stray"]:
        around = part.string[max(0, part.start() - 12) : part.end() + 12].strip()
        return _(
            "Check the %(brace)s at “%(text)s”. A field has a brace on each side. "
            "To write a brace itself, put a \\ before it."
        ) % {"brace": part["stray"], "text": around}
    name = part["field"].strip()
    if name in known:
        return ""
    alike = get_close_matches(name.lower(), known, n=1)
    fields = {"field": f"{{{name}}}", "known": joined_by_and(f"{{{one}}}" for one in known)}
    if alike:
        return _(
            "There is no field %(field)s here. Did you mean %(alike)s? You can use %(known)s."
        ) % {**fields, "alike": f"{{{alike[0]}}}"}
    return _("There is no field %(field)s here. You can use %(known)s.") % fields


def check_addresses(text: str, personal: Collection[str]) -> None:
    """Raise ValidationError if one of the `personal` fields stands in or beside an address."""
    problems = [
        _(
            "Take %(field)s away from “%(text)s”. A link must be the same for everybody, "
            "because a click on it would tell who it was."
        )
        % {"field": part[0], "text": word_around(text, part)}
        for part in in_addresses(text, personal)
    ]
    if problems:
        raise ValidationError([ValidationError(one) for one in dict.fromkeys(problems)])


def word_around(text: str, part: re.Match[str]) -> str:
    word = next(one[0] for one in WORD.finditer(text) if one.start() <= part.start() < one.end())
    return word if len(word) <= QUOTED_LENGTH else f"{word[: QUOTED_LENGTH - 1]}…"


def in_addresses(text: str, personal: Collection[str]) -> list[re.Match[str]]:
    """Return the fields of `text` that are `personal` and stand in or beside an address.

    A field stands beside an address if there is no white space between them. Finds the fields in
    Markdown links, and in words that a mail program may turn into a link. A word with a personal
    and another field counts too, because the value of the other field may begin an address.
    """
    fields = [one for one in PARTS.finditer(text) if (one["field"] or "").strip() in personal]
    if not fields:
        return []
    in_words = {
        word.start() + part.start()
        for word in WORD.finditer(text)
        if may_become_link(word[0], personal)
        for part in PARTS.finditer(word[0])
    }
    marks = {one.start(): f"qzx{one.start()}xzq" for one in fields}
    marked = PARTS.sub(lambda part: marks.get(part.start(), "x"), text)
    linked = set(re.findall(r"qzx\d+xzq", " ".join(addresses_in(marked)).lower()))
    return [one for one in fields if one.start() in in_words or marks[one.start()] in linked]


def may_become_link(word: str, personal: Collection[str]) -> bool:
    """Return whether the word has a personal field and may become a link in a mail program."""
    names = [one["field"].strip() for one in PARTS.finditer(word) if one["field"] is not None]
    return any(name in personal for name in names) and (
        len(names) > 1 or LIKE_AN_ADDRESS.search(PARTS.sub("x", word)) is not None
    )


def fill_body(body: str, values: Mapping[str, str], *, personal: Collection[str] = ()) -> str:
    """Return the Markdown body with its fields filled in.

    Leaves out the `personal` fields that stand in or beside an address.
    """
    addresses = [one.span() for one in ADDRESS.finditer(body)]
    left_out = {one.start() for one in in_addresses(body, personal)}

    def put_in(words: str, start: int) -> str:
        if start in left_out:
            return ""
        place = bisect_left(addresses, (start,)) - 1
        is_in_address = place >= 0 and start < addresses[place][1]
        return quote(words, safe="") if is_in_address else escape(words)

    return fill(body, values, put_in=put_in, literal=lambda sign: f"\\{sign}")


def fill_subject(subject: str, values: Mapping[str, str], *, personal: Collection[str] = ()) -> str:
    """Return the subject on one line with its fields filled in, shortened to SUBJECT_LENGTH.

    Leaves out the `personal` fields that stand in or beside an address.
    """
    left_out = {one.start() for one in in_addresses(subject, personal)}
    filled = fill(
        subject.replace(RESERVED, " "),
        values,
        put_in=lambda words, start: "" if start in left_out else words,
        literal=str,
    )
    # Count the placeholder of the first name as one character, so that it is never cut in two.
    line = shortened(" ".join(filled.split()).replace(FIRST_NAME, RESERVED))
    return line.replace(RESERVED, FIRST_NAME)


def shortened(line: str) -> str:
    """Return the line, cut to SUBJECT_LENGTH with an ellipsis if it is longer."""
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rstrip()}…"


def fill(
    text: str,
    values: Mapping[str, str],
    *,
    put_in: Callable[[str, int], str],
    literal: Callable[[str], str],
) -> str:
    """Return the text with its fields filled in.

    A field that has no value, because it was removed after the text was saved, stays as typed.
    `put_in(value, start)` returns the text for the value of the field that begins at `start`.
    `literal(character)` returns the text for an escaped brace or backslash.
    """

    def filled(part: re.Match[str]) -> str:
        if part["literal"]:
            return literal(part["literal"])
        name = (part["field"] or "").strip()
        return put_in(values[name], part.start()) if name in values else part[0]

    return PARTS.sub(filled, text)
