"""What may be said otherwise of one kind of e-mail: its subject, its body and when it goes out."""

from __future__ import annotations

import hashlib
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from outbox.content.placeholders import SUBJECT_LENGTH, check
from outbox.models import MessageTemplate
from outbox.rules import Timing
from programmes.message_templates import EARLIEST, LATEST, Email, differing
from programmes.text_validation import check_characters, tidy
from ui.forms import DigitsInput, PlainWords, ProseField, TimeInput


class EmailForm(PlainWords, forms.Form):
    """Shows an e-mail as it is; a subject or a time only where it has one."""

    subject = forms.CharField(
        max_length=SUBJECT_LENGTH,
        validators=[check_characters],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write a subject, or use the default."},
    )
    body = ProseField(
        label="What it says",
        max_length=5000,
        validators=[check_characters],
        help_text="An empty line begins a new paragraph. **Bold**, *italic*, - a list, [words](https://a-link).",
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": "Write what it says, or use the default."},
    )
    days = forms.IntegerField(widget=DigitsInput())
    minutes = forms.IntegerField(widget=DigitsInput())
    at = forms.TimeField(
        label="At what time",
        help_text="By the clock of the cohort’s place.",
        widget=TimeInput(),
        error_messages={
            "required": "Write a time, such as 9:00.",
            "invalid": "Write a time, such as 9:00.",
        },
    )

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, email: Email) -> None:
        super().__init__(data, initial={**email.facts, "seen": fingerprint(email)})
        self.email = email
        self.is_overtaken = False
        for name in MessageTemplate.TIMING:
            if email.timing[name] is None:
                del self.fields[name]
        if not email.usual.subject:
            del self.fields["subject"]
        if timing := email.rule.schedule.timing:
            self.put_in_bounds(timing)

    def put_in_bounds(self, timing: Timing) -> None:
        """Asks for days or minutes in the rule's words, from its least to its most."""
        number = self.fields["days" if timing.days is not None else "minutes"]
        number.label = timing.words[0].upper() + timing.words[1:]
        unit = timing.words.partition(" ")[0]
        bounds = f"Write a number of {unit} from {timing.least} to {timing.most}."
        number.error_messages |= {"required": bounds, "invalid": bounds}
        number.validators = [
            MinValueValidator(timing.least, bounds),
            MaxValueValidator(timing.most, bounds),
        ]

    def clean_subject(self) -> str:
        subject = tidy(self.cleaned_data["subject"])
        check(subject, self.email.usual.examples)
        return subject

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        check(body, self.email.usual.examples)
        return body

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"].replace(second=0, microsecond=0)
        if not EARLIEST <= at <= LATEST:
            raise ValidationError(
                "Choose a time from 6:00 to 22:00: nobody reads e-mail at night, and some nights lose an hour."
            )
        return at

    def clean(self) -> None:
        """Of two people at once the second reads the first's; what they typed stays, to be put in its place."""
        seen, now = self.cleaned_data.pop("seen", ""), fingerprint(self.email)
        if seen and seen != now and self.facts != self.email.facts:
            self.is_overtaken = True
            self.data = {**dict(self.data.items()), "seen": now}
            self.add_error(
                None,
                "Somebody else has saved this e-mail since you opened it. What they wrote is above, what you typed is "
                "still here: save again to put yours in place of theirs.",
            )

    @property
    def facts(self) -> dict[str, object]:
        """All that can be said of the e-mail, as it was typed."""
        return {**self.email.facts, **self.cleaned_data}

    @property
    def content(self) -> dict[str, object]:
        """What is kept: what differs from the usual."""
        return differing(self.email.rule, self.email.usual, self.facts)


def fingerprint(email: Email) -> str:
    """As how a page has shown the e-mail, for a hidden input."""
    return hashlib.sha256(repr(sorted(email.facts.items())).encode()).hexdigest()
