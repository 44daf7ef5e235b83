from __future__ import annotations

from django import forms

from outbox.preferences.preferences import optional_rules


def kinds_to_choose_from() -> list[tuple[str, str]]:
    return [
        (rule.kind, str(rule.text.for_recipient or rule.text.title)) for rule in optional_rules()
    ]


class ChoicesForm(forms.Form):
    """Which e-mails somebody gets, and how."""

    wanted = forms.MultipleChoiceField(
        label="Send me",
        required=False,
        choices=kinds_to_choose_from,
        widget=forms.CheckboxSelectMultiple,
        help_text="Take the tick away from what you don’t want.",
        error_messages={
            "invalid_choice": "Please choose from the list: there is no e-mail of that kind."
        },
    )
    text_only = forms.BooleanField(
        label="Send me plain text only",
        required=False,
        help_text="The same words, without colours and buttons. Entries for your calendar come all the same.",
    )
    mark_optional = False
