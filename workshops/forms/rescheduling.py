"""Forms to move, cancel and reinstate one workshop."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.forms import LineField
from ui.forms import PlainWords
from workshops.changes.rescheduling import clash_with_others
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
    """An optional reason in a sentence or two."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False, widget=forms.Textarea(attrs={"class": "short", "rows": 2}), **options
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Return the attributes without maxlength, at which browsers silently cut pasted text."""
        return {
            name: value
            for name, value in super().widget_attrs(widget).items()
            if name != "maxlength"
        }


class ReasonForm(PlainWords, forms.Form):
    """The reason for a change, shown to everyone who is notified."""

    reason = ReasonField(
        label=gettext_lazy("Why?"),
        max_length=500,
        help_text=gettext_lazy("Everyone who is notified reads this. You can leave it empty."),
    )
    mark_optional = False


class OverrideForm(ReasonForm):
    """The form of a change to a date, with the reason to use a date that clashes.

    If `is_confirmed` is true, the user has seen the preview. Then the change is saved if the form
    is valid, and a date that clashes needs the reason.
    """

    override_reason = ReasonField(
        label=gettext_lazy("Use this date anyway, because…"),
        max_length=300,
        help_text=gettext_lazy("Shown to facilitators on the workshop’s page."),
    )

    def __init__(
        self, *args: Any, workshop: Workshop, moment: datetime, is_confirmed: bool, **kwargs: Any
    ) -> None:
        self.workshop, self.moment = workshop, moment
        self.is_confirmed = is_confirmed
        self.proposal = Proposal(None)
        super().__init__(*args, **kwargs)

    def find_problems(self, slot: Slot) -> None:
        """Set `proposal` to a proposal for the slot, with the reasons against it.

        A date in the past counts as a reason only if the workshop has not begun.
        """
        cohort, now = self.workshop.cohort, self.moment
        constraints = constraints_for(cohort, keep_clear=frozenset(KeepClear), moment=now)
        if self.workshop.has_begun(now):
            constraints = replace(constraints, now=min(slot.starts_at, now))
        self.proposal = judge(slot, constraints, cohort.zone)

    def require_override_reason(self) -> None:
        """Add an error if the change is confirmed and its date clashes without a reason."""
        if (
            self.is_confirmed
            and self.proposal.problems
            and not self.cleaned_data.get("override_reason", "unread")
        ):
            self.add_error(
                "override_reason", _("Enter a reason to use this date, or choose another date.")
            )

    @property
    def is_valid_except_override_reason(self) -> bool:
        """Whether a bound form has no errors, except for a missing override reason.

        The preview, which is the next step, asks for that reason.
        """
        return self.is_bound and not set(self.errors) - {"override_reason"}


class MoveForm(OverrideForm):
    """A new time or place for a workshop."""

    day = DayField(label=gettext_lazy("Date"), required=False)
    starts = ClockField(label=gettext_lazy("Starts"), required=False)
    ends = ClockField(label=gettext_lazy("Ends"), required=False)
    venue = LineField(
        label=gettext_lazy("Venue"),
        required=False,
        max_length=300,
        help_text=gettext_lazy("Include the address so that people can find it."),
    )
    link = LinkField(
        label=gettext_lazy("Joining link"),
        required=False,
        help_text=gettext_lazy("For a workshop that meets online."),
    )

    WHEN: ClassVar = ("day", "starts", "ends")
    field_order = (*WHEN, "venue", "link", "reason", "override_reason")

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        self.slot: Slot | None = None
        self.zone = workshop.cohort.zone
        shown = initial_arrangement(workshop.slot, workshop.venue, workshop.joining_link, self.zone)
        super().__init__(
            *args,
            workshop=workshop,
            initial=shown | {"override_reason": workshop.override_reason},
            **kwargs,
        )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        self.slot = clean_slot(self, "", self.zone)
        if not self.slot and not self.errors and self.workshop.has_begun(self.moment):
            self.add_error(
                "day", _("Enter a date. You can’t remove it after the workshop has begun.")
            )
        if self.errors:
            return facts
        if self.arrangement() == self.workshop.arrangement:
            # Nothing changes. If the user has confirmed, this is the second request of a double
            # click, and the first request has saved the change. So it gets no error.
            if not self.is_confirmed:
                self.add_error(
                    None,
                    _("Change the date, time or place, or go back. You haven’t changed anything."),
                )
            return facts
        if self.slot and self.slot != self.workshop.slot and not self.workshop.is_cancelled:
            if problem := clash_with_others(self.workshop, self.slot):
                self.add_error("day", problem)
            self.find_problems(self.slot)
            self.require_override_reason()
        return facts

    def when(self) -> list[BoundField]:
        return [self[name] for name in self.WHEN]

    def others(self) -> list[BoundField]:
        return [self[name] for name in ("venue", "link", "reason")]

    def as_hidden(self) -> list[BoundField]:
        """Return the fields that the preview carries as hidden inputs."""
        return [*self.when(), *self.others()]

    def arrangement(self) -> Arrangement:
        return Arrangement(self.slot, self.cleaned_data["venue"], self.cleaned_data["link"])

    def new_override_reason(self) -> str:
        """Return the typed reason if the new slot clashes, else "".

        If the slot is unchanged, return the saved reason.
        """
        if self.slot == self.workshop.slot:
            return self.workshop.override_reason
        return self.cleaned_data["override_reason"] if self.proposal.problems else ""


class ReinstateForm(OverrideForm):
    """The reinstatement of a cancelled workshop on the date that it had."""

    def __init__(self, *args: Any, workshop: Workshop, **kwargs: Any) -> None:
        initial = {"override_reason": workshop.override_reason}
        super().__init__(*args, workshop=workshop, initial=initial, **kwargs)
        self.clash = ""
        if workshop.is_cancelled and workshop.slot:
            self.clash = clash_with_others(workshop, workshop.slot)
            self.find_problems(workshop.slot)

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if self.clash:
            self.add_error(None, self.clash)
        self.require_override_reason()
        return facts

    def new_override_reason(self) -> str:
        """Return the typed reason if the workshop's slot clashes, or ""."""
        return self.cleaned_data["override_reason"] if self.proposal.problems else ""
