from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from reflections.audience.readers import PossibleReaders, name_list
from reflections.context import PUBLIC_ID
from reflections.drafts.autosave import DraftContent
from reflections.experiments.follow_ups import LookBack
from reflections.models import (
    DRAFT_LENGTH,
    EXPERIMENT_LENGTH,
    REFLECTION_LENGTH,
    REPLY_LENGTH,
    Audience,
    Reply,
)
from ui.forms import LabelWithHint, ProseField
from ui.numbers import joined_by_and

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TOO_LONG = _("This has %(length)s characters; the limit is %(limit)s. Nothing is lost: shorten it.")
# Removed from all texts, because PostgreSQL can't store this character.
NUL = "\0"
# The start of 9999, the last year that a datetime can have, in milliseconds since 1970.
LATEST = 253_370_764_800_000


class WordsField(ProseField):
    """A form field for a person's own text, of at most `longest` characters.

    Removes NUL characters and whitespace at either end, and normalises line breaks. Text without
    any visible character counts as empty. `too_long` is the error message for longer text.
    """

    default_error_messages: ClassVar = {"required": _("Write a few words.")}

    def __init__(self, *, longest: int, too_long: StrOrPromise, **options: Any) -> None:
        super().__init__(**options)
        self.longest, self.too_long = longest, too_long

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).replace(NUL, "").strip()
        return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self.longest:
            raise ValidationError(
                self.too_long,
                params={"length": grouped(len(value)), "limit": grouped(self.longest)},
            )

    def clean(self, value: Any) -> str:
        # Skip Django's validators: they only reject NUL characters, which to_python() removes.
        text = self.to_python(value)
        self.validate(text)
        return text


def grouped(number: int) -> str:
    return number_format(number, force_grouping=True)


def body_field(label: StrOrPromise) -> WordsField:
    return WordsField(
        label=label,
        longest=REFLECTION_LENGTH,
        too_long=_(
            "This has %(length)s characters; the limit is %(limit)s. Nothing is lost: shorten it, "
            "or save it as two reflections."
        ),
        widget=forms.Textarea(
            attrs={
                "data-count": "words",
                "data-count-text": _("Word count: {count}"),
                "dir": "auto",
            }
        ),
    )


def experiment_field(label: StrOrPromise) -> WordsField:
    return WordsField(
        label=label,
        required=False,
        longest=EXPERIMENT_LENGTH,
        too_long=TOO_LONG,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        help_text=_(
            "Only you can read this one, even if you share the rest. You’ll be asked how it went."
        ),
    )


