"""A message that a facilitator writes to a cohort."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cohorts.forms import LineField
from outbox.content.placeholders import check
from ui.forms import LabelWithHint, PlainWords, ProseField
from workshops.messages.announcements import fields_about
from workshops.models import Announcement, Workshop

Audience = Announcement.Audience
HINTS = {
    Audience.EVERYBODY: "Everybody who takes part.",
    Audience.COMING: "Those who said that they come to a workshop.",
    Audience.SILENT: "Those who have not said whether they come to it.",
}


class WorkshopChoice(forms.ModelChoiceField[Workshop]):
    """A workshop to come, by its number and title."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            Workshop.objects.none(),
            empty_label=None,
            error_messages={"invalid_choice": self.GONE},
            **options,
        )

    GONE = "That workshop is over, or is not this cohort’s. Choose another."


class AnnouncementForm(PlainWords, forms.ModelForm[Announcement]):
    """To whom, and the words."""

    mark_optional = False
    audience = forms.ChoiceField(
        label="Who gets it?",
        choices=[(one.value, LabelWithHint(one.label, hint)) for one, hint in HINTS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who gets it.", "invalid_choice": "Choose who gets it."},
    )
    workshop = WorkshopChoice(
        label="Which workshop?",
        required=False,
        help_text="For those who are coming, or have not answered.",
    )
    subject = LineField(
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Write a subject: it is what people see first."},
    )
    body = ProseField(
        label="Message",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": "Write what you want to say."},
    )

    class Meta:
        model = Announcement
        fields = ("audience", "workshop", "subject", "body")

    def __init__(
        self, *args: Any, instance: Announcement, moment: datetime, **options: Any
    ) -> None:
        super().__init__(*args, instance=instance, **options)
        self.cohort, self.moment = instance.cohort, moment
        self.to_come = self.cohort.workshops.to_come(moment)
        self.fields["workshop"].queryset = self.to_come  # type: ignore[attr-defined]
        if not self.to_come:
            del self.fields["workshop"]
            self.fields["audience"].choices = self.fields["audience"].choices[:1]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("audience") == Audience.EVERYBODY:
            self.errors.pop("workshop", None)
            facts["workshop"] = None
        elif "audience" in facts and not facts.get("workshop") and "workshop" not in self.errors:
            self.add_error(
                "workshop", "Choose the workshop that they are coming to, or have not answered."
            )
        known = [field.name for field in self.known_fields()]
        for name in ("subject", "body"):
            try:
                check(facts.get(name, ""), known)
            except ValidationError as error:
                self.add_error(name, error)
        return facts

    def known_fields(self) -> tuple[Any, ...]:
        return fields_about(self.to_come.first())
