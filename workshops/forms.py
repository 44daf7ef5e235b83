from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, URLValidator
from django.db.models import Q
from django.forms.boundfield import BoundField

from accounts.models import User
from cohorts.forms import LineField
from cohorts.models import Cohort, Membership
from programmes.forms import PlainWords, WorkshopPlanForm
from programmes.models import Programme
from ui import dates
from ui.forms import DateInput, LabelWithHint, TimeInput
from workshops.models import Attendance, Workshop
from workshops.planning import (
    Arrangement,
    HalfDay,
    Newcomer,
    Rhythm,
    Slot,
    clash,
    local_moment,
    slots_beside,
)
from workshops.register import Entry, Line

NAME_TAKEN = "There is a cohort of this name. Give this one another."
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
            URLValidator(schemes=["http", "https"], message="Write a link that begins with https://."),
            *(check for check in self.validators if not isinstance(check, URLValidator)),
        ]
        self.error_messages["invalid"] = "Write a link that begins with https://."


def time_zones() -> list[tuple[str, str]]:
    """Every place with a clock of its own, ours first."""
    first = ["Europe/London"]
    others = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
    return [(name, name.replace("_", " ")) for name in dict.fromkeys(first + others)]


class CohortForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]
    """A cohort to be made from a programme, and who facilitates it."""

    programme = forms.ChoiceField(
        help_text="Its workshops are copied: later changes to it change nothing here."
    )
    time_zone = forms.ChoiceField(
        initial="Europe/London",
        help_text="Dates, times and reminders go by its clock.",
        error_messages={"invalid_choice": "Choose one of the time zones."},
    )
    facilitators = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    new_email = forms.EmailField(
        label="Somebody else’s e-mail address",
        required=False,
        max_length=254,
        help_text="If a facilitator isn’t listed above. They are invited when the first date is set.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    new_name = LineField(
        label="Their name",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    mark_optional = False
    capacity = forms.IntegerField(
        label="Places",
        initial=22,
        min_value=1,
        max_value=1000,
        help_text="You are warned when it is passed; nobody is turned away.",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={
            "required": "Write how many people it is for.",
            "invalid": "Write a whole number, such as 22.",
            "min_value": "Write a number from 1 to 1000.",
            "max_value": "Write a number from 1 to 1000.",
        },
    )

    class Meta:
        model = Cohort
        fields = ("name", "place", "time_zone", "capacity")
        field_classes: ClassVar = {"name": LineField, "place": LineField}
        error_messages: ClassVar = {
            "name": {"required": "Give the cohort a name."},
            "place": {"required": "Say what it is for: a town, a county, a system."},
        }

    field_order = (
        "programme",
        "name",
        "place",
        "capacity",
        "time_zone",
        "facilitators",
        "new_email",
        "new_name",
    )

    def __init__(self, *args: Any, maker: User, programmes: Sequence[Programme], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {programme.public_id: programme for programme in programmes}
        self.people = {user.public_id: user for user in possible_facilitators(maker)}
        self.fields["programme"].choices = [(key, str(it)) for key, it in self.programmes.items()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = time_zones()  # type: ignore[attr-defined]
        self.fields["facilitators"].choices = [  # type: ignore[attr-defined]
            (key, LabelWithHint(str(user), user.email)) for key, user in self.people.items()
        ]
        self.fields["facilitators"].initial = [] if maker.is_administrator else [maker.public_id]
        if len(self.programmes) == 1:
            self.fields["programme"].initial = next(iter(self.programmes))

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Cohort.objects.filter(name=name).exists():
            raise ValidationError(NAME_TAKEN)
        return name

    def clean_programme(self) -> Programme:
        programme = self.programmes[self.cleaned_data["programme"]]
        if not programme.plans.exists():
            raise ValidationError(
                "This programme has no workshops yet. Give it some first, or choose another."
            )
        return programme

    def clean_facilitators(self) -> list[User]:
        return [self.people[key] for key in self.cleaned_data["facilitators"]]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        email, name = facts.get("new_email"), facts.get("new_name")
        if "new_email" in self.errors or "new_name" in self.errors:
            return facts
        if email and not name and not User.objects.with_email(email):
            self.add_error("new_name", "Write their name as well.")
        if name and not email:
            self.add_error("new_email", "Write their e-mail address as well.")
        if not email and not name and not facts.get("facilitators"):
            self.add_error("facilitators", "Choose at least one person who facilitates it.")
        return facts

    def newcomers(self) -> list[Newcomer]:
        facts = self.cleaned_data
        return [Newcomer(facts["new_email"], facts["new_name"])] if facts["new_email"] else []


def possible_facilitators(maker: User) -> list[User]:
    """Those who facilitate some cohort now, the administrators, and the maker, who comes first."""
    facilitating = Membership.objects.active().facilitating().values("user")
    others = User.objects.filter(Q(pk__in=facilitating) | Q(is_administrator=True), is_active=True)
    return [maker, *others.exclude(pk=maker.pk).order_by("name", "pk")]


class RhythmForm(PlainWords, forms.Form):
    """When a series meets."""

    first = DayField(label="First workshop")
    weeks = forms.TypedChoiceField(
        label="Every",
        coerce=int,
        choices=[(2, "2 weeks"), (3, "3 weeks"), (4, "4 weeks")],
        widget=forms.RadioSelect(attrs={"class": "few"}),
    )
    half_day = forms.ChoiceField(widget=forms.RadioSelect(attrs={"class": "few"}))
    usual_venue = LineField(
        required=False, max_length=300, help_text="With the address. Goes to each workshop that has none."
    )
    usual_link = LinkField(label="Usual joining link", required=False, help_text="If they meet online.")
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["half_day"].choices = [  # type: ignore[attr-defined]
            (part.value, LabelWithHint(part.label, f"from {_clock(part.starts)}")) for part in HalfDay
        ]

    def rhythm(self, zone: ZoneInfo) -> Rhythm:
        facts = self.cleaned_data
        return Rhythm(facts["first"], facts["weeks"], HalfDay(facts["half_day"]), zone)


def _clock(clock: time) -> str:
    return dates.clock(datetime.combine(EARLIEST, clock, ZoneInfo("UTC")), "UTC")


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
    starts_at = _moment(form, names["starts"], facts["day"], facts["starts"], zone)
    ends_at = _moment(form, names["ends"], facts["day"], facts["ends"], zone)
    if starts_at is None or ends_at is None:
        return None
    if wrong := _wrong_length(ends_at.timestamp() - starts_at.timestamp()):
        form.add_error(names["ends"], wrong)
        return None
    return Slot(starts_at, ends_at)


MISSING = {
    "day": "Choose the date as well, or leave the times empty too.",
    "starts": "Write when it starts.",
    "ends": "Write when it ends.",
}


def _moment(
    form: forms.BaseForm, field: str, day: date | None, clock: time | None, zone: ZoneInfo
) -> datetime | None:
    if day is None or clock is None:
        return None
    try:
        return local_moment(day, clock, zone)
    except ValidationError as error:
        form.add_error(field, error)
        return None


def _wrong_length(seconds: float) -> str:
    if seconds <= 0:
        return "It must end after it starts, on the same day."
    if seconds < SHORTEST.total_seconds():
        return "It must last at least half an hour."
    if seconds > LONGEST.total_seconds():
        return "It can last twelve hours at most."
    return ""


def can_be_planned(workshop: Workshop, moment: datetime) -> bool:
    """In the list of dates: has it neither begun nor been cancelled?"""
    return not workshop.is_cancelled and not workshop.has_begun(moment)


def field_name(workshop: Workshop, name: str) -> str:
    return f"{workshop.position}-{name}"


@dataclass(frozen=True)
class Row:
    """One workshop in the list of dates: fixed once it has begun or while it is cancelled, else with its fields."""

    workshop: Workshop
    slot: Slot | None
    fields: list[BoundField]
    is_past: bool

    @property
    def is_wrong(self) -> bool:
        return any(field.errors for field in self.fields)

    @property
    def is_cancelled(self) -> bool:
        return self.workshop.is_cancelled

    @property
    def place(self) -> str:
        """The venue, else the joining link, as they stand in the inputs."""
        shown = [field.value() for field in self.fields[-2:]]
        return next(filter(None, shown or [self.workshop.venue, self.workshop.joining_link]), "")


class SeriesForm(PlainWords, forms.Form):
    """The list of dates: day, start, end, venue and link of each workshop that can still be planned."""

    FIELDS: ClassVar[dict[str, tuple[type[forms.Field], str, dict[str, Any]]]] = {
        "day": (DayField, "Date", {}),
        "starts": (ClockField, "Start", {}),
        "ends": (ClockField, "End", {}),
        "venue": (LineField, "Venue", {"max_length": 300}),
        "link": (LinkField, "Joining link", {}),
    }
    mark_optional = False

    def __init__(
        self, *args: Any, workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime, **kwargs: Any
    ) -> None:
        self.workshops, self.zone, self.moment = workshops, zone, moment
        self.open = [workshop for workshop in workshops if can_be_planned(workshop, moment)]
        self.slots = fixed_slots(workshops, moment)
        self.base_fields = {  # type: ignore[misc] # this form's own
            field_name(workshop, name): kind(
                label=f"{label} of workshop {workshop.position}", required=False, **options
            )
            for workshop in self.open
            for name, (kind, label, options) in self.FIELDS.items()
        }
        super().__init__(*args, **kwargs)

    @classmethod
    def showing(
        cls, slots: Mapping[int, Slot], places: Mapping[int, tuple[str, str]], **options: Any
    ) -> SeriesForm:
        """The list with these slots, and these venues and links, to be looked over."""
        form = cls(**options)
        for workshop in form.open:
            shown = initial_arrangement(slots.get(workshop.position), *places[workshop.position], form.zone)
            form.initial.update({field_name(workshop, name): value for name, value in shown.items()})
            if workshop.position in slots:
                form.slots[workshop.position] = slots[workshop.position]
        return form

    def clean(self) -> dict[str, Any]:
        for workshop in self.open:
            slot = clean_slot(self, f"{workshop.position}-", self.zone)
            if slot is None:
                continue
            if words := clash(workshop.position, slot, self.slots, self.zone):
                self.add_error(field_name(workshop, "day"), words)
            self.slots[workshop.position] = slot
        return self.cleaned_data

    def arrangements(self) -> dict[int, Arrangement]:
        facts = self.cleaned_data
        return {
            workshop.position: Arrangement(
                self.slots.get(workshop.position),
                facts[field_name(workshop, "venue")],
                facts[field_name(workshop, "link")],
            )
            for workshop in self.open
        }

    def rows(self) -> list[Row]:
        return [self._row(workshop) for workshop in self.workshops]

    def _row(self, workshop: Workshop) -> Row:
        slot = self.slots.get(workshop.position)
        if workshop not in self.open:
            return Row(workshop, Slot.of(workshop), [], is_past=False)
        fields = [self[field_name(workshop, name)] for name in self.FIELDS]
        return Row(workshop, slot, fields, is_past=slot is not None and slot.starts_at <= self.moment)


def fixed_slots(workshops: Sequence[Workshop], moment: datetime) -> dict[int, Slot]:
    """When those are, by position, that the list of dates doesn't change and that others must keep clear of."""
    return {
        workshop.position: slot
        for workshop in workshops
        if workshop.has_begun(moment) and not workshop.is_cancelled and (slot := Slot.of(workshop))
    }


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


class WorkshopForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]
    """A cohort's workshop: when, where, and what it is for. How long it is follows from when."""

    mark_optional = False
    day = DayField(label="Date", required=False)
    starts = ClockField(required=False)
    ends = ClockField(required=False)
    venue = LineField(required=False, max_length=300, help_text="With the address, so that people find it.")
    link = LinkField(label="Joining link", required=False, help_text="For a workshop that meets online.")

    class Meta(WorkshopPlanForm.Meta):
        model = Workshop  # type: ignore[assignment]
        fields = tuple(  # type: ignore[assignment]
            name for name in WorkshopPlanForm.Meta.fields if name != "length_minutes"
        )

    WHEN: ClassVar = ("day", "starts", "ends")
    field_order = (*WHEN, "venue", "link")

    def __init__(self, *args: Any, instance: Workshop, moment: datetime, **kwargs: Any) -> None:
        self.zone, self.moment = instance.cohort.zone, moment
        self.slot: Slot | None = None
        shown = initial_arrangement(Slot.of(instance), instance.venue, instance.joining_link, self.zone)
        self.had_begun = instance.has_begun(moment)
        super().__init__(*args, instance=instance, initial=shown, **kwargs)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        self.slot = clean_slot(self, "", self.zone)
        if self.slot and not self.instance.is_cancelled:
            words = clash(self.instance.position, self.slot, slots_beside(self.instance), self.zone)
            if words:
                self.add_error("day", words)
        if self.had_begun and not self.slot and not self.errors:
            self.add_error("day", "This workshop has begun, so it keeps a date.")
        return facts

    def when(self) -> list[BoundField]:
        return [self[name] for name in self.WHEN]

    def others(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name not in self.WHEN]

    def arrangement(self) -> Arrangement:
        return Arrangement(self.slot, self.cleaned_data["venue"], self.cleaned_data["link"])

    def content(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}


class AnswerForm(forms.Form):
    """What a participant says beforehand."""

    answer = forms.ChoiceField(choices=Attendance.Answer.choices)


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
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), words),
    )
