from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cohorts.models import Cohort
from reflections.audience_names import Circles
from reflections.context import PUBLIC_ID
from reflections.experiments.follow_ups import LookBack, usual_look_back, workshops_ahead
from reflections.forms.reflections import FirstAudienceForm, WordsField
from reflections.models import EXPERIMENT_LENGTH, Experiment
from ui import dates
from ui.forms import DateInput
from workshops.models import Workshop

LONGEST_AHEAD = timedelta(days=366)


def words_field(label: str, help_text: str = "", *, required: bool = True) -> WordsField:
    return WordsField(
        label=label,
        help_text=help_text,
        longest=EXPERIMENT_LENGTH,
        too_long="It is all still here: shorten it.",
        required=required,
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
    )


class LookBackForm(forms.Form):
    """When to look back: before a workshop to come, or on a day of one's own, which goes before the other."""

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
                label="Look back on it",
                choices=[(one.public_id, before(one)) for one in self.ahead],
                initial=chosen.public_id,
                error_messages={"invalid_choice": "Choose one of these: the dates have changed."},
            )
        self.fields["on"] = forms.DateField(
            label="Or on a day of your own (optional)" if self.ahead else "Look back on it on",
            required=False,
            initial=self.current.on,
            widget=DateInput(),
            help_text="You get an e-mail that asks how it went, without a word of what it is.",
            error_messages={"invalid": "Give a day, as in 18/03/2027."},
        )

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and day != self.current.on and not self.today < day <= self.today + LONGEST_AHEAD:
            raise ValidationError("Choose a day from tomorrow on, within a year.")
        return day

    @property
    def look_back(self) -> LookBack:
        """What was chosen; without anything, as it was."""
        if day := self.cleaned_data.get("on"):
            return LookBack(on=day)
        chosen = self.cleaned_data.get("before")
        workshop = next((one for one in self.ahead if one.public_id == chosen), None)
        return LookBack(workshop=workshop) if workshop else self.current


def with_current(ahead: Sequence[Workshop], current: LookBack) -> list[Workshop]:
    """Also the one that was chosen, when it is too near to be chosen afresh."""
    others = [one for one in ahead if one != current.workshop]
    return sorted(
        [*others, *([current.workshop] if current.workshop else [])], key=lambda one: one.position
    )


def before(workshop: Workshop) -> str:
    """“Before workshop 4, on 18 March”: a phone's box holds no more."""
    day = workshop.starts_at and dates.day_month(
        dates.day_of(workshop.starts_at, workshop.cohort.zone)
    )
    return (
        f"Before workshop {workshop.position}, on {day}"
        if day
        else f"Before workshop {workshop.position}"
    )


class ExperimentForm(LookBackForm, FirstAudienceForm):
    """A new one. `entry` names it before it is kept, so that one sent twice is kept once."""

    field_order = ("words", "before", "on", "audience")
    entry = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, circles: Circles, **options: Any) -> None:
        super().__init__(*args, circles=circles, **options)
        self.fields["words"] = words_field(
            "One thing I’ll try", "A small one: something you can do by then."
        )
        self.order_fields(self.field_order)

    def clean_entry(self) -> str:
        entry: str = self.cleaned_data["entry"]
        return entry if PUBLIC_ID.fullmatch(entry) else ""


class ExperimentChangeForm(LookBackForm):
    """Other words, or another time to look back, for the same readers."""

    field_order = ("words",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["words"] = words_field("One thing I’ll try")
        self.order_fields(self.field_order)


class AnswerForm(LookBackForm):
    """How it went. When to look back again matters to who has not tried it yet, and to nobody else."""

    field_order = ("outcome", "happened", "learned")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["outcome"] = forms.ChoiceField(
            label="Did you try it?",
            choices=Experiment.Outcome.choices,
            widget=forms.RadioSelect,
        )
        self.fields["happened"] = words_field("What happened? (optional)", required=False)
        self.fields["learned"] = words_field(
            "What did you learn? (optional)",
            "“It didn’t work, and now I know why” is learning too.",
            required=False,
        )
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        """Whoever tried it, or lets it go, says nothing of when to look back again."""
        if self.cleaned_data.get("outcome") != Experiment.Outcome.NOT_YET:
            for name in ("before", "on"):
                self.errors.pop(name, None)
        return self.cleaned_data
