"""What is asked before something goes for good, and how long a cohort is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from privacy.models import FEWEST_MONTHS, MOST_MONTHS, Retention
from ui.forms import DigitsInput, PlainWords


class TypedForm(PlainWords, forms.Form):
    """Something typed that nobody types by chance."""

    typed = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = f"Type “{expected}”, so that this doesn’t happen by a slip"
        self.fields["typed"].error_messages["required"] = f"Type “{expected}” if you mean it."

    def clean_typed(self) -> str:
        typed = " ".join(str(self.cleaned_data["typed"]).split()).strip("“”\"'")
        if typed.casefold() != " ".join(self.expected.split()).casefold():
            raise ValidationError(f"That is not “{self.expected}”. Nothing was deleted.")
        return typed


class RetentionForm(PlainWords, forms.ModelForm[Retention]):
    """For how long a cohort's words and people are kept after it ends."""

    class Meta:
        model = Retention
        fields = ("months", "reason")
        labels = {"reason": "Why, if it is not a year"}
        help_texts = {
            "months": f"From {FEWEST_MONTHS} to {MOST_MONTHS}. Usually 12.",
            "reason": "Members of the cohort can read it.",
        }
        widgets = {"months": DigitsInput()}
