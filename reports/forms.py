from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from cohorts.models import Cohort
from reflections.forms.reflections import WordsField
from reflections.models import QUOTE_LENGTH
from reports.name_detection import Named, named_in


class QuoteForm(forms.Form):
    """A few words for the report: without the author's name, organisation and address; who else they name is known."""

    words = WordsField(
        label="The words you offer",
        longest=QUOTE_LENGTH,
        too_long="It is all still here: shorten it to what you would like to see in print.",
        help_text=f"Up to {QUOTE_LENGTH} characters. Change them as you like: they need not be what you wrote.",
        widget=forms.Textarea(attrs={"data-count": "words", "dir": "auto"}),
    )

    def __init__(self, *args: Any, author: User, cohort: Cohort, **options: Any) -> None:
        super().__init__(*args, **options)
        self.author, self.cohort = author, cohort
        self.named = Named([], [])

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"]
        self.named = named_in(words, author=self.author, cohort=self.cohort)
        if self.named.own:
            raise ValidationError(
                f"This names you, or where you work: {quoted(self.named.own)}. "
                "A quotation prints without either; say it another way."
            )
        return words

    @property
    def seal(self) -> str:
        """Stands for exactly these words: a yes to them is no yes to others."""
        return hashlib.sha256(self.cleaned_data["words"].encode()).hexdigest()


def quoted(names: list[str]) -> str:
    """“Dev” and “Tynewick Council”."""
    marked = [f"“{name}”" for name in names]
    return " and ".join([", ".join(marked[:-1]), marked[-1]] if len(marked) > 1 else marked)
