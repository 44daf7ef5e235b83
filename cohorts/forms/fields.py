"""Form fields that several forms use."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.importing.names import clean
from cohorts.models import Membership
from ui.forms import LabelWithHint


class LineField(forms.CharField):
    """One line of text. Cleaning removes invisible characters such as bidirectional controls."""

    default_error_messages = {
        "required": _("Fill this in."),
    }

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")[0]


class MembersField(forms.MultipleChoiceField):
    """A checkbox for each of the members that `offer` sets. Cleaning returns the ticked members."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            widget=forms.CheckboxSelectMultiple(attrs={"class": "roomy members"}), **options
        )
        self.members: list[Membership] = []

    def offer(self, members: list[Membership]) -> None:
        self.members = members
        self.choices = [
            (one.public_id, LabelWithHint(str(one.user), one.user.email)) for one in members
        ]

    def clean(self, value: Any) -> list[Membership]:
        ticked = set(super().clean(value))
        return [one for one in self.members if one.public_id in ticked]
