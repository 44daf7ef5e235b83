"""The form for a new cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.forms import CohortForm, LineField
from cohorts.models import Membership
from programmes.models import Programme
from ui.forms import FoldedSelect, LabelWithHint
from workshops.planning.scheduling import NewFacilitator


def time_zones() -> list[tuple[str, str]]:
    """Return the choices of time zones, Europe/London first."""
    first = ["Europe/London"]
    others = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
    return [(name, name.replace("_", " ")) for name in dict.fromkeys(first + others)]


class NewCohortForm(CohortForm):
    """A new cohort, with its programme and its facilitators."""

    fields: dict[str, Any]  # each of its own class
    programme = forms.ChoiceField(
        label=gettext_lazy("Programme"),
        help_text=gettext_lazy(
            "Its workshops are copied. Later changes to the programme don’t affect this cohort."
        ),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        initial="Europe/London",
        help_text=gettext_lazy("Dates, times and reminders use this time zone."),
        widget=FoldedSelect(change=gettext_lazy("Change the time zone")),
        error_messages={"invalid_choice": gettext_lazy("Choose a time zone from the list.")},
    )
    facilitators = forms.MultipleChoiceField(
        label=gettext_lazy("Facilitators"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "roomy"}),
    )
    new_email = forms.EmailField(
        label=gettext_lazy("Someone else’s e-mail address"),
        required=False,
        max_length=254,
        help_text=gettext_lazy(
            "If a facilitator isn’t listed above. They are invited when the first date is set."
        ),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    new_name = LineField(
        label=gettext_lazy("Their name"),
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    mark_optional = False

    class Meta(CohortForm.Meta):
        fields = ("name", "place", "country", "capacity", "time_zone", "funder", "funder_reference")

    field_order = (
        "programme",
        "name",
        "place",
        "country",
        "capacity",
        "time_zone",
        "funder",
        "funder_reference",
        "facilitators",
        "new_email",
        "new_name",
    )

    def __init__(
        self, *args: Any, creator: User, programmes: Sequence[Programme], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {programme.public_id: programme for programme in programmes}
        self.people = {user.public_id: user for user in possible_facilitators(creator)}
        self.fields["programme"].choices = [(key, str(it)) for key, it in self.programmes.items()]
        self.fields["time_zone"].choices = time_zones()
        self.fields["facilitators"].choices = [
            (key, LabelWithHint(str(user), user.email)) for key, user in self.people.items()
        ]
        self.fields["facilitators"].initial = (
            [] if creator.is_administrator else [creator.public_id]
        )
        if len(self.programmes) == 1:
            self.fields["programme"].initial = next(iter(self.programmes))

    def clean_programme(self) -> Programme:
        programme = self.programmes[self.cleaned_data["programme"]]
        if not programme.plans.exists():
            raise ValidationError(
                _("Choose another programme, or add workshops to this one. It has none yet.")
            )
        return programme

    def clean_facilitators(self) -> list[User]:
        return [self.people[key] for key in self.cleaned_data["facilitators"]]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        email, name = facts.get("new_email"), facts.get("new_name")
        if "new_email" in self.errors or "new_name" in self.errors:
            return facts
        if email and not name and not User.objects.with_email(email):
            self.add_error("new_name", _("Enter their name."))
        if name and not email:
            self.add_error("new_email", _("Enter their e-mail address."))
        if not email and not name and not facts.get("facilitators"):
            self.add_error("facilitators", _("Choose at least one facilitator."))
        return facts

    def new_facilitators(self) -> list[NewFacilitator]:
        email, name = self.cleaned_data["new_email"], self.cleaned_data["new_name"]
        return [NewFacilitator(email, name)] if email else []


def possible_facilitators(creator: User) -> list[User]:
    """Return the users who can be chosen as facilitators.

    The creator comes first, then the active facilitators of all cohorts and the administrators.
    """
    facilitating = Membership.objects.active().facilitating().values("user")
    others = User.objects.filter(Q(pk__in=facilitating) | Q(is_administrator=True), is_active=True)
    return [creator, *others.exclude(pk=creator.pk).order_by("name", "pk")]
