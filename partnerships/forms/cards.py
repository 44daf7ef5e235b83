"""The forms about a partnership: the commitment card, its parties, its facts, and its end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import normalise_email
from cohorts.forms.fields import LineField, MembersField
from cohorts.models import Cohort, Membership, Organisation, Sector
from partnerships.actions import OutsideContact, first_day
from partnerships.models import Kind, Partnership, Status
from partnerships.models.partnerships import TEXT_LENGTH, TITLE_LENGTH
from programmes.text_validation import check_characters, name_key
from ui import dates
from ui.forms import DateInput, LabelWithHint, PlainWords, ProseField

OUTSIDE = ("outside_name", "outside_email", "outside_organisation", "outside_sector")


class PeopleField(MembersField):
    """A checkbox for each member, with their organisation and without their address."""

    def offer_people(self, members: list[Membership]) -> None:
        self.members = members
        self.choices = [
            (one.public_id, LabelWithHint(str(one.user), str(one.organisation or "")))
            for one in members
        ]


class PartiesForm(PlainWords, forms.Form):
    """The form that chooses parties: members of the cohort, and one person outside it."""

    members = PeopleField(label=_("People in this cohort"), required=False)
    outside_name = LineField(label=_("Their name"), max_length=150, required=False)
    outside_email = forms.EmailField(
        label=_("Their e-mail address"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages={
            "invalid": _("Enter a valid e-mail address, for example chris@example.org.")
        },
    )
    outside_organisation = LineField(label=_("Their organisation"), max_length=200, required=False)
    outside_sector = forms.ChoiceField(
        label=_("The organisation’s sector"),
        required=False,
        choices=[("", _("Choose one")), *Sector.choices],
    )

    def __init__(
        self, *args: Any, cohort: Cohort, by: Membership | None, taken: tuple[int, ...] = ()
    ) -> None:
        """Offer the cohort's active participants, except `by` and those with a pk in `taken`."""
        super().__init__(*args)
        self.cohort, self.by = cohort, by
        members = cohort.memberships.active().participating().by_name()
        self.offered = [one for one in members if one != by and one.pk not in taken]
        field: Any = self.fields["members"]
        field.offer_people(self.offered)
        self.outside: OutsideContact | None = None

    @property
    def has_outside_errors(self) -> bool:
        return any(name in self.errors for name in OUTSIDE)

    @property
    def shows_outside(self) -> bool:
        """Return whether the fields about somebody outside are open, because they are in use."""
        return self.is_bound and any(self.data.get(name) for name in OUTSIDE)

    def clean_members(self) -> list[Membership]:
        chosen: list[Membership] = self.cleaned_data["members"]
        for one in chosen:
            if one.organisation_id is None:
                raise forms.ValidationError(
                    gettext(
                        "Ask a facilitator to enter the organisation of %(name)s first, because "
                        "organisations agree."
                    )
                    % {"name": one.user}
                )
        return chosen

    def clean_outside_email(self) -> str:
        email = normalise_email(self.cleaned_data["outside_email"])
        members = self.cohort.memberships.active().filter(user__email=email)
        member = members.select_related("user").first() if email else None
        if member is None:
            return email
        if self.by is not None and member.pk == self.by.pk:
            raise forms.ValidationError(gettext("Enter the address of somebody else."))
        sentence = (
            gettext("%(name)s facilitates this cohort. Enter somebody who takes part.")
            if member.is_facilitator
            else gettext("%(name)s is in this cohort. Tick their name instead.")
        )
        raise forms.ValidationError(sentence % {"name": member.user})

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if any(data.get(name) for name in OUTSIDE):
            self.require_outside()
        if not self.errors and data.get("outside_email"):
            name, email, organisation, sector = (data[field] for field in OUTSIDE)
            self.outside = OutsideContact(name, email, organisation, sector)
        return data

    def require_outside(self) -> None:
        """Add an error to each field about the person outside that is still missing."""
        data = self.cleaned_data
        missing = {
            "outside_name": gettext("Enter their name."),
            "outside_email": gettext("Enter their e-mail address."),
            "outside_organisation": gettext("Enter the organisation they work for."),
        }
        for name, sentence in missing.items():
            if not data.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        organisation = data.get("outside_organisation", "")
        if organisation and not name_key(organisation):
            self.add_error(
                "outside_organisation",
                gettext("Enter the organisation’s name in letters or numbers."),
            )
        elif organisation and not data.get("outside_sector"):
            known = Organisation.objects.named(organisation)
            if known is None:
                self.add_error("outside_sector", gettext("Choose the organisation’s sector."))
        # Only conveners change the sector of an organisation that is here already.
        if organisation and Organisation.objects.named(organisation):
            data["outside_sector"] = ""

    def organisation_keys(self) -> set[str]:
        """Return the name keys of the organisations that the form names."""
        keys = {
            one.organisation.name_key for one in self.cleaned_data["members"] if one.organisation
        }
        if self.outside:
            keys.add(name_key(self.outside.organisation))
        return keys


