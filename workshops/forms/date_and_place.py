"""When and where: the fields that say it, and what is wrong with a time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator

from ui.forms import DateInput, TimeInput
from workshops.times import Slot, local_moment

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=12)


class DayField(forms.DateField):
    """A day that a workshop can be on."""

    def __init__(self, **options: Any) -> None:
        wrong = "Write a date that exists, such as 18/03/2027."
        super().__init__(
            widget=DateInput(),
            error_messages={"invalid": wrong, "required": "Choose a date."},
            validators=[
                MinValueValidator(EARLIEST, "Choose a date after the year 1999."),
                MaxValueValidator(LATEST, "Choose a date before the year 2100."),
            ],
            **options,
        )


class ClockField(forms.TimeField):
    """A time by the clock of the place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=TimeInput(), error_messages={"invalid": "Write a time such as 09:30."}, **options
        )


class LinkField(forms.URLField):
    """An address on the web; no other kind of link gets onto a page or into an e-mail."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 500)
        super().__init__(assume_scheme="https", **options)
        self.validators = [
            URLValidator(
                schemes=["http", "https"], message="Write a link that begins with https://."
            ),
            *(check for check in self.validators if not isinstance(check, URLValidator)),
        ]
        self.error_messages["invalid"] = "Write a link that begins with https://."


def clean_slot(form: forms.BaseForm, prefix: str, zone: ZoneInfo) -> Slot | None:
    """The slot that a form's day, starts and ends say; what is wrong is said beside them. None if all are empty."""
    names = {name: f"{prefix}{name}" for name in ("day", "starts", "ends")}
    facts = {name: form.cleaned_data.get(field) for name, field in names.items()}
    if any(field in form.errors for field in names.values()) or not any(
        value is not None for value in facts.values()
    ):
        return None
    for name, words in MISSING.items():
        if facts[name] is None:
            form.add_error(names[name], words)
    starts_at = moment_of(form, names["starts"], facts["day"], facts["starts"], zone)
    ends_at = moment_of(form, names["ends"], facts["day"], facts["ends"], zone)
    if starts_at is None or ends_at is None:
        return None
    if wrong := wrong_length(ends_at.timestamp() - starts_at.timestamp()):
        form.add_error(names["ends"], wrong)
        return None
    return Slot(starts_at, ends_at)


MISSING = {
    "day": "Choose the date as well, or leave the times empty too.",
    "starts": "Write when it starts.",
    "ends": "Write when it ends.",
}


def moment_of(
    form: forms.BaseForm, field: str, day: date | None, clock: time | None, zone: ZoneInfo
) -> datetime | None:
    if day is None or clock is None:
        return None
    try:
        return local_moment(day, clock, zone)
    except ValidationError as error:
        form.add_error(field, error)
        return None


def wrong_length(seconds: float) -> str:
    if seconds <= 0:
        return "It must end after it starts, on the same day."
    if seconds < SHORTEST.total_seconds():
        return "It must last at least half an hour."
    if seconds > LONGEST.total_seconds():
        return "It can last twelve hours at most."
    return ""


def initial_arrangement(slot: Slot | None, venue: str, link: str, zone: ZoneInfo) -> dict[str, Any]:
    """What the five inputs show of a slot and a place."""
    if slot is None:
        return {"venue": venue, "link": link}
    starts_at, ends_at = slot.starts_at.astimezone(zone), slot.ends_at.astimezone(zone)
    return {
        "day": starts_at.date(),
        "starts": starts_at.time(),
        "ends": ends_at.time(),
        "venue": venue,
        "link": link,
    }
