"""What a participant says beforehand."""

from __future__ import annotations

from django import forms

from ui.forms import PlainWords, ProseField
from workshops.models import Attendance

SAY = "Please say whether you’re coming or can’t make it."


class AnswerForm(PlainWords, forms.Form):
    """Coming or not, and with apologies a word to the facilitators."""

    answer = forms.ChoiceField(
        choices=Attendance.Answer.choices, error_messages={"required": SAY, "invalid_choice": SAY}
    )
    version = forms.CharField(required=False, max_length=20)
    word = ProseField(
        label="A word to your facilitators",
        help_text="Your facilitators read this, nobody else.",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"class": "short", "rows": 3}),
    )

    @property
    def has_word(self) -> bool:
        """Was the box for a word on the page that this comes from?"""
        return "word" in self.data

    def typed_word(self) -> str | None:
        """What stands in the box; None if there was no box."""
        return self.cleaned_data["word"] if self.has_word else None
