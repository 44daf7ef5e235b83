"""The form of a register, and the marks that a phone sends (taps)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ui import dates
from workshops.forms.date_and_place import ClockField
from workshops.models import Attendance, Workshop
from workshops.register.lines import Line
from workshops.register.marking import Entry
from workshops.times import local_moment

FIELDS = ("mark", "came", "went", "was")
MAX_TAPS = 500


@dataclass(frozen=True)
class RegisterRow:
    """One member's row on the register's page: the values of its inputs, and errors by input."""

    line: Line
    mark: str
    came: str
    went: str
    was: str
    errors: Mapping[str, Sequence[str]]


class RegisterForm(forms.Form):
    """The marks of everyone on a register, with the times of people who were partly present.

    The inputs of a member are named after the membership's public id. The hidden input `was` holds
    the values that the page showed. Only rows whose values differ from `was` are saved, so that a
    page left open does not undo marks that somebody else has made since.

    An unbound form has no fields: `rows` reads the values from `lines`, which is much faster.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lines: Sequence[Line],
        workshop: Workshop,
    ) -> None:
        self.lines, self.workshop, self.zone = lines, workshop, workshop.cohort.zone
        super().__init__(data)
        if data is None:
            return
        came_label, left_label = _("When %(person)s arrived"), _("When %(person)s left")
        for line in lines:
            key, person = line.membership.public_id, {"person": line.membership.user}
            self.fields[f"{key}-mark"] = forms.ChoiceField(
                label=str(line.membership.user), choices=Attendance.Mark.choices, required=False
            )
            self.fields[f"{key}-came"] = ClockField(label=came_label % person, required=False)
            self.fields[f"{key}-went"] = ClockField(label=left_label % person, required=False)
            self.fields[f"{key}-was"] = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        """Validate the times of people who were partly present; discard those of everyone else."""
        for line in self.lines:
            key = line.membership.public_id
            if self.cleaned_data.get(f"{key}-mark") == Attendance.Mark.PARTLY:
                self.clean_times(key)
                continue
            for name in ("came", "went"):
                self.errors.pop(f"{key}-{name}", None)
                self.cleaned_data[f"{key}-{name}"] = None
        return self.cleaned_data

    def clean_times(self, key: str) -> None:
        came_at, went_at = (self.moment(f"{key}-{name}") for name in ("came", "went"))
        if came_at and went_at and went_at <= came_at:
            self.add_error(f"{key}-went", _("Enter a time after they arrived."))

    def moment(self, field: str) -> datetime | None:
        """Return the time in a field as an aware datetime on the workshop's day; None if empty.

        If the time is outside the workshop, add an error to the field and return None.
        """
        starts_at, ends_at = self.workshop.starts_at, self.workshop.ends_at
        clock = self.cleaned_data.get(field)
        if clock is None or starts_at is None or ends_at is None:
            return None
        try:
            moment = local_moment(dates.day_of(starts_at, self.zone), clock, self.zone)
        except ValidationError as error:
            self.add_error(field, error)
            return None
        # Nobody can arrive at the end or leave at the start: they would have been present for no
        # time. But they may arrive at the start, and leave at the end.
        if starts_at < moment < ends_at or moment == (
            starts_at if field.endswith("-came") else ends_at
        ):
            return moment
        words = _("Enter a time within the workshop, from %(start)s to %(end)s, or none.")
        times = {
            "start": dates.clock(starts_at, self.zone),
            "end": dates.clock(ends_at, self.zone),
        }
        self.add_error(field, words % times)
        return None

    def entries(self) -> dict[int, Entry]:
        """Return a dict that maps memberships' primary keys to the marks changed on the page."""
        return {
            line.membership.pk: self.entry(line)
            for line in self.lines
            if state_of(*(self.value(line, name) for name in ("mark", "came", "went")))
            != self.value(line, "was")
        }

    def entry(self, line: Line, tapped_at: datetime | None = None) -> Entry:
        came_at, went_at = (
            self.moment(f"{line.membership.public_id}-{name}") for name in ("came", "went")
        )
        return Entry(self.value(line, "mark"), came_at, went_at, tapped_at)

    def value(self, line: Line, name: str) -> Any:
        return self.cleaned_data[f"{line.membership.public_id}-{name}"]

    def rows(self) -> list[RegisterRow]:
        return [self.row(line) for line in self.lines]

    def row(self, line: Line) -> RegisterRow:
        if not self.is_bound:
            came, went = clocks_of(line, self.zone)
            return RegisterRow(
                line,
                mark=line.mark,
                came=f"{came:%H:%M}" if came else "",
                went=f"{went:%H:%M}" if went else "",
                was=state_of(line.mark, came, went),
                errors={},
            )
        names = {name: f"{line.membership.public_id}-{name}" for name in FIELDS}
        typed = {name: self.data.get(field, "") for name, field in names.items()}
        found = {
            name: list(map(str, self.errors[field]))
            for name, field in names.items()
            if field in self.errors
        }
        return RegisterRow(line, **typed, errors=found)


