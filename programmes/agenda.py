"""How a half day runs: its parts with their minutes, and when each begins. Moved as one when the start moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.exceptions import ValidationError

from programmes.text_validation import in_hours

MOST_PARTS = 60
# “15 Arrive and coffee”, and what people write in its place: “15 min: Arrive”, “15 – Arrive”, “15 minutes: Arrive”.
LINE = re.compile(
    r"(?P<minutes>[0-9]{1,4})(?:\s*(?:mins?\b\.?|minutes(?=\s*[:–—-])))?\s*[:–—-]?\s+(?P<title>\S.*)",
    re.I,
)
MINUTES_ALONE = re.compile(r"[0-9]{1,4}(\s*(mins?\.?|minutes?))?", re.I)
A_CLOCK = re.compile(r"[0-9]{1,2}([:.][0-9]{2}|[ap]m)", re.I)


@dataclass(frozen=True)
class Part:
    """One part of the half day: how long it takes, and after how many minutes it begins."""

    minutes: int
    title: str
    after: int = 0
    starts_at: datetime | None = None

    def __str__(self) -> str:
        return f"{self.minutes} {self.title}"


@dataclass(frozen=True)
class RunningOrder:
    """An agenda as it is read: part after part, by the clock where the half day has one."""

    text: str
    length_minutes: int
    starts_at: datetime | None = None

    def __iter__(self) -> Iterator[Part]:
        """What is no part by its form (nobody could type it on our pages) takes no time, and is not lost."""
        after = 0
        for line in self.text.splitlines():
            if not line.strip():
                continue
            found = LINE.fullmatch(line.strip())
            minutes, title = (int(found["minutes"]), found["title"]) if found else (0, line.strip())
            yield Part(minutes, title, after, self._moment(after))
            after += minutes

    def _moment(self, after: int) -> datetime | None:
        """By the time that passes: on the night the clocks change, too."""
        return self.starts_at and self.starts_at.astimezone(UTC) + timedelta(minutes=after)

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
        """What those who plan should know of its length; empty when it fills the half day."""
        left = self.length_minutes - self.minutes
        if not self or not left:
            return ""
        if left > 0:
            return f"{in_hours(left)} {'is' if left in (1, 60) else 'are'} left over."
        return f"It takes {in_hours(-left)} longer than the workshop."


def read_lines(text: str) -> list[Part]:
    """The parts, one a line. Raises ValidationError with a sentence that names the line it is about."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_PARTS:
        raise ValidationError(
            f"Keep the agenda to {MOST_PARTS} lines; it has {len(lines)}. Put short parts together."
        )
    return [read_line(number, line) for number, line in enumerate(lines, 1)]


def read_line(number: int, line: str) -> Part:
    shown = f"Line {number}, “{line if len(line) <= 60 else line[:59] + '…'}”,"
    if MINUTES_ALONE.fullmatch(line):
        raise ValidationError(
            f"{shown} says how long and not what for. Write “15 Arrive and coffee”."
        )
    if A_CLOCK.match(line):
        raise ValidationError(
            f"{shown} begins with a time of day. Write how many minutes it takes: “15 Arrive and coffee”."
        )
    found = LINE.fullmatch(line)
    if not found:
        raise ValidationError(
            f"{shown} does not begin with its minutes. Write “15 Arrive and coffee”."
        )
    if not int(found["minutes"]):
        raise ValidationError(f"{shown} takes no time. Write a minute or more.")
    return Part(int(found["minutes"]), found["title"])


def check_length(parts: list[Part], length_minutes: int) -> None:
    """Raises ValidationError if the agenda is longer than the workshop, naming the line that goes past its end."""
    after = 0
    for number, part in enumerate(parts, 1):
        after += part.minutes
        if after > length_minutes:
            total = sum(each.minutes for each in parts)
            raise ValidationError(
                f"The agenda takes {total} minutes and the workshop {length_minutes}: "
                f"line {number}, “{part.title[:60]}”, goes past the end."
            )
