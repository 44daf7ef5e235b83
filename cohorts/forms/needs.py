"""The form in which members enter their access and dietary needs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from cohorts.forms.fields import LineField
from cohorts.models import Membership
from cohorts.needs import ACCESS, FOOD, join_needs, label_of, split_needs
from ui.forms import PlainWords

NOT_IN_LIST = _("Choose from the list, or enter your own in the box below.")

MAX_LENGTH = Membership._meta.get_field("needs").max_length or 0


def checkboxes(label: str | StrPromise, needs: tuple[str, ...]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=[(need, label_of(need)) for need in needs],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "pairs"}),
        error_messages={
            "invalid_choice": NOT_IN_LIST,
            "invalid_list": NOT_IN_LIST,
        },
    )


class NeedsForm(PlainWords, forms.Form):
    """Checkboxes for common needs, and a text input for others, with the saved needs filled in."""

    mark_optional = False  # every field is optional

    food = checkboxes(_("Food"), FOOD)
    access = checkboxes(_("Access"), ACCESS)
    other = LineField(
        label=_("Anything else"),
        help_text=_("In your own words, separated by commas."),
        max_length=MAX_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    named = forms.BooleanField(
        label=_("You can give my name with these to the venue and the facilitators"),
        help_text=_(
            "Otherwise they only see numbers, for example “Vegan: 2 people”. "
            "People who run the cohort can’t see whose needs they are."
        ),
        required=False,
    )

    def __init__(self, data: QueryDict | None, *, membership: Membership) -> None:
        known = {part.casefold(): part for part in split_needs(membership.needs)}
        initial: dict[str, Any] = {
            name: [need for need in needs if known.pop(need.casefold(), None)]
            for name, needs in (("food", FOOD), ("access", ACCESS))
        }
        initial |= {"other": ", ".join(known.values()), "named": membership.needs_named}
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        if not self.errors and len(self.needs()) > MAX_LENGTH:
            self.add_error(
                "other",
                ValidationError(
                    gettext("Shorten your answers to %(max)d characters in total."),
                    params={"max": MAX_LENGTH},
                ),
            )
        return self.cleaned_data

    def needs(self) -> str:
        """Return all needs on the form as one text, to save."""
        data = self.cleaned_data
        return join_needs([*data["food"], *data["access"], data["other"]])
