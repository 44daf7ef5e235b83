"""One workshop as it is changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField

from cohorts.forms import LineField
from programmes.forms import WorkshopPlanForm, check_agenda
from ui.forms import PlainWords
from workshops.forms.when import ClockField, DayField, LinkField, clean_slot, initial_arrangement
from workshops.models import Workshop
from workshops.planning import clash, slots_beside
from workshops.times import Arrangement, Slot


class WorkshopForm(PlainWords, forms.ModelForm[Workshop]):
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
        shown = initial_arrangement(instance.slot, instance.venue, instance.joining_link, self.zone)
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
        check_agenda(self, self.slot.minutes if self.slot else self.instance.length_minutes)
        return facts

    def when(self) -> list[BoundField]:
        return [self[name] for name in self.WHEN]

    def others(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name not in self.WHEN]

    def arrangement(self) -> Arrangement:
        return Arrangement(self.slot, self.cleaned_data["venue"], self.cleaned_data["link"])

    def content(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}
