"""Organisations put right."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cohorts.forms.fields import LineField
from cohorts.models import Organisation, Sector, name_key
from ui.forms import PlainWords


class OrganisationForm(PlainWords, forms.ModelForm[Organisation]):
    """An organisation put right."""

    name = LineField(max_length=200)

    class Meta:
        model = Organisation
        fields = ("name", "sector")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            raise ValidationError("Type the organisation's name in letters or figures.")
        return name


class SectorsForm(forms.Form):
    """The sectors of a page of organisations, one select each."""

    mark_optional = False

    def __init__(self, *args: Any, organisations: list[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.organisations = organisations
        for organisation in organisations:
            # A row that was not on the page when it was opened says nothing, and changes nothing.
            self.fields[organisation.public_id] = forms.ChoiceField(
                label=f"Sector of {organisation.name}",
                choices=Sector.choices,
                initial=organisation.sector,
                required=False,
            )

    def rows(self) -> list[tuple[Organisation, forms.BoundField]]:
        return [(organisation, self[organisation.public_id]) for organisation in self.organisations]

    def changed(self) -> list[Organisation]:
        """The organisations that were given another sector, with it."""
        changed = []
        for organisation in self.organisations:
            sector = self.cleaned_data[organisation.public_id]
            if sector and sector != organisation.sector:
                organisation.sector = sector
                changed.append(organisation)
        return changed
