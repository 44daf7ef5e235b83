"""The editable text of e-mails: a subject and a Markdown body, with named fields in braces.

“Dear {first_name}” becomes “Dear Amina”. A literal brace is written \\{ or \\}. In a body, values
are escaped for Markdown, and percent-encoded inside the URL of a link: “North%20East”.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ui.markdown import escape
from ui.numbers import joined_by_and

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SUBJECT_LENGTH = 200
# Placeholder for the recipient's first name, so that an e-mail to many people is rendered once.
# Unicode reserves this character for internal use, so no text may contain it.
FIRST_NAME = "\ufdd0"
# The special parts of an editable text: an escaped brace or backslash, a field, or a stray brace.
PARTS = re.compile(r"\\(?P<literal>[\\{}])|\{(?P<field>[^{}\n]*)\}|(?P<stray>[{}])")

# Matches the text before a field if the field is inside a URL.
IN_ADDRESS = re.compile(r"(?:https?://|mailto:)(?:[^\s<>()\"“”{}]|\{[^{}\n]*\})*$", re.IGNORECASE)


@dataclass(frozen=True)
class NamedField:
    """A field that a text may contain in braces. `meaning` explains the field to people."""

    name: str
    meaning: str | StrPromise
    example: str | StrPromise

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


def fill_body(body: str, values: Mapping[str, str]) -> str:
    """Return the Markdown body with its fields filled in."""

    def put_in(words: str, before: str) -> str:
        return quote(words, safe="") if IN_ADDRESS.search(before) else escape(words)

    return fill(body, values, put_in=put_in, literal=lambda sign: f"\\{sign}")


def fill_subject(subject: str, values: Mapping[str, str]) -> str:
    """Return the subject on one line with its fields filled in, shortened to SUBJECT_LENGTH."""
    filled = fill(subject, values, put_in=lambda words, before: words, literal=str)
    return shortened(" ".join(filled.split()))


def shortened(line: str) -> str:
    """Return the line, cut to SUBJECT_LENGTH with an ellipsis if it is longer."""
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rstrip()}…"


def fill(
    text: str,
    values: Mapping[str, str],
    *,
    put_in: Callable[[str, str], str],
    literal: Callable[[str], str],
) -> str:
    """Return the text with its fields filled in.

    A field that has no value, because it was removed after the text was saved, stays as typed.
    `put_in(value, text_before)` returns the text to insert for a value, `literal(character)` the
    text to insert for an escaped character.
    """

    def filled(part: re.Match[str]) -> str:
        if part["literal"]:
            return literal(part["literal"])
        name = (part["field"] or "").strip()
        return put_in(values[name], text[: part.start()]) if name in values else part[0]

    return PARTS.sub(filled, text)
