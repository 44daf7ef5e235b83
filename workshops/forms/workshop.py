"""The form for a workshop's content."""

from __future__ import annotations

from typing import Any

from django import forms

from programmes.forms import WorkshopPlanForm, check_agenda
from ui.forms import PlainWords
from workshops.models import Workshop


class WorkshopForm(PlainWords, forms.ModelForm[Workshop]):
    """A workshop's content, without its length, which follows from the start and end times."""

    mark_optional = False

    class Meta(WorkshopPlanForm.Meta):
        model = Workshop  # type: ignore[assignment]
        fields = tuple(  # type: ignore[assignment]
            name for name in WorkshopPlanForm.Meta.fields if name != "length_minutes"
        )

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        check_agenda(self, self.instance.length_minutes)
        return facts

    def content(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self._meta.fields or ()}
