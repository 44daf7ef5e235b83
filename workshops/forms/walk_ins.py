"""The form for somebody who is not on the register."""

from django import forms
from django.core.signing import BadSignature, Signer

from accounts.public_id import new_public_id
from cohorts.forms import PersonForm, email_field

SIGNER = Signer(salt="workshops.forms.walk_ins")


def signed_id() -> str:
    return SIGNER.sign(new_public_id())


class WalkInForm(PersonForm):
    """A new member's name and organisation, and their e-mail address if they give one."""

    email = email_field(required=False)
    # The public id of the membership to create. It is the same if the form is sent twice.
    new_id = forms.CharField(required=False, widget=forms.HiddenInput, initial=signed_id)

    def clean_new_id(self) -> str:
        try:
            return SIGNER.unsign(self.cleaned_data["new_id"])
        except BadSignature:
            return ""
