"""The note that facilitators add to a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from cohorts.models import Membership
from outbox.models import MessageOverride
from outbox.overrides import note_version
from ui.forms import PlainWords, ProseField


class NoteForm(PlainWords, forms.Form):
    """A note for everybody, or for one `person` alone."""

    note = ProseField(
        label=gettext_lazy("Your note"),
        required=False,
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
        help_text=gettext_lazy("Everybody who gets the e-mail reads it. Links can be clicked."),
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)
    mark_optional = False

    def __init__(self, *args: Any, person: User | None = None, **options: Any) -> None:
        super().__init__(*args, prefix="alone" if person else None, **options)
        if person:
            field = self.fields["note"]
            field.label = _("Your note to %(person)s alone") % {"person": person}
            field.help_text = _("In the e-mail to %(name)s, and in nobody else’s.") % {
                "name": person.first_name
            }


@dataclass(frozen=True)
class NotePanel:
    """A note on its page: for whom, the form, the saved note, and a conflicting change to it."""

    person: Membership | None
    form: NoteForm
    noted: MessageOverride | None
    conflict: MessageOverride | None = None

    @classmethod
    def of(cls, noted: MessageOverride | None, person: Membership | None = None) -> NotePanel:
        initial = {"note": noted.note if noted else "", "version": note_version(noted)}
        return cls(person, NoteForm(person=person.user if person else None, initial=initial), noted)

    @property
    def is_open(self) -> bool:
        return self.form.is_bound or bool(self.conflict or (self.noted and self.noted.note))
