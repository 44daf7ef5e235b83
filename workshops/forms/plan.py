"""The two forms of the plan page: the recurrence, and the list of dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cohorts.forms import LineField
from cohorts.models import Cohort
from ui import dates
from ui.forms import LabelWithHint, PlainWords
from workshops.forms.date_and_place import (
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

INTERVALS = (2, 3, 4)


def interval_label(weeks: int) -> str:
    return ngettext("%(count)d week", "%(count)d weeks", weeks) % {"count": weeks}


class RecurrenceForm(PlainWords, forms.Form):
    """The form for a cohort's recurrence, the constraints on its dates, and its usual place."""

    fields: dict[str, Any]  # each of its own class
    first = DayField(label=gettext_lazy("First workshop"))
    weeks = forms.TypedChoiceField(
        label=gettext_lazy("Every"),
        coerce=int,
        widget=forms.RadioSelect(attrs={"class": "few"}),
    )
    half_day = forms.ChoiceField(
        label=gettext_lazy("Half day"), widget=forms.RadioSelect(attrs={"class": "few"})
    )
    keep_clear = forms.MultipleChoiceField(
        label=gettext_lazy("Avoid"),
        required=False,
        choices=KeepClear.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    usual_venue = LineField(
        label=gettext_lazy("Usual venue"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Include the address. Used for each workshop without a venue."),
    )
    usual_link = LinkField(
        label=gettext_lazy("Usual joining link"),
        required=False,
        help_text=gettext_lazy("For workshops that meet online."),
    )
    mark_optional = False

    def __init__(self, *args: Any, cohort: Cohort, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["weeks"].choices = [(weeks, interval_label(weeks)) for weeks in INTERVALS]
        self.fields["half_day"].choices = [
            (
                part.value,
                LabelWithHint(
                    part.label, _("from %(time)s") % {"time": dates.clock_time(part.starts)}
                ),
            )
            for part in HalfDay
        ]
        self.fields["keep_clear"].choices = [
            (
                kind.value,
                _("Bank holidays (%(country)s)") % {"country": cohort.get_country_display()}
                if kind is KeepClear.BANK
                else kind.label,
            )
            for kind in KeepClear
        ]

    def recurrence(self, zone: ZoneInfo) -> Recurrence | None:
        """Return the recurrence, or None if the form has errors."""
        if not self.is_valid():
            return None
        data = self.cleaned_data
        return Recurrence(data["first"], data["weeks"], HalfDay(data["half_day"]), zone)

    def chosen_keep_clear(self) -> frozenset[KeepClear]:
        """Return the ticked constraints, even if other fields of the form have errors."""
        self.is_valid()
        return frozenset(
            KeepClear(kind) for kind in self.cleaned_data.get("keep_clear", KeepClear.values)
        )


def field_name(workshop: Workshop, name: str) -> str:
    return f"{workshop.position}-{name}"


class DatesForm(PlainWords, forms.Form):
    """The date, place and override reason of each workshop that can still be planned.

    With `requires_reasons`, a date that clashes is an error unless a reason is given.

    Validation fills two dicts, whose keys are the positions of workshops. `slots` has the entered
    slots, and the slots of workshops that have begun. `judged` has a `Proposal` for each entered
    slot, with the reasons against it.
    """

    FIELDS: ClassVar[dict[str, tuple[type[forms.Field], Any, dict[str, Any]]]] = {
        "day": (DayField, gettext_lazy("Date of workshop %(position)d"), {}),
        "starts": (ClockField, gettext_lazy("Start of workshop %(position)d"), {}),
        "ends": (ClockField, gettext_lazy("End of workshop %(position)d"), {}),
        "venue": (LineField, gettext_lazy("Venue of workshop %(position)d"), {"max_length": 300}),
        "link": (LinkField, gettext_lazy("Joining link of workshop %(position)d"), {}),
        "override": (
            LineField,
            gettext_lazy("Reason to keep the date of workshop %(position)d"),
            {"max_length": 300},
        ),
    }
    mark_optional = False

    def __init__(
        self,
        *args: Any,
        workshops: Sequence[Workshop],
        zone: ZoneInfo,
        constraints: Constraints,
        requires_reasons: bool = False,
        **kwargs: Any,
    ) -> None:
        self.zone, self.constraints = zone, constraints
        self.requires_reasons = requires_reasons
        self.plannable = [one for one in workshops if one.can_be_planned(constraints.now)]
        self.slots = fixed_slots(workshops, constraints.now)
        self.judged: dict[int, Proposal] = {}
        self.base_fields = {  # type: ignore[misc] # one set of fields for each workshop
            field_name(workshop, name): field(
                label=str(label) % {"position": workshop.position}, required=False, **options
            )
            for workshop in self.plannable
            for name, (field, label, options) in self.FIELDS.items()
        }
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        for workshop in self.plannable:
            slot = clean_slot(self, f"{workshop.position}-", self.zone)
            if slot is None:
                continue
            if problem := clash(workshop.position, slot, self.slots, self.zone):
                self.add_error(field_name(workshop, "day"), problem)
            self.slots[workshop.position] = slot
            self.judged[workshop.position] = judge(slot, self.constraints, self.zone)
            if self.requires_reasons and self.needs_reason(workshop):
                self.add_error(field_name(workshop, "day"), self.missing_reason_message(workshop))
        return self.cleaned_data

    def problems(self, workshop: Workshop) -> tuple[str, ...]:
        judged = self.judged.get(workshop.position)
        return judged.problems if judged else ()

    def override_reason(self, workshop: Workshop) -> str:
        """Return the typed reason to keep a date that clashes; empty if the date does not clash."""
        typed = self.cleaned_data.get(field_name(workshop, "override"), "")
        return str(typed) if self.problems(workshop) else ""

    def needs_reason(self, workshop: Workshop) -> bool:
        return bool(self.problems(workshop)) and not self.override_reason(workshop)

    def missing_reason_message(self, workshop: Workshop) -> str:
        if self.slots[workshop.position].starts_at < self.constraints.now:
            return _(
                "Choose a later date, as this one has passed. To keep it, give a reason below"
                " (for example, that the workshop took place then)."
            )
        return _("Choose another date, or give a reason to keep it below. %(problems)s.") % {
            "problems": "; ".join(self.problems(workshop))
        }

    def place_of(self, workshop: Workshop) -> tuple[str, str]:
        """Return the venue and the joining link that were typed for the workshop."""
        data = self.cleaned_data
        return (
            data.get(field_name(workshop, "venue"), ""),
            data.get(field_name(workshop, "link"), ""),
        )

    def arrangements(self) -> dict[int, Arrangement]:
        return {
            workshop.position: Arrangement(
                self.slots.get(workshop.position), *self.place_of(workshop)
            )
            for workshop in self.plannable
        }

    def override_reasons(self) -> dict[int, str]:
        return {
            workshop.position: reason
            for workshop in self.plannable
            if (reason := self.override_reason(workshop))
        }

    def fields_of(self, workshop: Workshop) -> dict[str, BoundField]:
        """Return a dict that maps the names in FIELDS to the workshop's fields.

        The dict is empty if the workshop can't be planned.
        """
        if workshop not in self.plannable:
            return {}
        return {name: self[field_name(workshop, name)] for name in self.FIELDS}


def typed_recurrence(recurrence: Recurrence) -> dict[str, Any]:
    """Return RecurrenceForm's input values for this recurrence, with all constraints ticked."""
    return {
        "first": recurrence.first.isoformat(),
        "weeks": str(recurrence.weeks),
        "half_day": recurrence.half_day.value,
        "keep_clear": list(KeepClear.values),
    }


def typed_slot(workshop: Workshop, slot: Slot | None, zone: ZoneInfo) -> dict[str, str]:
    """Return the input values of DatesForm for the workshop's slot."""
    shown = initial_arrangement(slot, "", "", zone) if slot else {}
    typed = {"day": shown["day"].isoformat() if slot else ""}
    typed |= {name: f"{shown[name]:%H:%M}" if slot else "" for name in ("starts", "ends")}
    return {field_name(workshop, name): value for name, value in typed.items()}


def fixed_slots(workshops: Sequence[Workshop], moment: datetime) -> dict[int, Slot]:
    """Return a dict that maps the positions of workshops that have begun to their slots.

    The plan can't change these slots.
    """
    return {
        workshop.position: slot
        for workshop in workshops
        if workshop.has_begun(moment) and not workshop.is_cancelled and (slot := workshop.slot)
    }
