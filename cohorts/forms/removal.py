"""The form that chooses whether members who are removed get e-mail about it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ui.forms import LabelWithHint


class NoticeForm(forms.Form):
    """Whether members who are removed get e-mail about it."""

    SEND, NONE = "send", "none"

    notice = forms.ChoiceField(
        label=_("E-mail to the people who are removed"),
        choices=[
            (
                SEND,
                LabelWithHint(
                    _("Take the workshops out of their calendars"),
                    _("Only people who have had a calendar entry get this e-mail."),
                ),
            ),
            (
                NONE,
                LabelWithHint(
                    _("Send no e-mail"),
                    _("Workshops that are already in their calendars stay there."),
                ),
            ),
        ],
        initial=SEND,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose whether to send e-mail."),
            "invalid_choice": _("Choose whether to send e-mail."),
        },
    )

    @property
    def notify(self) -> bool:
        return bool(self.cleaned_data["notice"] == self.SEND)
