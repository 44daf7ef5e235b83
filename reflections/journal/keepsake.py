"""A keepsake: a person's own reflections and experiments in a cohort, as a small book.

The keepsake doesn't include other people's words, because people can delete what they wrote, but
not from a file that somebody has downloaded. The keepsake names the people who replied to the
author, if the author can read their replies now.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from reflections.journal.timeline import entries, experiments, repliers, replies_to_others
from reflections.models import Experiment, Reflection, Reply
from ui import dates
from ui.pdf import typeset_apart
from workshops.models import Workshop

STYLES = Path(__file__).with_suffix(".css")
# 66,000 characters take three seconds to typeset. More would take too long for a request.
MOST_CHARACTERS = 250_000


@dataclass(frozen=True)
class Piece:
    """A reflection, or a reply to somebody else's reflection.

    `answered_by` has the names of the people who replied to the reflection.
    """

    thing: Reflection | Reply
    answered_by: str = ""

    @property
    def at(self) -> datetime:
        return self.thing.written_at

    @property
    def text(self) -> str:
        return self.thing.body

    @property
    def heading(self) -> str:
        """Return the reflection's prompt or, for a reply, a heading such as “To Amina Rahman”."""
        if isinstance(self.thing, Reply):
            return _("To %(person)s") % {"person": self.thing.reflection.author}
        return self.thing.prompt

    @property
    def text_direction(self) -> str:
        return direction(self.text)


@dataclass(frozen=True)
class KeepsakeExperiment:
    """An experiment in the keepsake, with the sub-headings and text directions for the template."""

    experiment: Experiment

    @property
    def text_direction(self) -> str:
        return direction(self.experiment.words)

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """Return a tuple (sub-heading, text, text direction) for each answer that has text."""
        answers = (
            (_("What happened"), self.experiment.happened),
            (_("What I learned"), self.experiment.learned),
        )
        return [(heading, text, direction(text)) for heading, text in answers if text]


@dataclass(frozen=True)
class Chapter:
    """The pieces about one workshop, or those about no workshop, oldest first."""

    workshop: Workshop | None
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True)
class Keepsake:
    """A keepsake. Chapters are in the order of the workshops; the one about no workshop is last."""

    author: User
    cohort: Cohort
    workshops: list[Workshop]
    chapters: list[Chapter]
    tried: list[KeepsakeExperiment]

    @property
    def is_empty(self) -> bool:
        return not self.chapters and not self.tried

    @property
    def characters(self) -> int:
        pieces = (len(piece.text) for chapter in self.chapters for piece in chapter.pieces)
        tried = (
            len(one.words) + len(one.happened) + len(one.learned)
            for one in (item.experiment for item in self.tried)
        )
        return sum(pieces) + sum(tried)

    @property
    def fits_on_paper(self) -> bool:
        return self.characters <= MOST_CHARACTERS

    @property
    def period(self) -> str:
        """Return the months of the first and the last workshop, such as “March to June 2027”."""
        starts = [one.starts_at for one in self.workshops if one.starts_at]
        if not starts:
            return ""
        first, last = (dates.day_of(one, self.cohort.zone) for one in (min(starts), max(starts)))
        if (first.year, first.month) == (last.year, last.month):
            return dates.month_year(last)
        same_year = first.year == last.year
        return _("%(first)s to %(last)s") % {
            "first": dates.month(first) if same_year else dates.month_year(first),
            "last": dates.month_year(last),
        }

    def file_name(self, extension: str) -> str:
        return f"{slugify(self.cohort.name) or 'cohort'}-keepsake.{extension}"


def direction(text: str) -> str:
    """Return “rtl” if the first letter with a direction is read from right to left, else “ltr”.

    The library that makes the PDF doesn't support dir="auto".
    """
    for sign in text:
        if (kind := unicodedata.bidirectional(sign)) in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def keepsake_of(user: User, cohort: Cohort) -> Keepsake:
    """Return the user's keepsake of a cohort. Makes a constant number of queries."""
    workshops = list(cohort.workshops.on())
    written = list(entries(user).filter(cohort=cohort).order_by("written_at", "pk"))
    answered_by = repliers(user, written)
    replies = replies_to_others(user).filter(reflection__cohort=cohort).order_by("written_at", "pk")
    pieces = [Piece(one, answered_by.get(one.pk, "")) for one in written] + [
        Piece(one) for one in replies
    ]
    by_workshop: dict[Workshop | None, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda one: one.at):
        by_workshop.setdefault(workshop_of(piece), []).append(piece)
    order = sorted(by_workshop, key=lambda one: (one is None, one.position if one else 0))
    tried = experiments(user).filter(cohort=cohort).order_by("started_at", "pk")
    return Keepsake(
        user,
        cohort,
        workshops,
        [Chapter(workshop, by_workshop[workshop]) for workshop in order],
        [KeepsakeExperiment(one) for one in tried],
    )


def workshop_of(piece: Piece) -> Workshop | None:
    entry = piece.thing.reflection if isinstance(piece.thing, Reply) else piece.thing
    return entry.workshop


def as_pdf(keepsake: Keepsake) -> bytes:
    """Return the keepsake as a PDF. Raises TypesettingError if the PDF can't be made."""
    return typeset_apart(
        render_to_string("reflections/keepsake_pdf.html", context_of(keepsake)), also=STYLES
    )


def as_markdown(keepsake: Keepsake) -> str:
    text = render_to_string("reflections/keepsake.md", context_of(keepsake))
    return "\n".join(line.rstrip() for line in collapsed(text)) + "\n"


def collapsed(text: str) -> list[str]:
    """Return the lines of the text, with each run of empty lines reduced to one."""
    lines = list[str]()
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line)
    return lines


def context_of(keepsake: Keepsake) -> dict[str, Any]:
    return {"keepsake": keepsake, "cohort": keepsake.cohort, "zone": keepsake.cohort.time_zone}
