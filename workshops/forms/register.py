"""Marks, as they are made: on the form, or tap by tap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

from ui import dates
from workshops.forms.date_and_place import ClockField
from workshops.models import Attendance, Workshop
from workshops.register.register import Entry, Line
from workshops.times import local_moment

FIELDS = ("mark", "came", "went", "was")


class RegisterForm(forms.Form):
    """Marks of the people on a register, with the times of those partly present. It keeps only what was changed on it.

    So a page that has stood open for a while doesn't undo what somebody else has marked in the meantime.
    """

    def __init__(
        self, *args: Any, lines: Sequence[Line], workshop: Workshop, **kwargs: Any
    ) -> None:
        self.lines, self.workshop, self.zone = lines, workshop, workshop.cohort.zone
        self.base_fields = {}  # type: ignore[misc] # this form's own
        for line in lines:
            key, person = line.membership.public_id, line.membership.user
            came, went = (
                self.clock_of(moment)
                for moment in (line.attendance.came_at, line.attendance.went_at)
            )
            self.base_fields[f"{key}-mark"] = forms.ChoiceField(
                label=str(person),
                choices=Attendance.Mark.choices,
                required=False,
                initial=line.mark,
            )
            self.base_fields[f"{key}-came"] = ClockField(
                label=f"When {person} came", required=False, initial=came
            )
            self.base_fields[f"{key}-went"] = ClockField(
                label=f"When {person} left", required=False, initial=went
            )
            self.base_fields[f"{key}-was"] = forms.CharField(
                required=False, initial=state_of(line.mark, came, went), widget=forms.HiddenInput()
            )
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Times are asked of those partly present; whatever stands there for others is not looked at."""
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
        """They lie within the workshop, by the cohort's clock, and the one after the other."""
        came_at, went_at = (self.moment(f"{key}-{name}") for name in ("came", "went"))
        if came_at and went_at and went_at <= came_at:
            self.add_error(f"{key}-went", "They left after they came: write a later time.")

    def moment(self, field: str) -> datetime | None:
        clock, starts_at, ends_at = (
            self.cleaned_data.get(field),
            self.workshop.starts_at,
            self.workshop.ends_at,
        )
        if clock is None or starts_at is None or ends_at is None:
            return None
        try:
            moment = local_moment(dates.day_of(starts_at, self.zone), clock, self.zone)
        except ValidationError as error:
            self.add_error(field, error)
            return None
        # Whoever came as it ended, or left as it began, was not there.
        if starts_at < moment < ends_at or moment == (
            starts_at if field.endswith("-came") else ends_at
        ):
            return moment
        first, last = dates.clock(starts_at, self.zone), dates.clock(ends_at, self.zone)
        self.add_error(
            field, f"The workshop is from {first} to {last}: write a time within it, or none."
        )
        return None

    def clock_of(self, moment: datetime | None) -> time | None:
        return (
            moment.astimezone(self.zone).time().replace(second=0, microsecond=0) if moment else None
        )

    def entries(self) -> dict[int, Entry]:
        """By the membership's number, those that were changed on the page."""
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
        return [
            RegisterRow(line, *(self[f"{line.membership.public_id}-{name}"] for name in FIELDS))
            for line in self.lines
        ]


@dataclass(frozen=True)
class RegisterRow:
    """One person on the page of the register, with their inputs."""

    line: Line
    mark: BoundField
    came: BoundField
    went: BoundField
    was: BoundField


def state_of(mark: str, came: time | None, went: time | None) -> str:
    if came is None and went is None:
        return mark
    return f"{mark}:{came or ''}-{went or ''}"


@dataclass(frozen=True)
class Tap:
    """A mark as a phone sends it, perhaps long after it was made."""

    member: str
    mark: str
    came: str
    went: str
    at: datetime


MOST_TAPS = 500


def read_taps(body: bytes) -> list[Tap]:
    """The taps that a page has sent, the latest of each person. Raises ValueError for anything else."""
    try:
        sent = json.loads(body)
        taps = [
            Tap(
                **{name: text(one[name]) for name in ("member", "mark", "came", "went")},
                at=moment(one["at"]),
            )
            for one in sent["marks"]
        ]
    except (KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("These are no marks.") from error
    if len(taps) > MOST_TAPS:
        raise ValueError("These are too many marks.")
    return list({tap.member: tap for tap in sorted(taps, key=lambda tap: tap.at)}.values())


def text(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("This is no text.")
    return value


def moment(value: object) -> datetime:
    """From the milliseconds that a browser counts in."""
    if not isinstance(value, int):
        raise ValueError("This is no moment.")
    return datetime.fromtimestamp(value / 1000, UTC)


class TapsForm(RegisterForm):
    """Taps, held to the same rules as the form; one that is wrong keeps no other from being kept."""

    def __init__(self, taps: Iterable[Tap], *, lines: Sequence[Line], workshop: Workshop) -> None:
        self.taps = {tap.member: tap for tap in taps}
        data = {
            f"{tap.member}-{name}": getattr(tap, name)
            for tap in self.taps.values()
            for name in ("mark", "came", "went")
        }
        super().__init__(data, lines=lines, workshop=workshop)

    def entries(self) -> dict[int, Entry]:
        """By the membership's number, those that are right."""
        wrong = self.wrong()
        return {
            line.membership.pk: self.entry(line, self.taps[line.membership.public_id].at)
            for line in self.lines
            if line.membership.public_id not in wrong
        }

    def wrong(self) -> dict[str, str]:
        """What is wrong, in a sentence a person; also of those whom the register does not know."""
        known = {line.membership.public_id for line in self.lines}
        wrong = {
            member: "This person is not on this register."
            for member in self.taps
            if member not in known
        }
        for field, errors in self.errors.items():
            wrong.setdefault(field.rsplit("-", 1)[0], str(errors[0]))
        return wrong
