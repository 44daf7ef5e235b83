"""The forms in which a party agrees to a partnership, and answers a check."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from partnerships.models import Contribution, Status
from partnerships.models.partnerships import TEXT_LENGTH
from programmes.text_validation import check_characters
from ui.forms import PlainWords, ProseField


class AgreeForm(forms.Form):
    may_be_named = forms.BooleanField(
        label=_("The report may name my organisation as part of this."), required=False
    )


class CheckForm(PlainWords, forms.Form):
    """The form with the four questions of a check, of which only the first must be answered."""

    status = forms.ChoiceField(
        label=_("How far has it come?"),
        choices=Status.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how far it has come.")},
    )
    happened = ProseField(
        label=_("What happened? If it stopped, what did you learn?"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"class": "short", "rows": 3}),
    )
    noticed = LineField(label=_("Who noticed a difference?"), max_length=300, required=False)
    contribution = forms.ChoiceField(
        label=_("Would this exist without the programme?"),
        choices=Contribution.choices,
        required=False,
        widget=forms.RadioSelect,
    )

    def clean_happened(self) -> str:
        happened: str = self.cleaned_data["happened"].strip()
        check_characters(happened)
        return happened

    def answers(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.fields}
