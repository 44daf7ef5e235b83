"""Forms with which a participant takes part in introductions, and answers."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from sets.models import ChangeWish, Introducee
from ui.forms import PlainWords


class TakePartForm(PlainWords, forms.Form):
    """The form in which a participant opts in and says what they would like to change."""

    wish = LineField(
        label=_("What would you like to change here?"),
        help_text=_(
            "One sentence about your work or your place. The people you could meet read it, with "
            "your name and organisation, and nothing else."
        ),
        max_length=ChangeWish.LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "class": "short"}),
        error_messages={"required": _("Enter what you would like to change.")},
    )


class AnswerForm(forms.Form):
    """The form for the answer to a proposed introduction: yes or not this time, each a button."""

    answer = forms.ChoiceField(choices=Introducee.Answer.choices)
