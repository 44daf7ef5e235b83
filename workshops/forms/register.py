"""Marks, as they are made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from ui.forms import DigitsInput
from workshops.models import Attendance
from workshops.register import Entry, Line


class RegisterForm(forms.Form):
    """Marks and minutes of the people on a register. It changes only what was changed on it.

    So a page that has stood open for a while doesn't undo what somebody else has marked in the meantime.
    """

    def __init__(self, *args: Any, lines: Sequence[Line], length: int, **kwargs: Any) -> None:
        self.lines = lines
        self.base_fields = {}  # type: ignore[misc] # this form's own
        for line in lines:
            key = line.membership.public_id
            self.base_fields[f"{key}-mark"] = forms.ChoiceField(
                label=str(line.membership.user),
                choices=Attendance.Mark.choices,
                required=False,
                initial=line.mark,
            )
            self.base_fields[f"{key}-minutes"] = minutes_field(line, length)
            self.base_fields[f"{key}-was"] = forms.CharField(
                required=False, initial=state_of(line.mark, line.minutes), widget=forms.HiddenInput()
            )
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Minutes are asked of those partly present; whatever stands there for others is not looked at."""
        for line in self.lines:
            key = line.membership.public_id
            if self.cleaned_data.get(f"{key}-mark") != Attendance.Mark.PARTLY:
                self.errors.pop(f"{key}-minutes", None)
                self.cleaned_data[f"{key}-minutes"] = None
        return self.cleaned_data

    def entries(self) -> dict[int, Entry]:
        """By the membership's number, those that were changed on the page."""
        changed = {}
        for line in self.lines:
            mark, minutes, was = (self._value(line, name) for name in ("mark", "minutes", "was"))
            entry = Entry(mark, minutes)
            if state_of(entry.mark, entry.minutes) != was:
                changed[line.membership.pk] = entry
        return changed

    def _value(self, line: Line, name: str) -> Any:
        return self.cleaned_data[f"{line.membership.public_id}-{name}"]

    def rows(self) -> list[RegisterRow]:
        return [
            RegisterRow(
                line, *(self[f"{line.membership.public_id}-{name}"] for name in ("mark", "minutes", "was"))
            )
            for line in self.lines
        ]


@dataclass(frozen=True)
class RegisterRow:
    """One person on the page of the register, with their inputs."""

    line: Line
    mark: BoundField
    minutes: BoundField
    was: BoundField


def state_of(mark: str, minutes: int | None) -> str:
    return f"{mark}:{minutes}" if minutes is not None else mark


def minutes_field(line: Line, length: int) -> forms.IntegerField:
    words = f"Write a number of minutes from 1 to {length}, or leave it empty."
    return forms.IntegerField(
        label=f"Minutes that {line.membership.user} was there",
        required=False,
        initial=line.minutes,
        min_value=1,
        max_value=length,
        widget=DigitsInput(),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
    )