class AddPartiesForm(PartiesForm):
    """The form that adds people to a partnership."""

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors and not data["members"] and self.outside is None:
            raise forms.ValidationError(gettext("Choose somebody, or enter somebody outside."))
        return data


class FactsMixin(forms.Form):
    """The fields for the facts of a partnership: what was started, when, and the first step."""

    title = LineField(
        label=_("What do you call it?"),
        max_length=TITLE_LENGTH,
        error_messages={"required": _("Enter a name for it.")},
    )
    what = ProseField(
        label=_("What will you do together?"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"class": "short", "rows": 3}),
        error_messages={"required": _("Say in a sentence what you will do together.")},
    )
    kind = forms.ChoiceField(
        label=_("What kind of thing is it?"),
        choices=Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a kind.")},
    )
    first_step = LineField(label=_("The first step"), max_length=300, required=False)
    first_step_on = forms.DateField(
        label=_("The day of the first step"),
        required=False,
        widget=DateInput(),
        error_messages={"invalid": _("Enter a day, for example 14 May 2027.")},
    )
    begun_on = forms.DateField(
        label=_("When did it begin?"),
        help_text=_("We ask how it goes three, six and twelve months after this day."),
        widget=DateInput(),
        error_messages={
            "required": _("Enter the day it began."),
            "invalid": _("Enter a day, for example 14 May 2027."),
        },
    )
    cohort: Cohort
    today: date

    def clean_what(self) -> str:
        what: str = self.cleaned_data["what"].strip()
        check_characters(what)
        return what

    def clean_begun_on(self) -> date:
        day: date = self.cleaned_data["begun_on"]
        first = first_day(self.cohort)
        if day < first:
            raise forms.ValidationError(
                gettext("Enter %(day)s or a later day: the cohort began then.")
                % {"day": dates.long_day(first)}
            )
        if day > self.today:
            raise forms.ValidationError(gettext("Enter today or an earlier day."))
        return day

    def check_first_step(self) -> None:
        step, begun = self.cleaned_data.get("first_step_on"), self.cleaned_data.get("begun_on")
        if step and begun and step < begun:
            self.add_error(
                "first_step_on",
                gettext("Enter a day for the first step that is not before the day it began."),
            )


class CardForm(FactsMixin, PartiesForm):
    """The commitment card: what people start together, with whom, and the first step."""

    may_be_named = forms.BooleanField(
        label=_("The report may name my organisation as part of this."), required=False
    )
    field_order = ("title", "what", "kind", "members", *OUTSIDE, "first_step", "first_step_on")

    def __init__(self, *args: Any, cohort: Cohort, by: Membership, moment: datetime) -> None:
        super().__init__(*args, cohort=cohort, by=by)
        self.today = dates.day_of(moment, cohort.zone)
        self.fields["begun_on"].initial = self.today
        if by.is_facilitator:
            del self.fields["may_be_named"]
        self.use_plain_words()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.check_first_step()
        if not self.errors:
            self.check_organisations()
        return data

    def check_organisations(self) -> None:
        """Add an error unless the card names people of at least two organisations."""
        keys = self.organisation_keys()
        if self.by and not self.by.is_facilitator:
            if self.by.organisation is None:
                self.add_error(
                    None,
                    gettext(
                        "Ask a facilitator to enter your organisation first, because organisations "
                        "agree."
                    ),
                )
                return
            keys.add(self.by.organisation.name_key)
        if len(keys) < 2:
            self.add_error(
                "members",
                gettext("Choose somebody of another organisation, or enter somebody outside."),
            )


class FactsForm(PlainWords, FactsMixin):
    """The form that changes what was entered about a partnership."""

    status = forms.ChoiceField(label=_("How far has it come?"), widget=forms.RadioSelect)
    field_order = ("title", "what", "kind", "status", "begun_on", "first_step", "first_step_on")

    def __init__(self, *args: Any, partnership: Partnership, moment: datetime) -> None:
        facts = {name: getattr(partnership, name) for name in self.base_fields}
        super().__init__(*args, initial=facts)
        self.cohort = partnership.cohort
        self.today = dates.day_of(moment, self.cohort.zone)
        status: Any = self.fields["status"]
        status.choices = [
            (value, label)
            for value, label in Status.choices
            if value != Status.STOPPED or partnership.is_stopped
        ]

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.check_first_step()
        return self.cleaned_data


class StopForm(PlainWords, forms.Form):
    """The form that says that the work has stopped, and what people learned."""

    learned = ProseField(
        label=_("What did you learn?"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
        error_messages={"required": _("Say in a sentence what you learned.")},
    )

    def clean_learned(self) -> str:
        learned: str = self.cleaned_data["learned"].strip()
        check_characters(learned)
        return learned
