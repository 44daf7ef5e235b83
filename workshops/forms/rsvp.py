"""The form for an RSVP."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import PlainWords, ProseField
from workshops.models import Attendance

CHOOSE = _("Choose whether you’re coming or can’t make it.")


class AnswerForm(PlainWords, forms.Form):
    """An RSVP, and with apologies a note to the facilitators."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=Attendance.Answer.choices,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )
    version = forms.CharField(required=False, max_length=20)
    note = ProseField(
        label=_("A note for your facilitators"),
        help_text=_("Only your facilitators can read this."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"class": "short", "rows": 3}),
    )

    @property
    def has_note_box(self) -> bool:
        """Whether the submitted form had the field for a note, which is shown after apologies."""
        return "note" in self.data

    def typed_note(self) -> str | None:
        """Return the note that was typed; None if the page had no box for one."""
        return self.cleaned_data["note"] if self.has_note_box else None
