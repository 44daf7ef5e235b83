from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.models import Cohort
from reflections.audience.readers import PossibleReaders
from reflections.context import PUBLIC_ID
from reflections.experiments.follow_ups import LookBack, usual_look_back, workshops_ahead
from reflections.forms.reflections import TOO_LONG, FirstAudienceForm, WordsField
from reflections.models import EXPERIMENT_LENGTH, Experiment
from ui import dates
from ui.forms import DateInput
from workshops.models import Workshop

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

LONGEST_AHEAD = timedelta(days=366)


def words_field(
    label: StrOrPromise, help_text: StrOrPromise = "", *, required: bool = True
) -> WordsField:
    return WordsField(
        label=label,
        help_text=help_text,
        longest=EXPERIMENT_LENGTH,
        too_long=TOO_LONG,
        required=required,
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
    )


class LookBackForm(forms.Form):
    """A form with the follow-up date of an experiment: before a workshop, or on a day.

    If both are submitted, the day takes precedence. `current` is the present follow-up date.
    """

    mark_optional = False

    def __init__(
        self,
        *args: Any,
        cohort: Cohort,
        moment: datetime,
        current: LookBack | None = None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.today = dates.day_of(moment, cohort.zone)
        self.current = current or usual_look_back(cohort, moment)
        self.ahead = with_current(workshops_ahead(cohort, moment), self.current)
        if self.ahead:
            chosen = self.current.workshop or self.ahead[0]
            self.fields["before"] = forms.ChoiceField(
                label=_("Look back on it"),
                choices=[(one.public_id, before_label(one)) for one in self.ahead],
                initial=chosen.public_id,
                error_messages={"invalid_choice": _("Choose again: the dates have changed.")},
            )
        self.fields["on"] = forms.DateField(
            label=_("Or on another day (optional)") if self.ahead else _("Look back on it on"),
            required=False,
            initial=self.current.on,
            widget=DateInput(),
            help_text=_("You’ll get an e-mail asking how it went. It won’t say what you tried."),
            error_messages={"invalid": _("Enter a date, such as 18/03/2027.")},
        )

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and day != self.current.on and not self.today < day <= self.today + LONGEST_AHEAD:
            raise ValidationError(_("Choose a day between tomorrow and a year from now."))
        return day

    @property
    def look_back(self) -> LookBack:
        """Return the submitted follow-up date, or the current one if none was submitted."""
        if day := self.cleaned_data.get("on"):
            return LookBack(on=day)
        chosen = self.cleaned_data.get("before")
        workshop = next((one for one in self.ahead if one.public_id == chosen), None)
        return LookBack(workshop=workshop) if workshop else self.current


def with_current(ahead: Sequence[Workshop], current: LookBack) -> list[Workshop]:
    """Return the workshops `ahead` and the current choice, in the order of their positions.

    The current workshop may start too soon to be among those `ahead`.
    """
    others = [one for one in ahead if one != current.workshop]
    return sorted(
        [*others, *([current.workshop] if current.workshop else [])], key=lambda one: one.position
    )


def before_label(workshop: Workshop) -> str:
    """Return a label such as “Before workshop 4, on 18 March”, which fits a phone's screen."""
    if not workshop.starts_at:
        return gettext("Before workshop %(position)d") % {"position": workshop.position}
    day = dates.day_month(dates.day_of(workshop.starts_at, workshop.cohort.zone))
    return gettext("Before workshop %(position)d, on %(day)s") % {
        "position": workshop.position,
        "day": day,
    }


class ExperimentForm(LookBackForm, FirstAudienceForm):
    """The form for a new experiment.

    `entry` is the public id of the experiment, so that submitting the form twice saves only one.
    """

    field_order = ("words", "before", "on", "audience")
    entry = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, possible_readers: PossibleReaders, **options: Any) -> None:
        super().__init__(*args, possible_readers=possible_readers, **options)
        self.fields["words"] = words_field(
            _("One thing I’ll try"), _("Something small that you can do by then.")
        )
        self.order_fields(self.field_order)

    def clean_entry(self) -> str:
        """Return the public id, or an empty string if it is malformed."""
        entry: str = self.cleaned_data["entry"]
        return entry if PUBLIC_ID.fullmatch(entry) else ""


class ExperimentChangeForm(LookBackForm):
    """The form that edits an experiment and its follow-up date, but not its audience."""

    field_order = ("words",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"] = words_field(_("One thing I’ll try"))
        self.order_fields(self.field_order)


class AnswerForm(LookBackForm):
    """The form about how an experiment went. “Not yet” also needs the next follow-up date."""

    field_order = ("outcome", "happened", "learned")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"] = forms.ChoiceField(
            label=_("Did you try it?"),
            choices=Experiment.Outcome.choices,
            widget=forms.RadioSelect,
        )
        self.fields["happened"] = words_field(_("What happened? (optional)"), required=False)
        self.fields["learned"] = words_field(
            _("What did you learn? (optional)"),
            _("“It didn’t work, and now I know why” is learning too."),
            required=False,
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Drop the errors of the follow-up fields unless the outcome is “Not yet”."""
        if self.cleaned_data.get("outcome") != Experiment.Outcome.NOT_YET:
            for name in ("before", "on"):
                self.errors.pop(name, None)
        return self.cleaned_data
