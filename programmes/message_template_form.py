"""The form that edits an e-mail template of a programme or cohort."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbox.content.placeholders import SUBJECT_LENGTH, check, check_addresses
from outbox.models import MessageTemplate
from outbox.rules import Timing
from programmes.message_templates import EARLIEST, LATEST, EmailTemplate
from programmes.text_validation import check_characters, tidy
from ui.forms import DigitsInput, PlainWords, ProseField, TimeInput
from ui.version_token import StaleError, check_version, version_token


class EmailTemplateForm(PlainWords, forms.Form):
    """The form that edits the template of one kind of e-mail.

    It has fields for the subject and the timing only if the kind has a subject and a timing.
    """

    subject = forms.CharField(
        label=_("Subject"),
        max_length=SUBJECT_LENGTH,
        validators=[check_characters],
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter a subject, or reset to the default.")},
    )
    body = ProseField(
        label=_("Message"),
        max_length=5000,
        validators=[check_characters],
        help_text=_(
            "Leave an empty line between paragraphs. "
            "**Bold**, *italic*, - a list, [words](https://a-link)."
        ),
        widget=forms.Textarea(attrs={"rows": 9}),
        error_messages={"required": _("Enter a message, or reset to the default.")},
    )
    days = forms.IntegerField(widget=DigitsInput())
    minutes = forms.IntegerField(widget=DigitsInput())
    at = forms.TimeField(
        label=_("Time of day"),
        help_text=_("In the cohort’s time zone."),
        widget=TimeInput(),
        error_messages={
            "required": _("Enter a time, for example 9:00."),
            "invalid": _("Enter a time, for example 9:00."),
        },
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, email: EmailTemplate) -> None:
        super().__init__(data, initial={**email.values, "version": template_version(email)})
        self.email = email
        self.is_stale = False
        for name in MessageTemplate.TIMING:
            if email.timing[name] is None:
                del self.fields[name]
        if not email.default.subject:
            del self.fields["subject"]
        if timing := email.rule.schedule.timing:
            self._set_bounds(timing)

    def _set_bounds(self, timing: Timing) -> None:
        """Set the label, the limits and the error messages of the field for days or minutes."""
        bounds = {"least": timing.least, "most": timing.most}
        if timing.days is not None:
            number = self.fields["days"]
            message = gettext("Enter a number of days from %(least)d to %(most)d.") % bounds
        else:
            number = self.fields["minutes"]
            message = gettext("Enter a number of minutes from %(least)d to %(most)d.") % bounds
        number.label = capfirst(timing.label)
        number.error_messages |= {"required": message, "invalid": message}
        number.validators = [
            MinValueValidator(timing.least, message),
            MaxValueValidator(timing.most, message),
        ]

    def clean_subject(self) -> str:
        subject = tidy(self.cleaned_data["subject"])
        check(subject, self.email.default.examples)
        check_addresses(subject, self.email.personal)
        return subject

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        check(body, self.email.default.examples)
        check_addresses(body, self.email.personal)
        return body

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"].replace(second=0, microsecond=0)
        if not EARLIEST <= at <= LATEST:
            raise ValidationError(
                gettext("Enter a time from 6:00 to 22:00. No e-mails are sent at night.")
            )
        return at

    def clean(self) -> None:
        """Add an error if somebody else has saved the template since the page was shown.

        The page then shows both versions. The form now carries the current version token, so
        submitting it again overwrites the other person's version.
        """
        seen, current = self.cleaned_data.pop("version", ""), template_version(self.email)
        if not seen or self.values == self.email.values:
            return
        try:
            check_version(
                seen,
                current,
                gettext(
                    "Somebody else has saved this e-mail since you opened it. Their version is "
                    "above and yours is below. Save again to replace theirs with yours."
                ),
            )
        except StaleError as error:
            self.is_stale = True
            self.data = {**dict(self.data.items()), "version": current}
            self.add_error(None, str(error))

    @property
    def values(self) -> dict[str, object]:
        """The template's current values, replaced by the submitted ones that are valid."""
        return {**self.email.values, **self.cleaned_data}

    @property
    def content(self) -> dict[str, object]:
        """The submitted values to store: "" or None for each that equals the default."""
        return self.email.changed_content(self.values)


def template_version(email: EmailTemplate) -> str:
    """Return a version token of the template's subject, body and timing."""
    return version_token(*sorted(email.values.items()))
