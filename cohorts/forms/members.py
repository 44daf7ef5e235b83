"""Forms that add, edit, move and search for members of a cohort, and correct an address."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User, normalise_email
from cohorts.enrolment import ADDRESS_REQUIRED, address_change_refusal, may_change_address
from cohorts.forms.fields import LineField
from cohorts.importing.names import name_error
from cohorts.models import Cohort, Membership, Organisation, Sector
from programmes.text_validation import name_key
from ui.forms import PlainWords
from ui.version_token import StaleError, check_version, version_token

NO_EMAIL_HELP = _(
    "If you don’t know it, leave this empty and add it later. Until then we send them no e-mails, "
    "and they can’t sign in."
)


def email_field(*, required: bool = True) -> forms.EmailField:
    help_text = _("We send invitations and reminders to it, and they sign in with it.")
    return forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        required=required,
        help_text=help_text if required else NO_EMAIL_HELP,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": ADDRESS_REQUIRED,
            "invalid": _("Enter a valid e-mail address, for example amina@example.org."),
        },
    )


def changed_email_help() -> str:
    return gettext(
        "We send invitations and reminders to it, and they sign in with it. If you change it, we "
        "send an e-mail to the old and the new address that says so."
    )


class PersonForm(PlainWords, forms.Form):
    """A person's name, e-mail address and organisation."""

    name = LineField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the person’s name.")},
    )
    email = email_field()
    organisation = LineField(
        label=_("Organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "organisations"}),
    )
    sector = forms.ChoiceField(
        label=_("The organisation’s sector"),
        required=False,
        choices=[("", _("Choose if the organisation is new")), *Sector.choices],
        help_text=_(
            "You needn’t choose for an organisation that is already here. If you do, its sector "
            "changes in every cohort."
        ),
    )

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if fault := name_error(name):
            raise ValidationError(fault)
        return name

    def clean_email(self) -> str:
        return normalise_email(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        name, sector = self.cleaned_data.get("organisation", ""), self.cleaned_data.get("sector")
        if name and not name_key(name):
            self.add_error(
                "organisation", gettext("Enter the organisation’s name in letters or numbers.")
            )
        elif name and not sector and not Organisation.objects.named(name):
            self.add_error(
                "sector",
                gettext("Choose a sector for %(organisation)s, which is new here.")
                % {"organisation": name},
            )
        return self.cleaned_data


class PersonDetailsForm(PersonForm):
    """Also a person's job title, and their access or dietary needs."""

    job_title = LineField(
        label=_("Job title"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    needs = LineField(
        label=_("Access or dietary needs"),
        max_length=500,
        required=False,
        help_text=_(
            "Used until the person enters their own needs. Only people who run the cohort see this."
        ),
    )


class MemberForm(PersonDetailsForm):
    """The form that adds a member to a cohort."""

    role = forms.ChoiceField(
        label=_("Takes part as"),
        choices=Membership.Role.choices,
        widget=forms.RadioSelect(attrs={"class": "few"}),
        initial=Membership.Role.PARTICIPANT,
    )


class MemberEditForm(MemberForm):
    """The form that edits a member. The address is disabled for users who may not change it.

    It can stay empty for a member who has none, but a known address can't be removed.
    """

    def __init__(self, data: QueryDict | None, *, membership: Membership, by: User) -> None:
        initial = {
            "name": membership.user.name,
            "email": membership.user.email,
            "organisation": membership.organisation.name if membership.organisation else "",
            "sector": membership.organisation.sector if membership.organisation else "",
            "job_title": membership.job_title,
            "needs": membership.needs,
            "role": membership.role,
        }
        super().__init__(data, initial=initial)
        self.fields["role"].help_text = _(
            "If you change this, they start a new membership today. What they did, and what they "
            "could read before, doesn’t change."
        )
        if membership.has_said_needs:
            del self.fields["needs"]
        if membership.user.email:
            self.fields["email"].help_text = changed_email_help()
        else:
            self.fields["email"].required = False
            self.fields["email"].help_text = NO_EMAIL_HELP
        if not may_change_address(user=membership.user, by=by):
            self.fields["email"].disabled = True
            self.fields["email"].help_text = address_change_refusal(membership.user)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "sector" not in self.changed_data and self._is_moving_to_known_organisation():
            # The form shows the sector of the organisation that the member had.
            cleaned["sector"] = ""
        return cleaned

    def _is_moving_to_known_organisation(self) -> bool:
        name = self.cleaned_data.get("organisation", "")
        if name_key(name) == name_key(self.initial["organisation"]):
            return False
        return Organisation.objects.named(name) is not None


class AddressForm(PlainWords, forms.Form):
    """The form that corrects the e-mail address of a member, or adds the first one.

    If messages to the saved address fail (`is_failing`), the form refuses that address.
    """

    email = email_field()
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, membership: Membership, is_failing: bool) -> None:
        self.address, self.is_failing = membership.user.email, is_failing
        initial = {"email": self.address, "version": version_token(self.address)}
        super().__init__(data, initial=initial)
        if self.address:
            self.fields["email"].help_text = changed_email_help()

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email == self.address and self.is_failing:
            raise ValidationError(
                gettext(
                    "Enter another e-mail address. This one doesn’t work. "
                    "If it is right, you can try it again below."
                )
            )
        return email

    def clean(self) -> dict[str, Any]:
        seen, email = self.cleaned_data.get("version"), self.cleaned_data.get("email")
        if seen and email and email != self.address:
            message = gettext("Somebody else has changed the address to %(address)s.")
            try:
                check_version(
                    seen, version_token(self.address), message % {"address": self.address}
                )
            except StaleError as error:
                self.add_error("email", str(error))
        return self.cleaned_data


class MoveForm(forms.Form):
    """The form that chooses the cohort to move a member to."""

    fields: dict[str, Any]  # each of its own class
    to = forms.ModelChoiceField(
        label=_("Move to"),
        queryset=Cohort.objects.none(),
        to_field_name="public_id",
        empty_label=_("Choose a cohort"),
        error_messages={
            "required": _("Choose a cohort."),
            "invalid_choice": _("Choose a cohort that you run."),
        },
    )

    def __init__(self, *args: Any, membership: Membership, by: User, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = Cohort.objects.convened_by(by).unarchived().exclude(pk=membership.cohort_id)
        self.fields["to"].queryset = choices
