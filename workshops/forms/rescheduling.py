"""One workshop moved, cancelled or reinstated: when and where, why, and why it stays where something is against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField

from cohorts.forms import LineField
from ui.forms import PlainWords
from workshops.changes.rescheduling import in_the_way
from workshops.forms.date_and_place import (
    ClockField,
    DayField,
    LinkField,
    clean_slot,
    initial_arrangement,
)
from workshops.models import Workshop
from workshops.planning.constraints import KeepClear, constraints_for
from workshops.planning.proposals import Proposal, judge
from workshops.times import Arrangement, Slot


class ReasonField(LineField):
    """Why, in a sentence or two."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False, widget=forms.Textarea(attrs={"class": "short", "rows": 2}), **options
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without maxlength: a browser would cut what is pasted, and say nothing."""
        return {
            name: value
            for name, value in super().widget_attrs(widget).items()
            if name != "maxlength"
        }


class ReasonForm(PlainWords, forms.Form):
    """Why it is changed."""

    reason = ReasonField(
        label="Why?",
        max_length=500,
        help_text="Those who are told read this. You can leave it empty.",
    )
    mark_optional = False


class KeptForm(ReasonForm):
    """Asks why a date is kept all the same, if something is against it. `acts` where it is to be done now."""

    kept_because = ReasonField(
        label="Keep it all the same, because…",
        max_length=300,
        help_text="For you and your fellow facilitators: it stands on the workshop’s page.",
    )

    def __init__(
        self, *args: Any, workshop: Workshop, moment: datetime, acts: bool, **kwargs: Any
    ) -> None:
        self.workshop, self.moment, self.acts = workshop, moment, acts
        self.proposal = Proposal(None)
        super().__init__(*args, **kwargs)

    def judge(self, slot: Slot) -> None:
        """Finds what is against the slot; that it lies in the past is no news of a workshop that has begun."""
        cohort, now = self.workshop.cohort, self.moment
        known = constraints_for(cohort, keep_clear=frozenset(KeepClear), moment=now)
        if self.workshop.has_begun(now):
            known = replace(known, now=min(slot.starts_at, now))
        self.proposal = judge(slot, known, cohort.zone)

    def check_kept(self) -> None:
        if (
            self.acts
            and self.proposal.problems
            and not self.cleaned_data.get("kept_because", "unread")
        ):
            self.add_error(
                "kept_because", "Say why it is kept all the same, or choose another date."
            )

    @property
    def is_ready(self) -> bool:
        """Is all right but perhaps for why it is kept, which is asked beside what follows?"""
        return self.is_bound and not set(self.errors) - {"kept_because"}


class MoveForm(KeptForm):
    """When and where a workshop is to be, in place of when and where it is."""

    day = DayField(label="Date", required=False)
    starts = ClockField(required=False)
    ends = ClockField(required=False)
    venue = LineField(
        required=False, max_length=300, help_text="With the address, so that people find it."
    )
    link = LinkField(
        label="Joining link", required=False, help_text="For a workshop that meets online."
    )

    WHEN: ClassVar = ("day", "starts", "ends")
    field_order = (*WHEN, "venue", "link", "reason", "kept_because")

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        self.slot: Slot | None = None
        self.zone = workshop.cohort.zone
        shown = initial_arrangement(workshop.slot, workshop.venue, workshop.joining_link, self.zone)
        super().__init__(
            *args,
            workshop=workshop,
            initial=shown | {"kept_because": workshop.kept_because},
            **kwargs,
        )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        self.slot = clean_slot(self, "", self.zone)
        if not self.slot and not self.errors and self.workshop.has_begun(self.moment):
            self.add_error("day", "This workshop has begun, so it keeps a date.")
        if self.errors or self.is_as_it_was():
            return facts
        if self.slot and self.slot != self.workshop.slot and not self.workshop.is_cancelled:
            if words := in_the_way(self.workshop, self.slot):
                self.add_error("day", words)
            self.judge(self.slot)
            self.check_kept()
        return facts

    def is_as_it_was(self) -> bool:
        """Nothing to do: said, unless it is done already, as after a double click."""
        is_same = self.arrangement() == self.workshop.arrangement
        if is_same and not self.acts:
            self.add_error(
                None, "This is when and where it is already. Change something, or go back."
            )
        return is_same

    def when(self) -> list[BoundField]:
        return [self[name] for name in self.WHEN]

    def others(self) -> list[BoundField]:
        return [self[name] for name in ("venue", "link", "reason")]

    def as_hidden(self) -> list[BoundField]:
        """What was typed, to go along with the next step."""
        return [*self.when(), *self.others()]

    def arrangement(self) -> Arrangement:
        return Arrangement(self.slot, self.cleaned_data["venue"], self.cleaned_data["link"])

    def keeps_because(self) -> str:
        """Why it is kept: said now if it gets another date, and else as it was said before."""
        if self.slot == self.workshop.slot:
            return self.workshop.kept_because
        return self.cleaned_data["kept_because"] if self.proposal.problems else ""


class ReinstateForm(KeptForm):
    """A workshop is held after all, on the date that it had."""

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        kept = {"kept_because": workshop.kept_because}
        super().__init__(*args, workshop=workshop, initial=kept, **kwargs)
        self.in_the_way = ""
        if workshop.is_cancelled and workshop.slot:
            self.in_the_way = in_the_way(workshop, workshop.slot)
            self.judge(workshop.slot)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if self.in_the_way:
            self.add_error(None, self.in_the_way)
        self.check_kept()
        return facts

    def keeps_because(self) -> str:
        return self.cleaned_data["kept_because"] if self.proposal.problems else ""
