"""How a kind of message is worded: a subject and a body in Markdown, with named fields in braces.

“Dear {first_name}” becomes “Dear Amina”. A brace itself is written \\{ or \\}. What is put in stays as it is, whatever
marks it has in it; inside the address of a link it is encoded as addresses are: “North%20East”.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core.exceptions import ValidationError

from ui.markdown import escape

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SUBJECT_LENGTH = 200
# Stands for the first name of who gets a letter until it is written to them: what many get is rendered once. A
# character that no text may hold.
FIRST_NAME = "\ufdd0"
# A brace that is meant, a field, or a brace that is neither.
PARTS = re.compile(r"\\(?P<meant>[\\{}])|\{(?P<field>[^{}\n]*)\}|(?P<stray>[{}])")

# What comes before a field that stands inside the address of a link.
IN_ADDRESS = re.compile(r"(?:https?://|mailto:)(?:[^\s<>()\"“”{}]|\{[^{}\n]*\})*$", re.IGNORECASE)


@dataclass(frozen=True)
class NamedField:
    """What may stand in braces: its name, what it is in plain words, and what it might be."""

    name: str
    meaning: str | StrPromise
    example: str | StrPromise

    def __str__(self) -> str:
        return f"{{{self.name}}}"


@dataclass(frozen=True)
class Words:
    """How a kind is worded unless a programme or a cohort says otherwise, and which fields it knows.

    `to` and `when` say to whom it goes and, if it has no timing, when. Without a `subject` it is made of what has
    happened, and nobody may change it. `around` says what stands around the body whatever that says.
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
    """Raises ValidationError, a sentence for each thing that is wrong with the braces of the text."""
    problems = [problem_with(part, known) for part in PARTS.finditer(text)]
    if said := [ValidationError(problem) for problem in dict.fromkeys(problems) if problem]:
        raise ValidationError(said)


def problem_with(part: re.Match[str], known: Collection[str]) -> str:
    """What is wrong with a brace or a field; empty if nothing is."""
    if part["meant"]:
        return ""
    if part["stray"]:
        around = part.string[max(0, part.start() - 12) : part.end() + 12].strip()
        return (
            f"There is a {part['stray']} that opens or closes no field, at “{around}”. "
            "A field has one on each side; a brace itself is written with a \\ before it."
        )
    name = part["field"].strip()
    if name in known:
        return ""
    alike = get_close_matches(name.lower(), known, n=1)
    meant = f" Did you mean {{{alike[0]}}}?" if alike else ""
    return f"There is no field {{{name}}} here.{meant} You can use {listed(known)}."


def listed(names: Collection[str]) -> str:
    *others, last = (f"{{{name}}}" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def fill_body(body: str, values: Mapping[str, str]) -> str:
    """The Markdown with its fields put in."""

    def put_in(words: str, before: str) -> str:
        return quote(words, safe="") if IN_ADDRESS.search(before) else escape(words)

    return fill(body, values, put_in=put_in, meant=lambda sign: f"\\{sign}")


def fill_subject(subject: str, values: Mapping[str, str]) -> str:
    """One line, no longer than a subject may be, with its fields put in."""
    filled = fill(subject, values, put_in=lambda words, before: words, meant=str)
    return shortened(" ".join(filled.split()))


def shortened(line: str) -> str:
    """As a subject may be: with an ellipsis where it was longer."""
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1].rstrip()}…"


def fill(
    text: str,
    values: Mapping[str, str],
    *,
    put_in: Callable[[str, str], str],
    meant: Callable[[str], str],
) -> str:
    """A field that is not known, kept from before it went out of use, stays as it was typed.

    What is `put_in` may depend on what stands before it.
    """

    def filled(part: re.Match[str]) -> str:
        if part["meant"]:
            return meant(part["meant"])
        name = (part["field"] or "").strip()
        return put_in(values[name], text[: part.start()]) if name in values else part[0]

    return PARTS.sub(filled, text)
