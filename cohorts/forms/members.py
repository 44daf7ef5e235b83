"""One person of a cohort: added, changed, moved, looked for."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html

from accounts.models import User, tidy_email
from cohorts.enrolment import may_change_address
from cohorts.forms.fields import LineField
from cohorts.importing.names import fault_in_name
from cohorts.models import Cohort, Membership, Organisation, Sector, name_key
from ui.forms import PlainWords


def email_field() -> forms.EmailField:
    return forms.EmailField(
        label="E-mail",
        max_length=254,
        help_text="The invitation and the reminders go there; it is what they sign in by.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": "Type the person's e-mail address.",
            "invalid": "That is not a whole e-mail address. It needs an @ and an ending, as amina@example.org has.",
        },
    )


class MemberForm(PlainWords, forms.Form):
    """A person in a cohort: to be added, or as they are to be kept."""

    name = LineField(
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Type the person's name."},
    )
    email = email_field()
    organisation = LineField(
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "organisations"}),
    )
    sector = forms.ChoiceField(
        label="Its sector",
        required=False,
        choices=[("", "Choose, if it is new here"), *Sector.choices],
        help_text="An organisation that we know keeps the sector it has.",
    )
    job_title = LineField(
        max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    needs = LineField(
        label="Access or dietary needs",
        max_length=500,
        required=False,
        help_text="Until the person tells us themselves. Only those who run the cohort see this.",
    )
    role = forms.ChoiceField(
        label="Takes part as",
        choices=Membership.Role.choices,
        widget=forms.RadioSelect(attrs={"class": "few"}),
        initial=Membership.Role.PARTICIPANT,
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if fault := fault_in_name(name):
            raise ValidationError(fault)
        return name

    def clean_email(self) -> str:
        return tidy_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        name, sector = self.cleaned_data.get("organisation", ""), self.cleaned_data.get("sector")
        if name and not name_key(name):
            self.add_error("organisation", "Type the organisation's name in letters or figures.")
        elif name and not sector and not Organisation.objects.named(name):
            self.add_error("sector", f"{name} is new here. Choose its sector.")
        return self.cleaned_data


class MemberEditForm(MemberForm):
    """The same for somebody who is there; their address is fixed for whoever may not change it."""

    def __init__(self, data: QueryDict | None, *, membership: Membership, by: User) -> None:
        initial = {
            "name": membership.user.name,
            "email": membership.user.email,
            "organisation": membership.organisation.name if membership.organisation else "",
            "job_title": membership.job_title,
            "needs": membership.needs,
            "role": membership.role,
        }
        super().__init__(data, initial=initial)
        self.fields[
            "role"
        ].help_text = "If you change it, they begin afresh today: what they did and could read before stays as it was."
        if membership.has_said_needs:
            del self.fields["needs"]
        if not may_change_address(user=membership.user, by=by):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = format_html(
                "Only an administrator can change the address that {} signs in by.", membership.user
            )


class AddressForm(PlainWords, forms.Form):
    """The address of somebody whom mail does not reach, put right."""

    email = email_field()
    shown = forms.EmailField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None, *, membership: Membership, is_in_trouble: bool
    ) -> None:
        self.address, self.is_in_trouble = membership.user.email, is_in_trouble
        super().__init__(data, initial={"email": self.address, "shown": self.address})

    def clean_email(self) -> str:
        email = tidy_email(self.cleaned_data["email"])
        if email == self.address and self.is_in_trouble:
            raise ValidationError(
                "That is the address that e-mail does not reach. Correct it; or, if it is right, try it again below."
            )
        return email

    def clean(self) -> dict[str, Any]:
        shown, email = self.cleaned_data.get("shown"), self.cleaned_data.get("email")
        if shown and email and self.address not in (shown, email):
            self.add_error(
                "email", f"Somebody else has changed it meanwhile: it is {self.address} now."
            )
        return self.cleaned_data


class MoveForm(forms.Form):
    """Asks for the cohort that somebody moves to."""

    to = forms.ModelChoiceField(
        label="Move to",
        queryset=Cohort.objects.none(),
        to_field_name="public_id",
        empty_label="Choose a cohort",
        error_messages={
            "required": "Choose a cohort.",
            "invalid_choice": "Choose a cohort that you run.",
        },
    )

    def __init__(self, *args: Any, membership: Membership, by: User, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = Cohort.objects.convened_by(by).exclude(pk=membership.cohort_id)
        self.fields["to"].queryset = choices  # type: ignore[attr-defined]


class SearchForm(forms.Form):
    """A few words to look for."""

    mark_optional = False

    q = LineField(
        label="Name, e-mail or organisation",
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