def clocks_of(line: Line, zone: ZoneInfo) -> tuple[time | None, time | None]:
    """Return the local times, to the minute, at which a member came and left."""
    came, went = (
        moment.astimezone(zone).time().replace(second=0, microsecond=0) if moment else None
        for moment in (line.attendance.came_at, line.attendance.went_at)
    )
    return came, went


def state_of(mark: str, came: time | None, went: time | None) -> str:
    """Return a member's mark and times as one string, for example “partly:09:30:00-”."""
    if came is None and went is None:
        return mark
    return f"{mark}:{came or ''}-{went or ''}"


@dataclass(frozen=True)
class Tap:
    """A mark that a phone sends, possibly long after it was made.

    `member` is the membership's public id, `at` is when the mark was made by the phone's clock.
    """

    member: str
    mark: str
    came: str
    went: str
    at: datetime


def read_taps(body: bytes) -> list[Tap]:
    """Return each member's latest tap in a JSON request body. Raises ValueError."""
    try:
        sent = json.loads(body)
        taps = [
            Tap(
                **{name: require_text(one[name]) for name in ("member", "mark", "came", "went")},
                at=from_milliseconds(one["at"]),
            )
            for one in sent["marks"]
        ]
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("The request body holds no marks.") from error
    if len(taps) > MAX_TAPS:
        raise ValueError("The request body holds too many marks.")
    return list({tap.member: tap for tap in sorted(taps, key=lambda tap: tap.at)}.values())


def require_text(value: object) -> str:
    """Return the value. Raises ValueError unless it is a string without NUL characters."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("A text was expected.")
    return value


def from_milliseconds(value: object) -> datetime:
    """Convert milliseconds since 1970 to a datetime. Raises ValueError unless it is an integer."""
    if not isinstance(value, int):
        raise ValueError("A number of milliseconds was expected.")
    return datetime.fromtimestamp(value / 1000, UTC)


class TapsForm(RegisterForm):
    """The form of a register for taps, which are the marks that a phone sends.

    If a tap is invalid, the other taps are still saved.
    """

    def __init__(self, taps: Iterable[Tap], *, lines: Sequence[Line], workshop: Workshop) -> None:
        self.taps = {tap.member: tap for tap in taps}
        data = {
            f"{tap.member}-{name}": getattr(tap, name)
            for tap in self.taps.values()
            for name in ("mark", "came", "went")
        }
        super().__init__(data, lines=lines, workshop=workshop)

    def entries(self) -> dict[int, Entry]:
        """Return a dict that maps memberships' primary keys to the marks of the valid taps."""
        wrong = self.errors_by_member()
        return {
            line.membership.pk: self.entry(line, self.taps[line.membership.public_id].at)
            for line in self.lines
            if line.membership.public_id not in wrong
        }

    def errors_by_member(self) -> dict[str, str]:
        """Return a dict that maps the public id in each invalid tap to an error."""
        known = {line.membership.public_id for line in self.lines}
        wrong = {
            member: _("This person is not on this register.")
            for member in self.taps
            if member not in known
        }
        for field, errors in self.errors.items():
            wrong.setdefault(field.rsplit("-", 1)[0], str(errors[0]))
        return wrong
