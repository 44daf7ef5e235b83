"""A rhythm, and the dates that follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField

from cohorts.forms import LineField
from cohorts.models import Cohort
from ui import dates
from ui.forms import LabelWithHint, PlainWords
from workshops.forms.date_and_place import (
    EARLIEST,
    ClockField,
    DayField,
    LinkField,
    clean_slot,
    initial_arrangement,
)
from workshops.models import Workshop
from workshops.planning.constraints import KeepClear
from workshops.planning.proposals import Constraints, Proposal, judge
from workshops.planning.scheduling import clash
from workshops.times import Arrangement, HalfDay, Recurrence, Slot

IT_HAS_PASSED = (
    "This date has passed. Choose a later one, or say below why it stays (it was held then, say)."
)


class RecurrenceForm(PlainWords, forms.Form):
    """When a series meets, and what it keeps clear of."""

    first = DayField(label="First workshop")
    weeks = forms.TypedChoiceField(
        label="Every",
        coerce=int,
        choices=[(2, "2 weeks"), (3, "3 weeks"), (4, "4 weeks")],
        widget=forms.RadioSelect(attrs={"class": "few"}),
    )
    half_day = forms.ChoiceField(widget=forms.RadioSelect(attrs={"class": "few"}))
    keep_clear = forms.MultipleChoiceField(
        label="Keep clear of",
        required=False,
        choices=KeepClear.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    usual_venue = LineField(
        required=False,
        max_length=300,
        help_text="With the address. Goes to each workshop that has none.",
    )
    usual_link = LinkField(
        label="Usual joining link", required=False, help_text="If they meet online."
    )
    mark_optional = False

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["half_day"].choices = [  # type: ignore[attr-defined]
            (part.value, LabelWithHint(part.label, f"from {clock_words(part.starts)}"))
            for part in HalfDay
        ]
        self.fields["keep_clear"].choices = [  # type: ignore[attr-defined]
            (
                kind.value,
                f"{kind.label} ({cohort.get_country_display()})"
                if kind is KeepClear.BANK
                else kind.label,
            )
            for kind in KeepClear
        ]

    def rhythm(self, zone: ZoneInfo) -> Recurrence | None:
        """None while something about it is wrong."""
        if not self.is_valid():
            return None
        facts = self.cleaned_data
        return Recurrence(facts["first"], facts["weeks"], HalfDay(facts["half_day"]), zone)

    def kept_clear(self) -> frozenset[KeepClear]:
        """What is ticked, be the rest of the form right or not."""
        self.is_valid()
        return frozenset(
            KeepClear(kind) for kind in self.cleaned_data.get("keep_clear", KeepClear.values)
        )


def clock_words(clock: time) -> str:
    return dates.clock(datetime.combine(EARLIEST, clock, ZoneInfo("UTC")), "UTC")


def can_be_planned(workshop: Workshop, moment: datetime) -> bool:
    """In the list of dates: has it neither begun nor been cancelled?"""
    return not workshop.is_cancelled and not workshop.has_begun(moment)


def field_name(workshop: Workshop, name: str) -> str:
    return f"{workshop.position}-{name}"


class SeriesForm(PlainWords, forms.Form):
    """The list of dates: when and where each workshop is that can still be planned, and why it stays if it clashes."""

    FIELDS: ClassVar[dict[str, tuple[type[forms.Field], str, dict[str, Any]]]] = {
        "day": (DayField, "Date", {}),
        "starts": (ClockField, "Start", {}),
        "ends": (ClockField, "End", {}),
        "venue": (LineField, "Venue", {"max_length": 300}),
        "link": (LinkField, "Joining link", {}),
        "kept": (LineField, "Reason to keep the date", {"max_length": 300}),
    }
    mark_optional = False

    def __init__(
        self,
        *args: Any,
        workshops: Sequence[Workshop],
        zone: ZoneInfo,
        constraints: Constraints,
        settles: bool = False,
        **kwargs: Any,
    ) -> None:
        """`settles`: a date that clashes needs a reason to stay."""
        self.zone, self.constraints, self.settles = zone, constraints, settles
        self.open = [one for one in workshops if can_be_planned(one, constraints.now)]
        self.slots = fixed_slots(workshops, constraints.now)
        self.judged: dict[int, Proposal] = {}
        self.base_fields = {  # type: ignore[misc] # this form's own
            field_name(workshop, name): kind(
                label=f"{label} of workshop {workshop.position}", required=False, **options
            )
            for workshop in self.open
            for name, (kind, label, options) in self.FIELDS.items()
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        for workshop in self.open:
            slot = clean_slot(self, f"{workshop.position}-", self.zone)
            if slot is None:
                continue
            if words := clash(workshop.position, slot, self.slots, self.zone):
                self.add_error(field_name(workshop, "day"), words)
            self.slots[workshop.position] = slot
            self.judged[workshop.position] = judge(slot, self.constraints, self.zone)
            if self.settles and self.is_unsettled(workshop):
                self.add_error(field_name(workshop, "day"), self.words_to_settle(workshop))
        return self.cleaned_data

    def problems(self, workshop: Workshop) -> tuple[str, ...]:
        """What speaks against the date it has."""
        judged = self.judged.get(workshop.position)
        return judged.problems if judged else ()

    def kept_because(self, workshop: Workshop) -> str:
        """Why it stays although something speaks against it; empty where nothing does."""
        typed = self.cleaned_data.get(field_name(workshop, "kept"), "")
        return str(typed) if self.problems(workshop) else ""

    def is_unsettled(self, workshop: Workshop) -> bool:
        return bool(self.problems(workshop)) and not self.kept_because(workshop)

    def words_to_settle(self, workshop: Workshop) -> str:
        if self.slots[workshop.position].starts_at < self.constraints.now:
            return IT_HAS_PASSED
        return (
            f"{'; '.join(self.problems(workshop))}. Choose another date, or say below why it stays."
        )

    def place_of(self, workshop: Workshop) -> tuple[str, str]:
        """The venue and the link."""
        facts = self.cleaned_data
        return facts.get(field_name(workshop, "venue"), ""), facts.get(
            field_name(workshop, "link"), ""
        )

    def arrangements(self) -> dict[int, Arrangement]:
        return {
            workshop.position: Arrangement(
                self.slots.get(workshop.position), *self.place_of(workshop)
            )
            for workshop in self.open
        }

    def reasons(self) -> dict[int, str]:
        """By position, why the dates that clash are kept."""
        return {
            workshop.position: why for workshop in self.open if (why := self.kept_because(workshop))
        }

    def fields_of(self, workshop: Workshop) -> dict[str, BoundField]:
        """By their short names; none of a workshop that can't be planned any more."""
        if workshop not in self.open:
            return {}
        return {name: self[field_name(workshop, name)] for name in self.FIELDS}


def typed_as(workshop: Workshop, slot: Slot | None, zone: ZoneInfo) -> dict[str, str]:
    """When a workshop is, as the inputs of the list send it."""
    shown = initial_arrangement(slot, "", "", zone) if slot else {}
    words = {"day": f"{shown['day']:%Y-%m-%d}"} if slot else {"day": ""}
    words |= {name: f"{shown[name]:%H:%M}" if slot else "" for name in ("starts", "ends")}
    return {field_name(workshop, name): value for name, value in words.items()}


def fixed_slots(workshops: Sequence[Workshop], moment: datetime) -> dict[int, Slot]:
    """When those are, by position, that the list of dates doesn't change and that others must keep clear of."""
    return {
        workshop.position: slot
        for workshop in workshops
        if workshop.has_begun(moment) and not workshop.is_cancelled and (slot := workshop.slot)
    }
