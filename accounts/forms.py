from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms

from ui.forms import PlainWords


class SignInForm(PlainWords, RequestLoginCodeForm):
    """Asks for the address to send a code to."""

    email = forms.EmailField(
        label="Your work e-mail",
        help_text="The one that your invitation came to.",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": "Type the e-mail address that your invitation came to."},
    )


class CodeForm(PlainWords, ConfirmLoginCodeForm):
    """Asks for the code that was sent."""

    code = forms.CharField(
        label="Code from the e-mail",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
        error_messages={"required": "Type the code from the e-mail."},
    )
