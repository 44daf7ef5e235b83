"""The form that adds a ripple to a cohort's timeline."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from cohorts.models import Cohort
from partnerships.models import Partnership, Ripple
from ui import dates
from ui.forms import DateInput, PlainWords

# A select lists at most this many earlier ripples, the latest first.
MOST_LISTED = 100


class RippleForm(PlainWords, forms.Form):
    sentence = LineField(
        label=_("What happened?"),
        max_length=Ripple.LONGEST,
        error_messages={"required": _("Say in a sentence what happened.")},
    )
    happened_on = forms.DateField(
        label=_("When?"),
        help_text=_("About is fine."),
        widget=DateInput(),
        error_messages={
            "required": _("Enter a day. About is fine."),
            "invalid": _("Enter a day, for example 14 May 2027."),
        },
    )
    surprise = forms.ChoiceField(
        label=_("Was it expected?"),
        choices=Ripple.Surprise.choices,
        initial=Ripple.Surprise.EXPECTED,
        widget=forms.RadioSelect,
    )
    follows = forms.ModelChoiceField(
        label=_("Did it follow from something on the timeline?"),
        queryset=Ripple.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("No, or not sure"),
    )
    partnership = forms.ModelChoiceField(
        label=_("Is it about something you started together?"),
        queryset=Partnership.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("No, or not sure"),
    )

    def __init__(self, *args: Any, cohort: Cohort, moment: datetime) -> None:
        super().__init__(*args)
        self.today = dates.day_of(moment, cohort.zone)
        latest = Ripple.objects.filter(cohort=cohort).order_by("-happened_on", "-pk")
        listed = latest.values("pk")[:MOST_LISTED]
        follows: Any = self.fields["follows"]
        follows.queryset = Ripple.objects.filter(pk__in=listed).order_by("-happened_on", "-pk")
        follows.label_from_instance = lambda one: one.sentence
        partnership: Any = self.fields["partnership"]
        partnership.queryset = Partnership.objects.current().filter(cohort=cohort)

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day > self.today:
            raise forms.ValidationError(gettext("Enter today or an earlier day."))
        return day
