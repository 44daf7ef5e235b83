"""Fields that several forms ask for."""

from typing import Any

from django import forms

from cohorts.importing.names import clean


class LineField(forms.CharField):
    """One line of text, kept without the signs that nobody can see (and that can turn a line round)."""

    default_error_messages = {
        "required": "Fill this in.",
    }

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "")[0]
