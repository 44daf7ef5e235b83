"""The form for a message that a facilitator writes to a cohort."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cohorts.forms import LineField
from outbox.content.placeholders import check
from ui.forms import LabelWithHint, PlainWords, ProseField
from workshops.messages.announcements import fields_about
from workshops.models import Announcement, Workshop

Audience = Announcement.Audience


def audience_choices() -> list[tuple[str, LabelWithHint]]:
    hints = {
        Audience.EVERYBODY: gettext("Everybody who takes part."),
        Audience.COMING: gettext("People who said they are coming to a workshop."),
        Audience.SILENT: gettext("People who have not said whether they are coming to it."),
    }
    return [(one.value, LabelWithHint(str(one.label), hint)) for one, hint in hints.items()]


class AnnouncementForm(PlainWords, forms.ModelForm[Announcement]):
    mark_optional = False
    audience = forms.ChoiceField(
        label=_("Who gets it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose who gets it."),
            "invalid_choice": _("Choose who gets it."),
        },
    )
    workshop = forms.ModelChoiceField(
        Workshop.objects.none(),
        label=_("Which workshop?"),
        required=False,
        empty_label=None,
        help_text=_("For people who are coming, or have not answered."),
        error_messages={
            "invalid_choice": _("Choose another workshop: that one is over or not this cohort’s."),
        },
    )
    subject = LineField(
        label=_("Subject"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a subject. It is what people see first.")},
    )
    body = ProseField(
        label=_("Message"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 12}),
        error_messages={"required": _("Enter your message.")},
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
        choices = audience_choices()
        if not self.to_come:
            del self.fields["workshop"]
            choices = choices[:1]
        self.fields["audience"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        facts = super().clean() or self.cleaned_data
        if facts.get("audience") == Audience.EVERYBODY:
            self.errors.pop("workshop", None)
            facts["workshop"] = None
        elif "audience" in facts and not facts.get("workshop") and "workshop" not in self.errors:
            words = gettext(
                "Choose the workshop that they are coming to, or have not answered about."
            )
            self.add_error("workshop", words)
        known = [field.name for field in self.known_fields()]
        for name in ("subject", "body"):
            try:
                check(facts.get(name, ""), known)
            except ValidationError as error:
                self.add_error(name, error)
        return facts

    def known_fields(self) -> tuple[Any, ...]:
        """Return the placeholders that the text can use."""
        return fields_about(self.to_come.first())
