from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from surveys.models import QUESTIONS, Question, Response
from ui.forms import PlainWords, ProseField, ScaleField


def scale(question: Question) -> ScaleField:
    return ScaleField(label=question.text, low=question.low, high=question.high, required=False)


class AnswerForm(PlainWords, forms.Form):
    """The form with the five questions of a survey. At least one of them must be answered."""

    mark_optional = False  # Every question is optional, so no label says so.

    spoke_openly, new_perspective, do_differently, worth_time = map(scale, QUESTIONS)
    change = ProseField(
        label=_("What should we change for next time?"),
        help_text=_(
            "Optional. Don’t write names, yours or anybody else’s: your words are shown as you "
            "write them."
        ),
        max_length=Response.LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
    )

    def clean(self) -> dict[str, Any]:
        answers = self.cleaned_data
        if not self.errors and not any(answers.values()):
            raise forms.ValidationError(gettext("Answer at least one question."))
        return answers
