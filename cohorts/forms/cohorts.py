"""The form that edits a cohort."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from cohorts.models import NAME_TAKEN, Cohort, Country
from ui.forms import DigitsInput, PlainWords


class CohortForm(PlainWords, forms.ModelForm[Cohort]):
    """The form that edits an existing cohort. The programme and time zone can't be changed."""

    name = LineField(
        label=_("Name"),
        max_length=120,
        help_text=Cohort._meta.get_field("name").help_text,
        error_messages={"required": _("Enter a name for the cohort.")},
    )
    place = LineField(
        label=_("Place"),
        max_length=120,
        help_text=Cohort._meta.get_field("place").help_text,
        error_messages={"required": _("Enter the place that the cohort is for.")},
    )
    capacity = forms.IntegerField(
        label=_("Number of places"),
        initial=Cohort._meta.get_field("capacity").default,
        min_value=1,
        max_value=1000,
        help_text=Cohort._meta.get_field("capacity").help_text,
        widget=DigitsInput(),
        error_messages={
            "required": _("Enter how many people the cohort is for."),
            "invalid": _("Enter a whole number, for example 22."),
            "min_value": _("Enter a number from 1 to 1000."),
            "max_value": _("Enter a number from 1 to 1000."),
        },
    )

    country = forms.ChoiceField(
        label=_("Country"),
        choices=Country.choices,
        initial=Country.ENGLAND_AND_WALES,
        help_text=Cohort._meta.get_field("country").help_text,
        error_messages={
            "required": _("Choose a country."),
            "invalid_choice": _("Choose a country."),
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
