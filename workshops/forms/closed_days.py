"""Days that dates keep clear of: one period as it is typed, or a file of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from accounts.models import User
from cohorts.forms import LineField
from cohorts.importing.table import UnreadableFile
from cohorts.models import Cohort
from ui.forms import LabelWithHint, PlainWords
from workshops.forms.date_and_place import DayField
from workshops.models import ClosedDays
from workshops.planning.closed_days_import import (
    LONGEST,
    MAX_BYTES,
    TOO_MANY_BYTES,
    Period,
    read_periods,
)

THERE_ALREADY = "These days are in the list already."


class KindField(forms.ChoiceField):
    """What kind of days they are."""

    def __init__(self) -> None:
        super().__init__(
            label="What they are",
            choices=ClosedDays.Kind.choices,
            widget=forms.RadioSelect(attrs={"class": "few"}),
            error_messages={
                "required": "Choose what they are.",
                "invalid_choice": "Choose what they are.",
            },
        )


class ScopeField(forms.ChoiceField):
    """For this cohort or for every one; administrators alone are asked."""

    THIS, EVERY = "this", "every"

    def __init__(self, cohort: Cohort) -> None:
        super().__init__(
            label="For which cohorts",
            choices=[
                (self.THIS, LabelWithHint("This cohort", str(cohort))),
                (self.EVERY, LabelWithHint("Every cohort", "Those to come as well.")),
            ],
            widget=forms.RadioSelect,
            initial=self.THIS,
            error_messages={
                "required": "Choose for which cohorts.",
                "invalid_choice": "Choose one of the two.",
            },
        )


class ClosedDaysForm(PlainWords, forms.Form):
    """One period."""

    kind = KindField()
    name = LineField(
        max_length=120,
        help_text="“Easter”, “Office closed”. It stands beside a date that was moved for it.",
        error_messages={"required": "Say what these days are called."},
    )
    first = DayField(label="First day")
    last = DayField(label="Last day", required=False, help_text="Leave it empty for a single day.")

    def __init__(
        self, *args: Any, cohort: Cohort, closed: ClosedDays, by: User, **options: Any
    ) -> None:
        self.cohort, self.closed = cohort, closed
        is_for_every = closed.pk is not None and closed.cohort_id is None
        shown = {name: getattr(closed, name) for name in ("kind", "name", "first", "last")}
        super().__init__(*args, initial=shown, **options)
        if by.is_administrator:
            self.fields["scope"] = ScopeField(cohort)
            self.initial["scope"] = ScopeField.EVERY if is_for_every else ScopeField.THIS

    def clean(self) -> dict[str, Any]:
        facts = self.cleaned_data
        first = facts.get("first")
        if first and "last" not in self.errors:
            facts["last"] = last = facts.get("last") or first
            if last < first:
                self.add_error("last", "The last day is before the first.")
            elif last - first > LONGEST:
                self.add_error("last", "These days are more than a year long. Check the last day.")
        if not self.errors:
            same = ClosedDays.objects.filter(**self.facts()).exclude(pk=self.closed.pk)
            if same.exists():
                self.add_error("name", THERE_ALREADY)
        return facts

    def facts(self) -> dict[str, Any]:
        facts = {name: self.cleaned_data[name] for name in ("kind", "name", "first", "last")}
        return facts | {"cohort": scope_of(self, self.cohort)}


class ClosedDaysFileForm(forms.Form):
    """A calendar or a table of periods."""

    file = forms.FileField(
        label="The file",
        help_text="A calendar (.ics) or a table (.csv), up to 1 MB. You can drop it here.",
        widget=forms.FileInput(attrs={"accept": ".ics,.csv,.tsv,.txt,text/calendar,text/csv"}),
        error_messages={
            "required": "Choose the file with the days.",
            "empty": "This file is empty.",
            "missing": "Choose the file with the days.",
            "invalid": "Choose the file with the days.",
        },
    )
    kind = KindField()
    periods: list[Period]

    def __init__(
        self, *args: Any, cohort: Cohort, zone: ZoneInfo, today: date, by: User, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.cohort, self.zone, self.today = cohort, zone, today
        if by.is_administrator:
            self.fields["scope"] = ScopeField(cohort)

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:  # said before a byte of it is read
            raise ValidationError(TOO_MANY_BYTES)
        try:
            self.periods = read_periods(
                file.read(), file.name or "", zone=self.zone, today=self.today
            )
        except UnreadableFile as unreadable:
            raise ValidationError(unreadable.sentence) from None
        return file


def scope_of(form: forms.Form, cohort: Cohort) -> Cohort | None:
    """The cohort that the days are for; None for every one. Who wasn't asked means their own."""
    return None if form.cleaned_data.get("scope") == ScopeField.EVERY else cohort
