"""What somebody needs in order to take part."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from cohorts.forms.fields import LineField
from cohorts.models import Membership
from cohorts.needs import ACCESS, FOOD, joined, parts_of
from ui.forms import PlainWords

LONGEST = Membership._meta.get_field("needs").max_length or 0


def ticks(label: str, needs: tuple[str, ...]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label,
        choices=[(need, need) for need in needs],
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "pairs"}),
        error_messages={
            "invalid_choice": "Choose from the list, or write it in the box below.",
            "invalid_list": "Choose from the list, or write it in the box below.",
        },
    )


class NeedsForm(PlainWords, forms.Form):
    """The common ones to tick, and a line for others; what was known before is filled in."""

    mark_optional = False  # all are: the page says so once

    food = ticks("Food", FOOD)
    access = ticks("Access", ACCESS)
    other = LineField(
        label="Anything else",
        help_text="In your own words, with commas between.",
        max_length=LONGEST,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    named = forms.BooleanField(
        label="You may give my name with these to the venue and the facilitators",
        help_text="Otherwise they get numbers: “Vegan: 2 people”. Those who run the cohort don’t see whose they are.",
        required=False,
    )

    def __init__(self, data: QueryDict | None, *, membership: Membership) -> None:
        known = {part.casefold(): part for part in parts_of(membership.needs)}
        initial: dict[str, Any] = {
            name: [need for need in needs if known.pop(need.casefold(), None)]
            for name, needs in (("food", FOOD), ("access", ACCESS))
        }
        initial |= {"other": ", ".join(known.values()), "named": membership.needs_named}
        super().__init__(data, initial=initial)

    def clean(self) -> dict[str, Any]:
        if not self.errors and len(self.needs()) > LONGEST:
            self.add_error(
                "other",
                ValidationError(f"Together that is too long. Keep it to {LONGEST} characters."),
            )
        return self.cleaned_data

    def needs(self) -> str:
        said = self.cleaned_data
        return joined([*said["food"], *said["access"], said["other"]])
