"""What somebody takes along from a journey: their words by workshop, and what came of what they tried.

Others' words are not in it: they may be taken back, and a file can't be. It names who replied, as far as its author can
read that now.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.text import slugify

from accounts.models import User
from cohorts.models import Cohort
from reflections.journal.timeline import entries, experiments, repliers, replies_to_others
from reflections.models import Experiment, Reflection, Reply
from ui import dates
from ui.pdf import typeset
from workshops.models import Workshop

STYLES = Path(__file__).with_suffix(".css")
# A short novel: a hundred entries (66,000 signs) take three seconds to set; more than this would keep others waiting.
# It is offered as text, and to print.
MOST_SIGNS = 250_000


@dataclass(frozen=True)
class Piece:
    """An entry, or something said to another's; who replied to it, by name."""

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
        """The question that it answers, or whom it was said to."""
        if isinstance(self.thing, Reply):
            return f"To {self.thing.reflection.author}"
        return self.thing.prompt

    @property
    def runs(self) -> str:
        return direction(self.text)


@dataclass(frozen=True)
class Tried:
    """One thing that was tried, or was to be."""

    experiment: Experiment

    @property
    def runs(self) -> str:
        return direction(self.experiment.words)

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """What stands below it: a heading, the words, their direction."""
        said = (
            ("What happened", self.experiment.happened),
            ("What I learned", self.experiment.learned),
        )
        return [(heading, text, direction(text)) for heading, text in said if text]


@dataclass(frozen=True)
class Chapter:
    """What was written about one workshop, in the order in which it was; or about none."""

    workshop: Workshop | None
    pieces: list[Piece] = field(default_factory=list)


@dataclass(frozen=True)
class Keepsake:
    """All of it, in the order of the journey."""

    author: User
    cohort: Cohort
    workshops: list[Workshop]
    chapters: list[Chapter]
    tried: list[Tried]

    @property
    def is_empty(self) -> bool:
        return not self.chapters and not self.tried

    @property
    def signs(self) -> int:
        pieces = (len(piece.text) for chapter in self.chapters for piece in chapter.pieces)
        tried = (
            len(one.words) + len(one.happened) + len(one.learned)
            for one in map(experiment_of, self.tried)
        )
        return sum(pieces) + sum(tried)

    @property
    def fits_on_paper(self) -> bool:
        return self.signs <= MOST_SIGNS

    @property
    def period(self) -> str:
        """From the month of the first workshop to that of the last."""
        starts = [one.starts_at for one in self.workshops if one.starts_at]
        if not starts:
            return ""
        first, last = (dates.day_of(one, self.cohort.zone) for one in (min(starts), max(starts)))
        if (first.year, first.month) == (last.year, last.month):
            return f"{last:%B %Y}"
        return f"{first:%B}{'' if first.year == last.year else f' {first.year}'} to {last:%B %Y}"

    def file_name(self, extension: str) -> str:
        return f"{slugify(self.cohort.name) or 'cohort'}-keepsake.{extension}"


def experiment_of(one: Tried) -> Experiment:
    return one.experiment


def direction(text: str) -> str:
    """“rtl” where the first letter that runs in a direction runs from right to left: paper has no browser to ask."""
    for sign in text:
        if (kind := unicodedata.bidirectional(sign)) in ("L", "R", "AL"):
            return "ltr" if kind == "L" else "rtl"
    return "ltr"


def keepsake_of(user: User, cohort: Cohort) -> Keepsake:
    """Six queries, however much it is."""
    workshops = list(cohort.workshops.on())
    written = list(entries(user).filter(cohort=cohort).order_by("written_at", "pk"))
    answered_by = repliers(user, written)
    said = replies_to_others(user).filter(reflection__cohort=cohort).order_by("written_at", "pk")
    pieces = [Piece(one, answered_by.get(one.pk, "")) for one in written] + [
        Piece(one) for one in said
    ]
    by_workshop: dict[Workshop | None, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda one: one.at):
        by_workshop.setdefault(about(piece), []).append(piece)
    order = sorted(by_workshop, key=lambda one: (one is None, one.position if one else 0))
    tried = experiments(user).filter(cohort=cohort).order_by("started_at", "pk")
    return Keepsake(
        user,
        cohort,
        workshops,
        [Chapter(workshop, by_workshop[workshop]) for workshop in order],
        [Tried(one) for one in tried],
    )


def about(piece: Piece) -> Workshop | None:
    entry = piece.thing.reflection if isinstance(piece.thing, Reply) else piece.thing
    return entry.workshop


def as_pdf(keepsake: Keepsake) -> bytes:
    """A small book. Raises TypesettingError where none can be made."""
    return typeset(render_to_string("reflections/keepsake_pdf.html", shown(keepsake)), also=STYLES)


def as_markdown(keepsake: Keepsake) -> str:
    text = render_to_string("reflections/keepsake.md", shown(keepsake))
    return "\n".join(line.rstrip() for line in collapsed(text)) + "\n"


def collapsed(text: str) -> list[str]:
    """The lines, with one empty line at most between two others: what a template leaves is not in anybody's words."""
    lines = list[str]()
    for line in text.strip().splitlines():
        if line.strip() or (lines and lines[-1].strip()):
            lines.append(line)
    return lines


def shown(keepsake: Keepsake) -> dict[str, Any]:
    return {"keepsake": keepsake, "cohort": keepsake.cohort, "zone": keepsake.cohort.time_zone}
