"""The lines of a file of closed days: periods, some with a reason to doubt that they are closed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.importing.names import clean
from cohorts.importing.table import UnreadableFile

MAX_LINES = 1000
MAX_LENGTH = timedelta(days=366)
MAX_NAME_LENGTH = 120
# English and Welsh words, because councils in Wales publish their calendars in both.
HOLIDAY = re.compile(
    r"\b(?:holidays?|half[ -]?terms?|breaks?|vacations?|closed|closures?|inset|recess|training"
    r"|gwyliau|hanner tymor|ar gau)\b"
)
TERM = re.compile(r"\b(?:terms?|semesters?|trimesters?|tymor|tymhorau)\b")
FIRST_OR_LAST_DAY = re.compile(
    r"\b(?:starts?|begins?|ends?|opens?|re-?opens?|returns?|resumes?|back to school"
    r"|closes? for|breaks? up|first day|last day|(?:start|end) of (?:\w+ ){0,2}term)\b"
)


class Doubt(StrEnum):
    """A reason why a line is probably not a closed day. The form does not tick such a line."""

    TERM = "term"
    TIMED = "timed"

    @property
    def label(self) -> str:
        return str(DOUBTS[self])


DOUBTS = {
    Doubt.TERM: gettext_lazy("Looks like a school term, or its first or last day"),
    Doubt.TIMED: gettext_lazy("Has a start and end time, so it may not fill the day"),
}


@dataclass(frozen=True, order=True)
class Period:
    """A named period from `first` to `last`, both days included."""

    first: date
    last: date
    name: str


@dataclass(frozen=True, order=True)
class Line:
    """A period in a file, and the reason to doubt that its days are closed, if there is one."""

    period: Period
    doubt: Doubt | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Reading:
    """The content of a file: its lines, and a sentence for each event or row that was not read."""

    lines: list[Line]
    problems: list[str]


def unreadable(message: Promise, **facts: object) -> UnreadableFile:
    return UnreadableFile(str(message) % facts if facts else str(message))


def line(period: Period, *, is_timed: bool) -> Line:
    if is_timed:
        return Line(period, Doubt.TIMED)
    return Line(period, Doubt.TERM if is_term(period) else None)


def is_term(period: Period) -> bool:
    """Return whether a period seems to be a school term, or the first or last day of one.

    Half terms and holidays are not terms. “Half term ends” on one day is the end of a holiday, and
    “End of term holiday” over several days is a holiday.
    """
    name = period.name.casefold()
    if period.first == period.last and FIRST_OR_LAST_DAY.search(name):
        return True
    return bool(TERM.search(name)) and not HOLIDAY.search(name)


def period_name(text: str) -> str:
    name = clean(text)[0] or _("Closed")
    return name if len(name) <= MAX_NAME_LENGTH else f"{name[: MAX_NAME_LENGTH - 1]}…"
