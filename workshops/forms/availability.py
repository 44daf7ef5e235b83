"""What is asked about when people are free, and the half days that they tap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms

from ui import dates
from ui.forms import PlainWords
from workshops.availability.polls import LONGEST_OPEN, MOST_HALF_DAYS, MOST_WEEKS
from workshops.forms.date_and_place import DayField
from workshops.models import AvailabilityPoll
from workshops.times import HalfDay

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
USUAL_WEEKDAYS = (1, 2, 3)
A_DAY, A_WEEK = timedelta(days=1), timedelta(weeks=1)


class PollForm(PlainWords, forms.Form):
    """Which half days a cohort's members are asked about, and until when they can answer."""

    first = DayField(label="From")
    last = DayField(label="To")
    weekdays = forms.TypedMultipleChoiceField(
        label="Days of the week",
        coerce=int,
        choices=list(enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "weekdays"}),
        error_messages={"required": "Tick one day of the week at least."},
    )
    halves = forms.MultipleChoiceField(
        label="Half days",
        choices=HalfDay.choices,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "few"}),
        error_messages={"required": "Tick mornings, afternoons or both."},
    )
    answer_by = DayField(
        help_text="They can answer to the end of that day, and change their answer until then."
    )
    mark_optional = False

    def __init__(self, *args: Any, zone: ZoneInfo, moment: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.today = zone, moment.astimezone(zone).date()

    def clean_first(self) -> date:
        first: date = self.cleaned_data["first"]
        if first <= self.today:
            raise forms.ValidationError("Choose a day after today.")
        return first

    def clean_answer_by(self) -> date:
        day: date = self.cleaned_data["answer_by"]
        if day < self.today:
            raise forms.ValidationError("That day is over. Choose today or a later one.")
        if day >= self.today + LONGEST_OPEN:
            raise forms.ValidationError(
                f"People can be asked for four weeks at most. Choose {dates.long_day(self.last_to_answer)} or earlier."
            )
        return day

    @property
    def last_to_answer(self) -> date:
        return self.today + LONGEST_OPEN - A_DAY

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        first, last = facts.get("first"), facts.get("last")
        if not first or not last:
            return facts
        if last < first:
            self.add_error("last", "This is before the first day. Choose a later one.")
        elif last >= first + MOST_WEEKS * A_WEEK:
            self.add_error(
                "last", f"Ask about {MOST_WEEKS} weeks at most: that is a lot to tap on a phone."
            )
        elif not self.errors:
            self._count(len(AvailabilityPoll(**self._what()).half_days()))
        return facts

    def _count(self, half_days: int) -> None:
        if not half_days:
            self.add_error(
                "weekdays", "None of these days lies between the first day and the last."
            )
        elif half_days > MOST_HALF_DAYS:
            self.add_error(
                "last",
                f"That makes {half_days} half days to tap, and {MOST_HALF_DAYS} are the most that a phone page bears. "
                "Choose an earlier day, or fewer days of the week or halves.",
            )

    def _what(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("first", "last", "weekdays", "halves")}

    def question(self) -> dict[str, Any]:
        """What `availability.ask` is told; it closes with the last minute of the day, by the clock of the place."""
        closes_at = datetime.combine(self.cleaned_data["answer_by"], time(23, 59), self.zone)
        return {**self._what(), "closes_at": closes_at}


def usual_question(first_workshop: date, last_workshop: date, today: date) -> dict[str, Any]:
    """Where the form begins: the weeks of these workshops, and two more to which a date may give way."""
    monday = first_workshop - first_workshop.weekday() * A_DAY
    friday = last_workshop + (4 - last_workshop.weekday()) * A_DAY
    per_week = len(USUAL_WEEKDAYS) * len(HalfDay)
    most = min(MOST_WEEKS, MOST_HALF_DAYS // per_week)
    return {
        "first": max(monday, today + A_DAY),
        "last": min(friday + 2 * A_WEEK, monday + most * A_WEEK - 3 * A_DAY),
        "weekdays": list(USUAL_WEEKDAYS),
        "halves": list(HalfDay.values),
        "answer_by": today + A_WEEK,
    }


@dataclass(frozen=True)
class Cell:
    """One half day to tap."""

    day: date
    half: HalfDay
    is_ticked: bool

    @property
    def value(self) -> str:
        return value_of(self.day, self.half)

    @property
    def words(self) -> str:
        return f"{half_day_words(self.day, self.half)}: I can’t"


@dataclass(frozen=True)
class Week:
    """The half days of one week: a column a day of the week that is asked about, a row a half."""

    monday: date
    days: list[date | None]
    rows: list[tuple[HalfDay, list[Cell | None]]]

    @property
    def name(self) -> str:
        return f"Week of {dates.day_month(self.monday)}"


class HalfDaysForm(forms.Form):
    """The half days that somebody can't make; or that they can make all, which is said and not left out."""

    cannot = forms.MultipleChoiceField(
        required=False,
        error_messages={
            "invalid_choice": "One of these half days isn’t asked about. Please look at them again."
        },
    )
    makes_all = forms.BooleanField(required=False)

    def __init__(
        self, *args: Any, poll: AvailabilityPoll, said: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.poll = poll
        self.asked = {value_of(day, half): (day, half) for day, half in poll.half_days()}
        self.fields["cannot"].choices = [(value, value) for value in self.asked]  # type: ignore[attr-defined]
        self.ticked = set(self.data.getlist("cannot") if self.is_bound else said)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        cannot, makes_all = facts.get("cannot"), facts.get("makes_all")
        if self.errors:
            return facts
        if not cannot and not makes_all:
            raise forms.ValidationError(
                "Tap the half days that you can’t make, or say that you can make all of these."
            )
        if cannot and makes_all:
            raise forms.ValidationError(
                f"You said that you can make all of these, and {counted(len(cannot))} tapped. "
                "Tap those again that you can make, or send what is tapped."
            )
        return facts

    def half_days(self) -> list[tuple[date, HalfDay]]:
        return [self.asked[value] for value in self.cleaned_data["cannot"]]

    def weeks(self) -> list[Week]:
        mondays = dict.fromkeys(day - day.weekday() * A_DAY for day, half in self.asked.values())
        return [self._week(monday) for monday in mondays]

    def _week(self, monday: date) -> Week:
        days = [monday + weekday * A_DAY for weekday in sorted(self.poll.weekdays)]
        halves = [half for half in HalfDay if half in self.poll.halves]
        return Week(
            monday,
            [day if self._asks(day, halves[0]) else None for day in days],
            [(half, [self._cell(day, half) for day in days]) for half in halves],
        )

    def _asks(self, day: date, half: HalfDay) -> bool:
        return value_of(day, half) in self.asked

    def _cell(self, day: date, half: HalfDay) -> Cell | None:
        return (
            Cell(day, half, value_of(day, half) in self.ticked) if self._asks(day, half) else None
        )


def counted(half_days: int) -> str:
    return "1 half day is" if half_days == 1 else f"{half_days} half days are"


def value_of(day: date, half: str) -> str:
    return f"{day.isoformat()}-{half}"


def half_day_words(day: date, half: HalfDay) -> str:
    """Thursday 14 January, morning"""
    return f"{day:%A} {dates.day_month(day)}, {half.label.lower()}"
