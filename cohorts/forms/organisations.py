"""Forms that edit organisations."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from cohorts.models import Organisation, Sector
from programmes.text_validation import name_key
from ui.forms import PlainWords


class OrganisationForm(PlainWords, forms.ModelForm[Organisation]):
    """The form that edits an organisation."""

    name = LineField(
        label=_("Name"),
        max_length=200,
        error_messages={"required": _("Enter a name for the organisation.")},
    )

    class Meta:
        model = Organisation
        fields = ("name", "sector")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name_key(name):
            raise ValidationError(gettext("Enter the organisation’s name in letters or numbers."))
        return name


class SectorsForm(forms.Form):
    """The form with a select for the sector of each organisation on a page of the list."""

    mark_optional = False

    def __init__(self, *args: Any, organisations: list[Organisation], **options: Any) -> None:
        super().__init__(*args, **options)
        self.organisations = organisations
        for organisation in organisations:
            # The field isn't required, because the form data lacks an organisation that was added
            # after the page was opened.
            self.fields[organisation.public_id] = forms.ChoiceField(
                label=gettext("Sector of %(organisation)s") % {"organisation": organisation.name},
                choices=Sector.choices,
                initial=organisation.sector,
                required=False,
            )

    def rows(self) -> list[tuple[Organisation, forms.BoundField]]:
        return [(organisation, self[organisation.public_id]) for organisation in self.organisations]

    def changed_organisations(self) -> list[Organisation]:
        """Return the organisations whose sector was changed, with the new sector, not saved yet."""
        changed = []
        for organisation in self.organisations:
            sector = self.cleaned_data[organisation.public_id]
            if sector and sector != organisation.sector:
                organisation.sector = sector
                changed.append(organisation)
        return changed
