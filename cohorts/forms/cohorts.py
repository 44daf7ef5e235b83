"""The form that edits a cohort."""

from datetime import datetime

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from cohorts.models import NAME_TAKEN, Cohort, Country
from programmes.features import BEFORE_AFTER_HELP
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

    funder = LineField(
        label=_("Funder"),
        max_length=120,
        required=False,
        help_text=Cohort._meta.get_field("funder").help_text,
    )
    funder_reference = LineField(
        label=_("Funder’s reference"),
        max_length=120,
        required=False,
        help_text=Cohort._meta.get_field("funder_reference").help_text,
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
        fields: tuple[str, ...] = (
            *("name", "place", "country", "capacity", "funder", "funder_reference"),
            *Cohort.FEATURES,
        )
        help_texts = {"uses_before_after": BEFORE_AFTER_HELP}

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Cohort.objects.filter(name=name).exclude(pk=self.instance.pk).exists():
            raise ValidationError(NAME_TAKEN)
        return name

    def try_save(self, *, at: datetime) -> bool:
        """Save the cohort and return True.

        If a concurrent request has taken the name, or a feature can't be switched off any more, add
        a form error and return False.
        """
        try:
            with transaction.atomic():
                cohort = self.save()
                for path in settings.ON_FEATURES_CHANGED:
                    import_string(path)(cohort, at=at)
        except IntegrityError:
            self.add_error("name", NAME_TAKEN)
        except ValidationError as error:
            self.add_error(None, error)
        else:
            return True
        return False
