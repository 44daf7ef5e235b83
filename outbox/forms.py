from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from outbox.preferences.preferences import optional_rules_for


class PreferencesForm(forms.Form):
    """The form that chooses which e-mails a person gets, and whether as plain text only."""

    wanted = forms.MultipleChoiceField(
        label=_("Send me"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "roomy"}),
        help_text=_("Untick the e-mails you don’t want."),
        error_messages={"invalid_choice": _("Choose e-mails from the list.")},
    )
    text_only = forms.BooleanField(
        label=_("Send me plain text only"),
        required=False,
        help_text=_("The same words, without colours and buttons. You still get calendar entries."),
    )
    mark_optional = False
    fields: dict[str, Any]  # each of its own class

    def __init__(self, *args: Any, person: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["wanted"].choices = [
            (rule.kind, str(rule.text.for_recipient or rule.text.title))
            for rule in optional_rules_for(person)
        ]
