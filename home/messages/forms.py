"""A word that facilitators add to a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.models import User
from cohorts.models import Membership
from outbox.models import MessageOverride
from outbox.overrides import seen_of
from ui.forms import PlainWords, ProseField


class NoteForm(PlainWords, forms.Form):
    """For everybody, or for one `person` alone. `seen` is as which note the page has shown it."""

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

    def __init__(self, *args: Any, person: User | None = None, **options: Any) -> None:
        super().__init__(*args, prefix="alone" if person else None, **options)
        if person:
            self.fields["note"].label = f"A word to {person} alone"
            self.fields[
                "note"
            ].help_text = f"Stands in the e-mail to {person.first_name}, and in nobody else’s."


@dataclass(frozen=True)
class Word:
    """A word from the facilitators on its page: to whom, in which form, as which note it stands, and what another of
    them made of it while it was typed."""

    person: Membership | None
    form: NoteForm
    noted: MessageOverride | None
    theirs: MessageOverride | None = None

    @classmethod
    def standing(cls, noted: MessageOverride | None, person: Membership | None = None) -> Word:
        initial = {"note": noted.note if noted else "", "seen": seen_of(noted)}
        return cls(person, NoteForm(person=person.user if person else None, initial=initial), noted)

    @property
    def is_open(self) -> bool:
        return self.form.is_bound or bool(self.theirs or (self.noted and self.noted.note))
