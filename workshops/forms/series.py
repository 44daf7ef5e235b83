"""A rhythm, and the dates that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField

from cohorts.forms import LineField
from ui import dates
from ui.forms import LabelWithHint, PlainWords
from workshops.forms.when import EARLIEST, ClockField, DayField, LinkField, clean_slot, initial_arrangement
from workshops.models import Workshop
from workshops.planning import clash
from workshops.times import Arrangement, HalfDay, Rhythm, Slot


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
            (part.value, LabelWithHint(part.label, f"from {clock_words(part.starts)}")) for part in HalfDay
        ]

    def rhythm(self, zone: ZoneInfo) -> Rhythm:
        facts = self.cleaned_data
        return Rhythm(facts["first"], facts["weeks"], HalfDay(facts["half_day"]), zone)


def clock_words(clock: time) -> str:
    return dates.clock(datetime.combine(EARLIEST, clock, ZoneInfo("UTC")), "UTC")


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
            return Row(workshop, workshop.slot, [], is_past=False)
        fields = [self[field_name(workshop, name)] for name in self.FIELDS]
        return Row(workshop, slot, fields, is_past=slot is not None and slot.starts_at <= self.moment)


def fixed_slots(workshops: Sequence[Workshop], moment: datetime) -> dict[int, Slot]:
    """When those are, by position, that the list of dates doesn't change and that others must keep clear of."""
    return {
        workshop.position: slot
        for workshop in workshops
        if workshop.has_begun(moment) and not workshop.is_cancelled and (slot := workshop.slot)
    }