class ChangeForm(forms.Form):
    """The form that edits a reflection.

    The page shows the experiment field only if a draft has a text for it.
    """

    def __init__(self, *args: Any, label: StrOrPromise, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = body_field(label)
        self.fields["experiment"] = experiment_field(_("One thing I’ll try (optional)"))


class AudienceForm(forms.Form):
    """The form for the audience. Each option has the names or the number of its readers.

    An audience that is wider than `chosen` is offered only if the user may share with it.
    """

    mark_optional = False

    def __init__(
        self,
        *args: Any,
        possible_readers: PossibleReaders,
        chosen: str = Audience.ONLY_ME,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fields["audience"] = forms.ChoiceField(
            label=_("Who can read this?"),
            required=False,
            initial=chosen,
            choices=[
                (audience.value, audience_label(audience, possible_readers))
                for audience in Audience
                if not audience.is_wider_than(chosen) or possible_readers.may_widen_to(audience)
            ],
            widget=forms.RadioSelect,
            help_text=_("You can choose fewer people at any time, or delete it."),
            error_messages={
                "invalid_choice": _("Choose again: the people in the cohort have changed.")
            },
        )

    def clean_audience(self) -> Audience:
        """Return the audience, by default the author alone."""
        return Audience(self.cleaned_data["audience"] or Audience.ONLY_ME)


class FirstAudienceForm(AudienceForm):
    """The audience field of a form for a new reflection or experiment.

    The page may have been open for hours. A hidden input, `named`, identifies the readers that the
    page named. If somebody has joined the audience since, the form has an error that names
    them, and the author confirms by submitting the form again.
    """

    def __init__(self, *args: Any, possible_readers: PossibleReaders, **options: Any) -> None:
        super().__init__(*args, possible_readers=possible_readers, **options)
        self.possible_readers = possible_readers

    @property
    def named(self) -> str:
        """Return the tokens of the present readers, not the submitted tokens."""
        return self.possible_readers.named

    def clean_audience(self) -> Audience:
        audience = super().clean_audience()
        if others := self.possible_readers.unnamed(audience, self.data.get("named", "")):
            raise ValidationError(
                _(
                    "Since you opened this page, %(people)s joined and could read it too. Save "
                    "again if that’s right, or choose fewer people."
                ),
                params={"people": joined_by_and(others)},
            )
        return audience


class DraftForm(forms.Form):
    """The form for the texts of an open page that are saved as a draft.

    The texts are not validated as those of a reflection. NUL characters are removed, line breaks
    are normalised, and each text may have at most `DRAFT_LENGTH` characters.
    """

    body = ProseField(required=False, strip=False)
    experiment = ProseField(required=False, strip=False)
    typed_at = forms.IntegerField(required=False, min_value=0, max_value=LATEST)
    # Accepts a version token, or a number from a page that was opened before tokens were used.
    version = forms.RegexField(r"\A(\d{1,10}|[0-9a-f]{16})\Z", required=False)
    page = forms.RegexField(PUBLIC_ID, required=False)

    def __init__(self, data: QueryDict) -> None:
        whole = data.copy()
        for name in ("body", "experiment"):
            whole[name] = whole.get(name, "").replace(NUL, "")
        super().__init__(whole)

    @property
    def is_too_long(self) -> bool:
        return any(len(self.data[name]) > DRAFT_LENGTH for name in ("body", "experiment"))

    def clean(self) -> None:
        if self.is_too_long:
            raise ValidationError(_("This is too long to save. Shorten it, or split it in two."))

    def content(
        self, at: datetime, *, body: str | None = None, experiment: str | None = None
    ) -> DraftContent:
        """Return the submitted text as `DraftContent`.

        If `body` or `experiment` is given, it replaces the submitted text. If the page did not send
        the time when the text was typed, `at` is used.
        """
        facts = self.cleaned_data
        since = facts["typed_at"]
        return DraftContent(
            body=facts["body"] if body is None else body,
            experiment=facts["experiment"] if experiment is None else experiment,
            typed_at=at if since is None else datetime.fromtimestamp(since / 1000, tz=UTC),
            version=facts["version"],
            page=facts["page"],
        )


class ReflectionForm(FirstAudienceForm):
    """The form for a new reflection.

    `entry` is the public id of the reflection, so that submitting the form twice saves only one.
    """

    field_order = ("body", "audience")
    entry = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, label: StrOrPromise, look_back: LookBack, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = body_field(label)
        self.fields["experiment"] = experiment_field(
            gettext("One thing I’ll try before workshop %(position)d (optional)")
            % {"position": look_back.workshop.position}
            if look_back.workshop
            else _("One thing I’ll try (optional)")
        )
        self.order_fields(self.field_order)

    def clean_entry(self) -> str:
        """Return the public id, or an empty string if it is malformed."""
        entry: str = self.cleaned_data["entry"]
        return entry if PUBLIC_ID.fullmatch(entry) else ""


class ReplyForm(forms.Form):
    """The form for a reply to a reflection, or for an answer to the reply `to`."""

    REPLY_DELETED = _(
        "The reply you were answering has been deleted. Your text is still here: you can send it "
        "as a reply to the reflection instead."
    )

    body = WordsField(
        label=_("Your reply"),
        longest=REPLY_LENGTH,
        too_long=_(
            "This has %(length)s characters; the limit is %(limit)s. Nothing is lost: shorten it, "
            "or send it as two replies."
        ),
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
    )

    def __init__(self, *args: Any, to: Reply | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if to:
            self.auto_id = f"id_{to.public_id}_%s"  # A page has several of these forms.
        self.to = to
        self.reply_excerpt = hidden_excerpt(to.body) if to else ""
        if to and to.author:
            self.fields["body"].label = format_html(
                "{}{}",
                gettext("Your answer to %(person)s") % {"person": to.author.first_name},
                self.reply_excerpt,
            )


def hidden_excerpt(words: str) -> str:
    """Return the first words of a reply as visually hidden HTML, or an empty string for no words.

    The labels of answer forms include the excerpt, so that users of screen readers can tell the
    forms apart.
    """
    if not words:
        return ""
    return format_html('<span class="visually-hidden">: “{}”</span>', Truncator(words).words(6))


def audience_label(audience: Audience, possible_readers: PossibleReaders) -> LabelWithHint:
    if audience == Audience.ONLY_ME:
        return LabelWithHint(
            gettext("Only me"), gettext("Not facilitators, not administrators, not any report.")
        )
    readers = possible_readers.of(audience)
    if not readers:
        return LabelWithHint(str(audience.label), gettext("Nobody at the moment."))
    if audience == Audience.COHORT:
        hint = ngettext(
            "%(count)d person, by name. What’s said here stays here.",
            "%(count)d people, by name. What’s said here stays here.",
            len(readers),
        )
        return LabelWithHint(gettext("My cohort"), hint % {"count": len(readers)})
    return LabelWithHint(
        gettext("The other facilitators")
        if possible_readers.is_facilitator
        else gettext("My facilitators"),
        gettext("%(people)s. Never in a report.") % {"people": name_list(readers)},
    )
