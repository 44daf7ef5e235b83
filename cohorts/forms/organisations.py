"""Forms that edit organisations."""

from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms.fields import LineField
from cohorts.models import Organisation, Sector
from programmes.text_validation import name_key
from ui.forms import PlainWords

MAX_TICKED = 100


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


class SectorForm(forms.Form):
    """The form that gives the ticked organisations of a list one sector."""

    mark_optional = False

    chosen = forms.MultipleChoiceField(
        label=_("Organisations"),
        error_messages={
            "required": _("Tick at least one organisation."),
            "invalid_choice": _("Choose again. The list has changed."),
        },
    )
    sector = forms.ChoiceField(
        label=_("Sector of the ticked organisations"),
        choices=[("", _("Choose a sector")), *Sector.choices],
        error_messages={
            "required": _("Choose a sector."),
            "invalid_choice": _("Choose a sector."),
        },
    )

    def __init__(self, data: QueryDict | None, *, organisations: QuerySet[Organisation]) -> None:
        super().__init__(data)
        posted = data.getlist("chosen")[:MAX_TICKED] if data else []
        keys = [key for key in posted if "\x00" not in key]
        self.ticked = {one.public_id: one for one in organisations.filter(public_id__in=keys)}
        chosen = cast(forms.MultipleChoiceField, self.fields["chosen"])
        chosen.choices = [(key, str(one)) for key, one in self.ticked.items()]

    @property
    def organisations(self) -> list[Organisation]:
        return [self.ticked[key] for key in self.cleaned_data["chosen"]]
