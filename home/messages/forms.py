"""The form for the note that facilitators add to a message."""

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
    """A form for a note in the e-mail to every recipient, or only in the e-mail to `person`.

    `version` is the version token of the saved note.
    """

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
    """A note's form on the page of a message.

    `person` is the recipient's membership, or None for a note to every recipient. `noted` is the
    override with the saved note. `conflict` is an override that somebody else has changed since the
    page was shown.
    """

    person: Membership | None
    form: NoteForm
    noted: MessageOverride | None
    conflict: MessageOverride | None = None

    @classmethod
    def of(cls, noted: MessageOverride | None, person: Membership | None = None) -> NotePanel:
        """Return a panel whose form contains the saved note."""
        initial = {"note": noted.note if noted else "", "version": note_version(noted)}
        return cls(person, NoteForm(person=person.user if person else None, initial=initial), noted)

    @property
    def is_open(self) -> bool:
        """True if the panel is shown expanded: there is a note, an invalid form or a conflict."""
        return self.form.is_bound or bool(self.conflict or (self.noted and self.noted.note))
