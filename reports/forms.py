from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.models import Cohort
from reflections.forms.reflections import WordsField
from reflections.models import QUOTE_LENGTH
from reports.name_detection import Named, named_in
from ui.numbers import joined_by_and
from ui.version_token import version_token

HELP = format_lazy(
    gettext_lazy("Up to {length} characters. You can change the words you wrote."),
    length=QUOTE_LENGTH,
)


class QuoteForm(forms.Form):
    """The form for the words of a quote, which may not name their author.

    `named` are the names in the words, once the form has been cleaned.
    """

    words = WordsField(
        label=gettext_lazy("The words you offer"),
        longest=QUOTE_LENGTH,
        too_long=gettext_lazy(
            "This has %(length)s characters; the limit is %(limit)s. Nothing is lost: shorten it "
            "to what you want to see in print."
        ),
        help_text=HELP,
        widget=forms.Textarea(
            attrs={
                "data-count": "words",
                "data-count-text": gettext_lazy("Word count: {count}"),
                "dir": "auto",
            }
        ),
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
                _(
                    "This names you, or where you work: %(names)s. Say it another way, because a "
                    "quote prints without either."
                )
                % {"names": in_quotes(self.named.own)}
            )
        return words

    @property
    def token(self) -> str:
        """Return a version token of the cleaned words, to check what the author agreed to."""
        return version_token(self.cleaned_data["words"])


def in_quotes(names: list[str]) -> str:
    """Return the names as a list in quotation marks: “Dev” and “Tynewick Council”."""
    return joined_by_and(_("“%(name)s”") % {"name": name} for name in names)
