"""What an administrator types about a programme and its workshops."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from programmes.agenda import check_length, read_lines
from programmes.models import NAME_TAKEN, USUAL_NUMBER_OF_WORKSHOPS, Programme, WorkshopPlan
from ui.forms import DigitsInput, PlainWords, ProseField

# What a word processor puts in front of a line when a list is pasted.
BULLET = re.compile(r"^[•·*–-]\s+")


class ListField(ProseField):
    """A list, typed one a line; empty lines and pasted bullets are left out."""

    def to_python(self, value: Any) -> str:
        lines = (BULLET.sub("", line.strip()) for line in super().to_python(value).splitlines())
        return "\n".join(line for line in lines if line)


class AgendaField(ListField):
    """A half day's parts, one a line, each with its minutes first."""

    def clean(self, value: Any) -> str:
        return "\n".join(str(part) for part in read_lines(super().clean(value)))


class ProgrammeForm(PlainWords, forms.ModelForm[Programme]):
    """A programme's own facts."""

    class Meta:
        model = Programme
        fields = ("name", "purpose")
        field_classes = {"purpose": ProseField}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "purpose": forms.Textarea(attrs={"class": "short", "rows": 4}),
        }
        error_messages = {"name": {"required": "Give the programme a name."}}

    def keep(self) -> bool:
        """Saves what the form shows and nothing else; False, with a sentence, if the name has just been taken."""
        try:
            with transaction.atomic():
                self.store()
        except IntegrityError:
            self.add_error("name", NAME_TAKEN)
            return False
        return True

    def store(self) -> None:
        self.instance.save(update_fields=self.Meta.fields)


class NewProgrammeForm(ProgrammeForm):
    """A new programme starts with its workshops in order, to be written one by one."""

    workshops = forms.IntegerField(
        label="How many workshops?",
        initial=USUAL_NUMBER_OF_WORKSHOPS,
        min_value=0,
        max_value=24,
        help_text="Each gets its place, and you write it when you like. More can be added and any taken away later.",
        widget=DigitsInput(),
        error_messages={
            "required": "Write how many workshops there are; six is usual.",
            "invalid": "Write a whole number, such as 6.",
            "min_value": "Write a number from 0 to 24.",
            "max_value": "Write a number from 0 to 24.",
        },
    )

    def store(self) -> None:
        self.instance.save()
        places = range(1, self.cleaned_data["workshops"] + 1)
        self.instance.add(*(WorkshopPlan(title=f"Workshop {place}") for place in places))


class WorkshopPlanForm(PlainWords, forms.ModelForm[WorkshopPlan]):
    """What a workshop is for and asks of people."""

    class Meta:
        model = WorkshopPlan
        fields = (
            "title",
            "theme",
            "purpose",
            "outcomes",
            "prework",
            "prework_minutes",
            "prompts",
            "agenda",
            "length_minutes",
        )
        field_classes = {
            "purpose": ProseField,
            "outcomes": ListField,
            "prework": ProseField,
            "prompts": ListField,
            "agenda": AgendaField,
        }
        labels = {"prework_minutes": "Minutes of prework", "length_minutes": "Length in minutes"}
        widgets = {
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "theme": forms.TextInput(attrs={"autocomplete": "off"}),
            "purpose": forms.Textarea(attrs={"class": "short", "rows": 3}),
            "outcomes": forms.Textarea(attrs={"class": "short", "rows": 4}),
            "prework": forms.Textarea(attrs={"class": "short", "rows": 3}),
            "prework_minutes": DigitsInput(),
            "prompts": forms.Textarea(attrs={"class": "short", "rows": 4}),
            "agenda": forms.Textarea(attrs={"rows": 9}),
            "length_minutes": DigitsInput(),
        }
        error_messages = {
            "title": {"required": "Give the workshop a title."},
            "prework_minutes": {
                "required": "Write how many minutes the prework takes; 0 if there is none.",
                "invalid": "Write a whole number of minutes, such as 25.",
                "min_value": "Write a number of minutes from 0 to 600.",
                "max_value": "Write a number of minutes from 0 to 600.",
            },
            "length_minutes": {
                "required": "Write how many minutes the workshop takes; a half day is 210.",
                "invalid": "Write a whole number of minutes, such as 210.",
                "min_value": "Write a number of minutes from 30 to 720.",
                "max_value": "Write a number of minutes from 30 to 720.",
            },
        }

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        check_agenda(self, facts.get("length_minutes"))
        return facts

    def keep(self) -> bool:
        """Saves the words of a plan that stands already; False, with a sentence, if it was deleted meanwhile."""
        if self.instance.rewrite(
            **{name: getattr(self.instance, name) for name in self.Meta.fields}
        ):
            return True
        self.add_error(
            None,
            "Somebody has deleted this workshop while you wrote. To keep your words, copy them into a new one.",
        )
        return False


def check_agenda(form: forms.ModelForm[Any], length_minutes: int | None) -> None:
    """Says beside the agenda if it is longer than the workshop; where either is wrong already, nothing."""
    agenda = form.cleaned_data.get("agenda")
    if not agenda or length_minutes is None:
        return
    try:
        check_length(read_lines(agenda), length_minutes)
    except ValidationError as error:
        form.add_error("agenda", error)


class MoveForm(forms.Form):
    """The place that a workshop is moved to."""

    to = forms.IntegerField(min_value=1, max_value=1000)
