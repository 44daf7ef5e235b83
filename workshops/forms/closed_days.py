"""Forms for closed days: one period, or a file of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.forms import LineField
from cohorts.importing.table import UnreadableFile
from cohorts.models import Cohort
from ui import dates
from ui.forms import LabelWithHint, PlainWords
from workshops.forms.date_and_place import DayField
from workshops.models import ClosedDays
from workshops.planning.closed_days import choices
from workshops.planning.closed_days_files.lines import MAX_LENGTH, Doubt, Line, Period, Reading
from workshops.planning.closed_days_files.reader import (
    MAX_BYTES,
    TOO_MANY_BYTES,
    read_closed_days,
)

DUPLICATE = gettext_lazy("These days are already in the list.")


class KindField(forms.ChoiceField):
    """The kind of closed days: school holidays, or the host's own closed days."""

    def __init__(self) -> None:
        super().__init__(
            label=gettext_lazy("Kind"),
            choices=ClosedDays.Kind.choices,
            widget=forms.RadioSelect(attrs={"class": "few"}),
            error_messages={
                "required": gettext_lazy("Choose a kind."),
                "invalid_choice": gettext_lazy("Choose a kind."),
            },
        )


class ScopeField(forms.ChoiceField):
    """Whether closed days apply to this cohort or to every cohort. For administrators only."""

    THIS, EVERY = "this", "every"

    def __init__(self, cohort: Cohort) -> None:
        super().__init__(
            label=gettext_lazy("For which cohorts"),
            choices=[
                (self.THIS, LabelWithHint(_("This cohort"), str(cohort))),
                (self.EVERY, LabelWithHint(_("Every cohort"), _("Including future cohorts."))),
            ],
            widget=forms.RadioSelect,
            initial=self.THIS,
            error_messages={
                "required": gettext_lazy("Choose this cohort or every cohort."),
                "invalid_choice": gettext_lazy("Choose this cohort or every cohort."),
            },
        )


class ClosedDaysForm(PlainWords, forms.Form):
    """One period of closed days."""

    kind = KindField()
    name = LineField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy(
            "For example, “Easter” or “Office closed”. Shown next to dates that move because of it."
        ),
        error_messages={"required": gettext_lazy("Enter a name.")},
    )
    first = DayField(label=gettext_lazy("First day"))
    last = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave empty for a single day."),
    )

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
                self.add_error("last", _("Enter a last day on or after the first day."))
            elif last - first > MAX_LENGTH:
                self.add_error("last", _("Enter a last day within a year of the first day."))
        if not self.errors:
            same = ClosedDays.objects.filter(**self.facts()).exclude(pk=self.closed.pk)
            if same.exists():
                self.add_error("name", DUPLICATE)
        return facts

    def facts(self) -> dict[str, Any]:
        facts = {name: self.cleaned_data[name] for name in ("kind", "name", "first", "last")}
        return facts | {"cohort": scope_of(self, self.cohort)}


class ClosedDaysFileForm(forms.Form):
    """An uploaded calendar (.ics) or table (.csv). Validation sets `reading`."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "A calendar (.ics) or a table (.csv), up to 1 MB. You can drop it here."
        ),
        widget=forms.FileInput(attrs={"accept": ".ics,.csv,.tsv,.txt,text/calendar,text/csv"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("Choose another file. This one is empty."),
            "missing": gettext_lazy("Choose a file."),
            "invalid": gettext_lazy("Choose a file."),
        },
    )
    kind = KindField()
    reading: Reading

    def __init__(
        self, *args: Any, cohort: Cohort, zone: ZoneInfo, today: date, by: User, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.cohort, self.zone, self.today = cohort, zone, today
        if by.is_administrator:
            self.fields["scope"] = ScopeField(cohort)

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:  # checked before reading the file
            raise ValidationError(TOO_MANY_BYTES)
        try:
            self.reading = read_closed_days(
                file.read(), file.name or "", zone=self.zone, today=self.today
            )
        except UnreadableFile as unreadable:
            raise ValidationError(unreadable.sentence) from None
        return file


class LinesField(forms.TypedMultipleChoiceField):
    """The indexes of the ticked lines.

    A line is valid even if somebody has added the same closed days since the page was shown.
    """

    def valid_value(self, value: Any) -> bool:
        return str(value).isdecimal() and len(str(value)) < 5


class ClosedDaysChoiceForm(forms.Form):
    """The form with a checkbox for each line of an uploaded file, before any line is saved.

    The content of the file is in a signed hidden input, so that the server stores nothing until the
    user confirms.
    """

    lines = LinesField(
        label=gettext_lazy("Tick the days without workshops"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "roomy"}),
        error_messages={
            "required": gettext_lazy("Tick at least one line, or cancel."),
            "invalid_choice": gettext_lazy("Tick at least one line, or cancel."),
        },
    )
    kind = KindField()
    reading_token = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, reading: Reading, cohort: Cohort, today: date, by: User, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.reading = reading
        if by.is_administrator:
            self.fields["scope"] = ScopeField(cohort)
            self.fields["scope"].widget = forms.HiddenInput()
        self.fields["kind"].widget = forms.HiddenInput()
        given = self.data if self.is_bound else self.initial
        is_for_every = "scope" in self.fields and given.get("scope") == ScopeField.EVERY
        self.offered = choices(
            lines=reading.lines,
            kind=given.get("kind") or "",
            cohort=None if is_for_every else cohort,
            today=today,
        )
        field: Any = self.fields["lines"]
        field.choices = [(index, line_label(line)) for index, line in self.offered.items()]
        self.initial["lines"] = [
            index for index, line in self.offered.items() if line.doubt is None
        ]
        self.initial["reading_token"] = dump_reading(reading, cohort)

    def periods(self) -> list[Period]:
        """Return the ticked periods, and the periods in the past or already listed.

        `import_periods` does not add the latter, but counts them.
        """
        ticked = set(self.cleaned_data["lines"])
        return [
            line.period
            for index, line in enumerate(self.reading.lines)
            if index in ticked or index not in self.offered
        ]


def line_label(line: Line) -> LabelWithHint:
    period = line.period
    days = dates.long_day(period.first)
    if period.last != period.first:
        days = _("%(first)s to %(last)s") % {
            "first": dates.long_day(period.first),
            "last": dates.long_day(period.last),
        }
    hint = days if line.doubt is None else f"{days}. {line.doubt.label}."
    return LabelWithHint(period.name, hint)


def dump_reading(reading: Reading, cohort: Cohort) -> str:
    """Serialize and sign the content of a file, for a hidden input on one cohort's page."""
    lines = [
        (one.period.first.isoformat(), one.period.last.isoformat(), one.period.name, one.doubt)
        for one in reading.lines
    ]
    return signing.dumps([lines, reading.problems], salt=_salt(cohort), compress=True)


def load_reading(token: str, cohort: Cohort) -> Reading:
    """Return the content of a file from `dump_reading`. Raises BadSignature."""
    lines, problems = signing.loads(token, salt=_salt(cohort))
    return Reading(
        [
            Line(
                Period(date.fromisoformat(first), date.fromisoformat(last), name),
                Doubt(doubt) if doubt else None,
            )
            for first, last, name, doubt in lines
        ],
        problems,
    )


def _salt(cohort: Cohort) -> str:
    return f"closed-days:{cohort.public_id}"


def scope_of(form: forms.Form, cohort: Cohort) -> Cohort | None:
    """Return the cohort to which a form's closed days apply, or None for every cohort."""
    return None if form.cleaned_data.get("scope") == ScopeField.EVERY else cohort
