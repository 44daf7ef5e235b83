"""A cohort as it is changed."""

from django import forms
from django.core.exceptions import ValidationError

from cohorts.forms.fields import LineField
from cohorts.models import NAME_TAKEN, Cohort, Country
from ui.forms import DigitsInput, PlainWords


class CohortForm(PlainWords, forms.ModelForm[Cohort]):
    """What can be changed about a cohort once it is made: its programme and time zone cannot."""

    name = LineField(
        max_length=120,
        help_text=Cohort._meta.get_field("name").help_text,
        error_messages={"required": "Give the cohort a name."},
    )
    place = LineField(
        max_length=120,
        help_text=Cohort._meta.get_field("place").help_text,
        error_messages={"required": "Say what it is for: a town, a county, a system."},
    )
    capacity = forms.IntegerField(
        label="Places",
        initial=Cohort._meta.get_field("capacity").default,
        min_value=1,
        max_value=1000,
        help_text=Cohort._meta.get_field("capacity").help_text,
        widget=DigitsInput(),
        error_messages={
            "required": "Write how many people it is for.",
            "invalid": "Write a whole number, such as 22.",
            "min_value": "Write a number from 1 to 1000.",
            "max_value": "Write a number from 1 to 1000.",
        },
    )

    country = forms.ChoiceField(
        label="Country",
        choices=Country.choices,
        initial=Country.ENGLAND_AND_WALES,
        help_text=Cohort._meta.get_field("country").help_text,
        error_messages={
            "required": "Choose one of the countries.",
            "invalid_choice": "Choose one of the countries.",
        },
    )

    class Meta:
        model = Cohort
        fields: tuple[str, ...] = ("name", "place", "country", "capacity")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Cohort.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(NAME_TAKEN)
        return name
