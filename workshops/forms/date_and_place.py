"""Fields for the date, time and place of a workshop, and their validation."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui.forms import DateInput, TimeInput
from workshops.times import Slot, local_moment

EARLIEST, LATEST = date(2000, 1, 1), date(2099, 12, 31)
SHORTEST, LONGEST = timedelta(minutes=30), timedelta(hours=12)


class DayField(forms.DateField):
    """A date on which a workshop can take place."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=DateInput(),
            error_messages={
                "invalid": gettext_lazy("Enter a real date, for example 18/03/2027."),
                "required": gettext_lazy("Enter a date."),
            },
            validators=[
                MinValueValidator(EARLIEST, gettext_lazy("Enter a date in 2000 or later.")),
                MaxValueValidator(LATEST, gettext_lazy("Enter a date before 2100.")),
            ],
            **options,
        )


class ClockField(forms.TimeField):
    """A local time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=TimeInput(),
            error_messages={"invalid": gettext_lazy("Enter a time, for example 09:30.")},
            **options,
        )


class LinkField(forms.URLField):
    """An http or https URL.

    Other schemes are refused, because the link is shown on pages and in e-mails.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 500)
        super().__init__(assume_scheme="https", **options)
        self.validators = [
            URLValidator(
                schemes=["http", "https"],
                message=gettext_lazy("Enter a link that starts with https://."),
            ),
            *(check for check in self.validators if not isinstance(check, URLValidator)),
        ]
        self.error_messages["invalid"] = gettext_lazy("Enter a link that starts with https://.")


def clean_slot(form: forms.BaseForm, prefix: str, zone: ZoneInfo) -> Slot | None:
    """Return the slot that was entered in a form's three fields, day, starts and ends.

    `prefix` comes before the names of the fields. Return None if the fields are empty, or if they
    are invalid and so have errors.
    """
    names = {name: f"{prefix}{name}" for name in ("day", "starts", "ends")}
    facts = {name: form.cleaned_data.get(field) for name, field in names.items()}
    if any(field in form.errors for field in names.values()) or not any(
        value is not None for value in facts.values()
    ):
        return None
    for name, message in MISSING.items():
        if facts[name] is None:
            form.add_error(names[name], str(message))
    starts_at = moment_of(form, names["starts"], facts["day"], facts["starts"], zone)
    ends_at = moment_of(form, names["ends"], facts["day"], facts["ends"], zone)
    if starts_at is None or ends_at is None:
        return None
    if error := length_error(ends_at.timestamp() - starts_at.timestamp()):
        form.add_error(names["ends"], error)
        return None
    return Slot(starts_at, ends_at)


MISSING = {
    "day": gettext_lazy("Enter the date, or leave the times empty too."),
    "starts": gettext_lazy("Enter a start time."),
    "ends": gettext_lazy("Enter an end time."),
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


def length_error(seconds: float) -> str:
    """Return an error if a workshop of this length is too short or too long, or ""."""
    if seconds <= 0:
        return _("Enter an end time after the start time, on the same day.")
    if seconds < SHORTEST.total_seconds():
        return _("Enter an end time at least half an hour after the start.")
    if seconds > LONGEST.total_seconds():
        return _("Enter an end time within 12 hours of the start.")
    return ""


def initial_arrangement(slot: Slot | None, venue: str, link: str, zone: ZoneInfo) -> dict[str, Any]:
    """Return the initial values of a form's date, time and place fields, in local time."""
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
