"""What is asked of a new cohort."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from accounts.models import User
from cohorts.forms import CohortForm, LineField
from cohorts.models import Membership
from programmes.models import Programme
from ui.forms import LabelWithHint
from workshops.planning.scheduling import Newcomer


def time_zones() -> list[tuple[str, str]]:
    """Every place with a clock of its own, ours first."""
    first = ["Europe/London"]
    others = sorted(name for name in available_timezones() if "/" in name or name == "UTC")
    return [(name, name.replace("_", " ")) for name in dict.fromkeys(first + others)]


class NewCohortForm(CohortForm):
    """A cohort to be made from a programme, and who facilitates it."""

    programme = forms.ChoiceField(
        help_text="Its workshops are copied: later changes to it change nothing here."
    )
    time_zone = forms.ChoiceField(
        initial="Europe/London",
        help_text="Dates, times and reminders go by its clock.",
        error_messages={"invalid_choice": "Choose one of the time zones."},
    )
    facilitators = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    new_email = forms.EmailField(
        label="Somebody else’s e-mail address",
        required=False,
        max_length=254,
        help_text="If a facilitator isn’t listed above. They are invited when the first date is set.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    new_name = LineField(
        label="Their name",
        required=False,
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    mark_optional = False

    class Meta(CohortForm.Meta):
        fields = (*CohortForm.Meta.fields, "time_zone")

    field_order = (
        "programme",
        "name",
        "place",
        "country",
        "capacity",
        "time_zone",
        "facilitators",
        "new_email",
        "new_name",
    )

    def __init__(
        self, *args: Any, maker: User, programmes: Sequence[Programme], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.programmes = {programme.public_id: programme for programme in programmes}
        self.people = {user.public_id: user for user in possible_facilitators(maker)}
        self.fields["programme"].choices = [(key, str(it)) for key, it in self.programmes.items()]  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = time_zones()  # type: ignore[attr-defined]
        self.fields["facilitators"].choices = [  # type: ignore[attr-defined]
            (key, LabelWithHint(str(user), user.email)) for key, user in self.people.items()
        ]
        self.fields["facilitators"].initial = [] if maker.is_administrator else [maker.public_id]
        if len(self.programmes) == 1:
            self.fields["programme"].initial = next(iter(self.programmes))

    def clean_programme(self) -> Programme:
        programme = self.programmes[self.cleaned_data["programme"]]
        if not programme.plans.exists():
            raise ValidationError(
                "This programme has no workshops yet. Give it some first, or choose another."
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
            self.add_error("new_name", "Write their name as well.")
        if name and not email:
            self.add_error("new_email", "Write their e-mail address as well.")
        if not email and not name and not facts.get("facilitators"):
            self.add_error("facilitators", "Choose at least one person who facilitates it.")
        return facts

    def newcomers(self) -> list[Newcomer]:
        facts = self.cleaned_data
        return [Newcomer(facts["new_email"], facts["new_name"])] if facts["new_email"] else []


def possible_facilitators(maker: User) -> list[User]:
    """Those who facilitate some cohort now, the administrators, and the maker, who comes first."""
    facilitating = Membership.objects.active().facilitating().values("user")
    others = User.objects.filter(Q(pk__in=facilitating) | Q(is_administrator=True), is_active=True)
    return [maker, *others.exclude(pk=maker.pk).order_by("name", "pk")]
