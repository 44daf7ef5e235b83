from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import normalise_email
from ui.forms import PlainWords


class AddressForm(PlainWords, forms.Form):
    """The address that the code is e-mailed to."""

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("The one that your facilitators write to."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter your e-mail address."),
            "invalid": _("Enter an e-mail address, for example amina@example.org."),
        },
    )

    def clean_email(self) -> str:
        return normalise_email(self.cleaned_data["email"])


class CodeForm(PlainWords, forms.Form):
    """The code from the e-mail. `check` identifies its recipient (see `room.send_code`)."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("Eight letters, for example BCDF-GHJK."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
        error_messages={"required": _("Enter the code from the e-mail.")},
    )
    check = forms.CharField(max_length=2000, widget=forms.HiddenInput)
