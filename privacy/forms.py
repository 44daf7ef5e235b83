"""The form that confirms a deletion, and the form for a cohort's retention period."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from privacy.models import FEWEST_MONTHS, MOST_MONTHS, Retention
from ui.forms import DigitsInput, PlainWords


class TypedForm(PlainWords, forms.Form):
    """A form that confirms a deletion: the user must type the `expected` text.

    Case, extra spaces and quotation marks around the text don't matter.
    """

    typed = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = _("Type “%(text)s” to confirm") % {"text": expected}
        self.fields["typed"].error_messages["required"] = _("Type “%(text)s” to confirm.") % {
            "text": expected
        }

    def clean_typed(self) -> str:
        typed = " ".join(str(self.cleaned_data["typed"]).split()).strip("“”\"'")
        if typed.casefold() != " ".join(self.expected.split()).casefold():
            raise ValidationError(
                _("Type exactly “%(text)s” to confirm. Nothing was deleted."),
                params={"text": self.expected},
            )
        return typed


class RetentionForm(PlainWords, forms.ModelForm[Retention]):
    """The retention period of a cohort's personal data."""

    class Meta:
        model = Retention
        fields = ("months", "reason")
        labels = {"reason": gettext_lazy("Reason, if it is not a year")}
        help_texts = {
            "months": format_lazy(
                gettext_lazy("From {fewest} to {most}. Usually 12."),
                fewest=FEWEST_MONTHS,
                most=MOST_MONTHS,
            ),
            "reason": gettext_lazy("Members of the cohort can read it."),
        }
        widgets = {"months": DigitsInput()}
