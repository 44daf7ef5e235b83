"""A word that facilitators add to a message."""

from __future__ import annotations

from django import forms

from ui.forms import PlainWords, ProseField


class NoteForm(PlainWords, forms.Form):
    """`seen` is as which note the page has shown it."""

    note = ProseField(
        label="A word from you",
        required=False,
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
        help_text="Stands in the e-mail, for everybody who gets it. Links can be clicked.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    mark_optional = False
