"""Forms for programmes and workshop plans."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programmes.agenda import check_length, read_lines
from programmes.features import BEFORE_AFTER_HELP
from programmes.models import DEFAULT_WORKSHOP_COUNT, NAME_TAKEN, Programme, WorkshopPlan
from ui.forms import DigitsInput, PlainWords, ProseField

# A list that is pasted from a word processor has a bullet at the start of each line.
BULLET = re.compile(r"^[•·*–-]\s+")


class ListField(ProseField):
    """A list with one item on each line. Cleaning removes empty lines and pasted bullets."""

    def to_python(self, value: Any) -> str:
        lines = (BULLET.sub("", line.strip()) for line in super().to_python(value).splitlines())
        return "\n".join(line for line in lines if line)


class AgendaField(ListField):
    """An agenda with one part on each line. A line starts with the part's length in minutes."""

    def clean(self, value: Any) -> str:
        return "\n".join(str(part) for part in read_lines(super().clean(value)))


class ProgrammeForm(PlainWords, forms.ModelForm[Programme]):
    """The form that edits a programme's name, purpose and features."""

    class Meta:
        model = Programme
        fields: tuple[str, ...] = ("name", "purpose", *Programme.FEATURES)
        field_classes = {"purpose": ProseField}
        help_texts = {"uses_before_after": BEFORE_AFTER_HELP}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off"}),
            "purpose": forms.Textarea(attrs={"class": "short", "rows": 4}),
        }
        error_messages = {"name": {"required": _("Enter a name for the programme.")}}

    def try_save(self) -> bool:
        """Save the programme and return True.

        If a concurrent request has taken the name, add a form error and return False.
        """
        try:
            with transaction.atomic():
                self._save_fields()
        except IntegrityError:
            self.add_error("name", NAME_TAKEN)
            return False
        return True

    def _save_fields(self) -> None:
        self.instance.save(update_fields=self.Meta.fields)


class NewProgrammeForm(ProgrammeForm):
    """The form that creates a programme with workshop plans, which have only a title."""

    class Meta(ProgrammeForm.Meta):
        fields = ("name", "purpose")

    workshops = forms.IntegerField(
        label=_("How many workshops?"),
        initial=DEFAULT_WORKSHOP_COUNT,
        min_value=0,
        max_value=24,
        help_text=_("You can write each workshop later, and add or delete workshops."),
        widget=DigitsInput(),
        error_messages={
            "required": _("Enter the number of workshops, usually 6."),
            "invalid": _("Enter a whole number, for example 6."),
            "min_value": _("Enter a number from 0 to 24."),
            "max_value": _("Enter a number from 0 to 24."),
        },
    )

    def _save_fields(self) -> None:
        self.instance.save()
        positions = range(1, self.cleaned_data["workshops"] + 1)
        self.instance.add(
            *(
                WorkshopPlan(title=gettext("Workshop %(number)d") % {"number": position})
                for position in positions
            )
        )


class WorkshopPlanForm(PlainWords, forms.ModelForm[WorkshopPlan]):
    """The form that creates or edits a workshop plan."""

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
            "title": {"required": _("Enter a title for the workshop.")},
            "prework_minutes": {
                "required": _("Enter how many minutes the prework takes, or 0 for none."),
                "invalid": _("Enter a whole number of minutes, for example 25."),
                "min_value": _("Enter a number of minutes from 0 to 600."),
                "max_value": _("Enter a number of minutes from 0 to 600."),
            },
            "length_minutes": {
                "required": _("Enter the length in minutes. A half day is 210."),
                "invalid": _("Enter a whole number of minutes, for example 210."),
                "min_value": _("Enter a number of minutes from 30 to 720."),
                "max_value": _("Enter a number of minutes from 30 to 720."),
            },
        }

    def clean(self) -> dict[str, Any]:
        cleaned_data = super().clean() or self.cleaned_data
        check_agenda(self, cleaned_data.get("length_minutes"))
        return cleaned_data

    def try_update(self) -> bool:
        """Save an existing plan and return True.

        If the plan has been deleted, add a form error and return False.
        """
        content = {name: getattr(self.instance, name) for name in self.Meta.fields}
        if self.instance.update_content(**content):
            return True
        self.add_error(
            None,
            gettext(
                "Somebody has deleted this workshop. To save your text, copy it into a new "
                "workshop."
            ),
        )
        return False


def check_agenda(form: forms.ModelForm[Any], length_minutes: int | None) -> None:
    """Add an error to the form's `agenda` field if the agenda is longer than the workshop.

    Does nothing if the agenda or the length already has an error.
    """
    agenda = form.cleaned_data.get("agenda")
    if not agenda or length_minutes is None:
        return
    try:
        check_length(read_lines(agenda), length_minutes)
    except ValidationError as error:
        form.add_error("agenda", error)


class MoveForm(forms.Form):
    """The form that moves a workshop plan or a question to another position."""

    to = forms.IntegerField(min_value=1, max_value=1000)
