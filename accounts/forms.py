from allauth.account.forms import ConfirmLoginCodeForm, RequestLoginCodeForm
from django import forms
from django.utils.translation import gettext_lazy as _

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


class CodeForm(PlainWords, ConfirmLoginCodeForm):
    """The form that asks for the sign-in code."""

    code = forms.CharField(
        label=_("Code from the e-mail"),
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
        error_messages={"required": _("Enter the code from the e-mail.")},
    )
