"""Forms for availability polls: the question, and the half days of one answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cohorts.models import Cohort
from ui import dates
from ui.forms import PlainWords
from workshops.availability.polls import (
    MAX_HALF_DAYS,
    MAX_OPEN,
    MAX_WEEKS,
    closed_between,
)
from workshops.availability.question import DAY, WEEK, PollQuestion
from workshops.forms.date_and_place import DayField
from workshops.models import AvailabilityPoll
from workshops.times import HalfDay, half_day_name


class PollForm(PlainWords, forms.Form):
    """The half days that a poll asks about, and the last day to answer."""

    first = DayField(label=gettext_lazy("From"))
    last = DayField(label=gettext_lazy("To"))
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days of the week"),
        coerce=int,
        choices=list(WEEKDAYS.items()),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "weekdays"}),
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )
    halves = forms.MultipleChoiceField(
        label=gettext_lazy("Half days"),
        choices=HalfDay.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "few"}),
        error_messages={"required": gettext_lazy("Choose mornings, afternoons or both.")},
    )
    answer_by = DayField(
        label=gettext_lazy("Answer by"),
        help_text=gettext_lazy(
            "People can answer, and change their answer, until the end of this day."
        ),
    )
    mark_optional = False

    def __init__(self, *args: Any, cohort: Cohort, moment: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cohort = cohort
        self.today = moment.astimezone(cohort.zone).date()

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if first <= self.today:
            raise forms.ValidationError(_("Enter a date after today."))
        return first

    def clean_answer_by(self) -> date:
        day: date = self.cleaned_data["answer_by"]
        if day < self.today:
            raise forms.ValidationError(_("Enter today’s date or a later one."))
        if day > self.last_to_answer:
            raise forms.ValidationError(
                _("Enter %(day)s or an earlier date. A poll can be open for up to four weeks.")
                % {"day": dates.long_day(self.last_to_answer)}
            )
        return day

    @property
    def last_to_answer(self) -> date:
        return self.today + MAX_OPEN - DAY

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        first, last = data.get("first"), data.get("last")
        if not first or not last:
            return data
        if last < first:
            self.add_error("last", _("Enter a date on or after the first day."))
        elif last >= first + MAX_WEEKS * WEEK:
            self.add_error(
                "last",
                _("Enter an earlier date. A poll can cover up to %(count)d weeks.")
                % {"count": MAX_WEEKS},
            )
        elif not self.errors:
            poll = AvailabilityPoll(
                first=first,
                last=last,
                weekdays=data["weekdays"],
                halves=data["halves"],
                closed_days=closed_between(self.cohort, first, last),
            )
            self._check_number(len(poll.half_days()))
        return data

    def _check_number(self, half_days: int) -> None:
        if not half_days:
            self.add_error("weekdays", _("Choose a day of the week that falls within these dates."))
        elif half_days > MAX_HALF_DAYS:
            self.add_error(
                "last",
                _(
                    "Enter an earlier date, or choose fewer days or halves. This is %(count)d half"
                    " days, and a poll can have up to %(maximum)d."
                )
                % {"count": half_days, "maximum": MAX_HALF_DAYS},
            )

    def question(self) -> PollQuestion:
        return PollQuestion(**self.cleaned_data)


@dataclass(frozen=True)
class Cell:
    """A checkbox for one half day."""

    day: date
    half: HalfDay
    is_ticked: bool

    @property
    def value(self) -> str:
        return half_day_value(self.day, self.half)

    @property
    def label(self) -> str:
        return _("%(half_day)s: I can’t make it") % {"half_day": half_day_name(self.day, self.half)}


@dataclass(frozen=True)
class Week:
    """The checkboxes of one week: a column for each weekday in the poll, a row for each half."""

    monday: date
    days: list[date | None]
    rows: list[tuple[HalfDay, list[Cell | None]]]

    @property
    def name(self) -> str:
        return _("Week of %(day)s") % {"day": dates.day_month(self.monday)}


class HalfDaysForm(forms.Form):
    """The half days that a member can't make, or the statement that they can make all."""

    fields: dict[str, Any]  # each of its own class
    unavailable = forms.MultipleChoiceField(
        required=False,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Check your answer. One of these half days is not in the poll."
            )
        },
    )
    makes_all = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, poll: AvailabilityPoll, ticked: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.poll = poll
        self.asked = {half_day_value(day, half): (day, half) for day, half in poll.half_days()}
        self.fields["unavailable"].choices = [(value, value) for value in self.asked]
        if self.is_bound:
            ticked = self.data.getlist("unavailable")  # type: ignore[attr-defined]
        self.ticked = set(ticked)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        unavailable, makes_all = data.get("unavailable"), data.get("makes_all")
        if self.errors:
            return data
        if not unavailable and not makes_all:
            raise forms.ValidationError(
                _("Tap the half days that you can’t make, or choose “I can make all of these”.")
            )
        if unavailable and makes_all:
            raise forms.ValidationError(
                ngettext(
                    "You chose “I can make all of these”, but %(count)d half day is tapped. Tap it"
                    " again to clear it, or choose “Send”.",
                    "You chose “I can make all of these”, but %(count)d half days are tapped. Tap"
                    " them again to clear them, or choose “Send”.",
                    len(unavailable),
                )
                % {"count": len(unavailable)}
            )
        return data

    def half_days(self) -> list[tuple[date, HalfDay]]:
        return [self.asked[value] for value in self.cleaned_data["unavailable"]]

    def weeks(self) -> list[Week]:
        mondays = dict.fromkeys(day - day.weekday() * DAY for day, _half in self.asked.values())
        return [self._week(monday) for monday in mondays]

    def _week(self, monday: date) -> Week:
        days = [monday + weekday * DAY for weekday in sorted(self.poll.weekdays)]
        halves = [half for half in HalfDay if half in self.poll.halves]
        return Week(
            monday,
            [day if self._is_asked(day, halves[0]) else None for day in days],
            [(half, [self._cell(day, half) for day in days]) for half in halves],
        )

    def _is_asked(self, day: date, half: HalfDay) -> bool:
        return half_day_value(day, half) in self.asked

    def _cell(self, day: date, half: HalfDay) -> Cell | None:
        if not self._is_asked(day, half):
            return None
        return Cell(day, half, half_day_value(day, half) in self.ticked)


def half_day_value(day: date, half: str) -> str:
    return f"{day.isoformat()}-{half}"
