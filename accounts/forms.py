from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import normalise_email
from accounts.sign_in_codes import code_of
from ui.forms import PlainWords


class SignInForm(PlainWords, RequestLoginCodeForm):
    """The form that asks for the e-mail address to send a sign-in code to."""

    email = forms.EmailField(
        label=_("Your work e-mail"),
        help_text=_("The address that your invitation was sent to."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": _("Enter the e-mail address that your invitation was sent to."),
            "invalid": _("Enter a valid e-mail address, for example amina@example.org."),
        },
    )

    def clean_email(self) -> Any:
        # Browsers send a domain with accents in its ASCII form.
        self.cleaned_data["email"] = normalise_email(self.cleaned_data["email"])
        return super().clean_email()


class CodeForm(PlainWords, ConfirmLoginCodeForm):
    """The form that asks for the sign-in code."""

    code = forms.CharField(
        label=_("Code from the e-mail"),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
        error_messages={"required": _("Enter the code from the e-mail.")},
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        """Set the code that allauth compares with what the user enters.

        The `code` parameter is the seed from the session, not the code itself. It is empty for an
        address without an account; allauth then refuses every code.
        """
        super().__init__(*args, code=code_of(code) if code else "", **kwargs)
