"""Agendas of workshops: parsing and checking their parts, which have a length and a start."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from programmes.durations import duration

MAX_PARTS = 60
# Matches “15 Arrive and coffee” and its variants: “15 min: Arrive”, “15 – Arrive”.
LINE = re.compile(
    r"(?P<minutes>[0-9]{1,4})(?:\s*(?:mins?\b\.?|minutes(?=\s*[:–—-])))?"
    r"\s*[:–—-]?\s+(?P<title>\S.*)",
    re.I,
)
MINUTES_ONLY = re.compile(r"[0-9]{1,4}(\s*(mins?\.?|minutes?))?", re.I)
CLOCK_TIME = re.compile(r"[0-9]{1,2}([:.][0-9]{2}|[ap]m)", re.I)


@dataclass(frozen=True)
class Part:
    """One part of an agenda.

    `offset_minutes` is the time from the workshop's start to the start of the part. `starts_at` is
    None if the workshop has no date.
    """

    minutes: int
    title: str
    offset_minutes: int = 0
    starts_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.minutes} {self.title}"


@dataclass(frozen=True)
class RunningOrder:
    """An agenda to display. Iterating over it parses `text` and yields the parts.

    `length_minutes` and `starts_at` are those of the workshop, not of the agenda.
    """

    text: str
    length_minutes: int
    starts_at: datetime | None = None

    def __iter__(self) -> Iterator[Part]:
        """Yield the parts. A line that can't be parsed becomes a part of 0 minutes.

        The forms refuse such a line, but other code may have saved one.
        """
        offset = 0
        for line in self.text.splitlines():
            if not line.strip():
                continue
            match = LINE.fullmatch(line.strip())
            minutes, title = (int(match["minutes"]), match["title"]) if match else (0, line.strip())
            yield Part(minutes, title, offset, self._starts_at(offset))
            offset += minutes

    def _starts_at(self, offset: int) -> datetime | None:
        """Return the time `offset` minutes after the workshop's start; None if it has no date.

        Adds in UTC, so that the result is right even if the clocks change during the workshop.
        """
        return self.starts_at and self.starts_at.astimezone(UTC) + timedelta(minutes=offset)

    def __bool__(self) -> bool:
        return bool(self.text.strip())

    @property
    def minutes(self) -> int:
        return sum(part.minutes for part in self)

    @property
    def is_too_long(self) -> bool:
        return self.minutes > self.length_minutes

    @property
    def remark(self) -> str:
        """A sentence for people that compares the lengths of the agenda and the workshop.

        Empty if the lengths are equal, or if there is no agenda.
        """
        spare = self.length_minutes - self.minutes
        if not self or not spare:
            return ""
        if spare > 0:
            return _("Time left over: %(duration)s.") % {"duration": duration(spare)}
        return _("The agenda is %(duration)s longer than the workshop.") % {
            "duration": duration(-spare)
        }


def read_lines(text: str) -> list[Part]:
    """Return the parts of an agenda, which has one part on each line. Blank lines are ignored.

    Raises ValidationError for the first invalid line, or for more than MAX_PARTS lines.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_PARTS:
        raise ValidationError(
            _("Enter at most %(max)d lines. The agenda has %(count)d: combine short parts."),
            params={"max": MAX_PARTS, "count": len(lines)},
        )
    return [read_line(number, line) for number, line in enumerate(lines, 1)]


def read_line(number: int, line: str) -> Part:
    """Return the part on a line. Raises ValidationError with the line's number and text."""
    params = {"number": number, "line": line if len(line) <= 60 else f"{line[:59]}…"}
    if MINUTES_ONLY.fullmatch(line):
        raise ValidationError(
            _(
                "Enter what happens on line %(number)d after its minutes, "
                "for example “15 Arrive and coffee”. It says “%(line)s”."
            ),
            params=params,
        )
    if CLOCK_TIME.match(line):
        raise ValidationError(
            _(
                "Start line %(number)d with its length in minutes, not a time of day, "
                "for example “15 Arrive and coffee”. It says “%(line)s”."
            ),
            params=params,
        )
    match = LINE.fullmatch(line)
    if not match:
        raise ValidationError(
            _(
                "Start line %(number)d with its length in minutes, "
                "for example “15 Arrive and coffee”. It says “%(line)s”."
            ),
            params=params,
        )
    if not int(match["minutes"]):
        raise ValidationError(
            _("Enter at least 1 minute on line %(number)d. It says “%(line)s”."), params=params
        )
    return Part(int(match["minutes"]), match["title"])


def check_length(parts: list[Part], length_minutes: int) -> None:
    """Raise ValidationError if the parts take longer than the workshop.

    The error names the first part that ends too late.
    """
    elapsed = 0
    for number, part in enumerate(parts, 1):
        elapsed += part.minutes
        if elapsed > length_minutes:
            raise ValidationError(
                _(
                    "Shorten the agenda. It takes %(total)d minutes and the workshop "
                    "%(length)d: line %(number)d, “%(title)s”, ends too late."
                ),
                params={
                    "total": sum(each.minutes for each in parts),
                    "length": length_minutes,
                    "number": number,
                    "title": part.title[:60],
                },
            )
