"""Form fields that several forms use."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cohorts.importing.names import clean


class LineField(forms.CharField):
    """One line of text. Cleaning removes invisible characters such as bidirectional controls."""

    default_error_messages = {
        "required": _("Fill this in."),
    }

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")[0]
