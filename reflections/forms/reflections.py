from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from reflections.audience_names import Circles, counted, listed, named
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

# What belongs in no text, and PostgreSQL would not store.
NUL = "\0"
# The last moment that a datetime can hold, in milliseconds since 1970.
LATEST = 253_370_764_800_000


class WordsField(ProseField):
    """People's own words: kept as they are typed or pasted, but for what no reader could see at either end.

    The page sets no limit of its own: a browser would cut what is pasted, and say nothing.
    """

    default_error_messages: ClassVar = {"required": "Write a few words first."}

    def __init__(self, *, longest: int, too_long: str, **options: Any) -> None:
        super().__init__(**options)
        self.longest, self.too_long = longest, too_long

    def to_python(self, value: Any) -> str:
        text = super().to_python(value).replace(NUL, "").strip()
        return text if any(unicodedata.category(sign)[0] not in "CZ" for sign in text) else ""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self.longest:
            raise ValidationError(
                f"This has {len(value):,} characters, and {self.longest:,} is as many as fit. {self.too_long}"
            )

    def clean(self, value: Any) -> str:
        # Before anything validates: Django would refuse the whole text for one NUL that came along when it was pasted.
        text = self.to_python(value)
        self.validate(text)
        return text


def body_field(label: str) -> WordsField:
    return WordsField(
        label=label,
        longest=REFLECTION_LENGTH,
        too_long="It is all still here: shorten it, or keep it as two reflections.",
        widget=forms.Textarea(
            attrs={
                "data-count": "words",
                "data-count-text": _("Word count: {count}"),
                "dir": "auto",
            }
        ),
    )


def experiment_field(label: str) -> WordsField:
    return WordsField(
        label=label,
        required=False,
        longest=EXPERIMENT_LENGTH,
        too_long="It is all still here: shorten it.",
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        help_text="Only you can read this one, whoever reads the rest. You are asked how it went.",
    )


class ChangeForm(forms.Form):
    """Other words for the same readers; and one thing to try, where another page left it unfinished."""

    def __init__(self, *args: Any, label: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = body_field(label)
        self.fields["experiment"] = experiment_field("One thing I’ll try (optional)")


class AudienceForm(forms.Form):
    """Who can read it: each circle by name, or by number where it is large."""

    mark_optional = False

    def __init__(
        self, *args: Any, circles: Circles, chosen: str = Audience.ONLY_ME, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["audience"] = forms.ChoiceField(
            label="Who can read this?",
            required=False,
            initial=chosen,
            choices=[
                (audience.value, card(audience, circles))
                for audience in Audience
                if not audience.is_wider_than(chosen) or circles.may_widen_to(audience)
            ],
            widget=forms.RadioSelect,
            help_text="You can narrow this at any time, or delete it.",
            error_messages={
                "invalid_choice": "Choose one of these: who is in the cohort has changed."
            },
        )

    def clean_audience(self) -> Audience:
        """Without a choice, it is only for who wrote it."""
        return Audience(self.cleaned_data["audience"] or Audience.ONLY_ME)


class FirstAudienceForm(AudienceForm):
    """Of what is not kept yet. Its page may have stood open for hours: it says in `named` whom the cards showed.

    Whoever has come to be among the readers since is asked about first, by name; that others have left is not.
    """

    def __init__(self, *args: Any, circles: Circles, **options: Any) -> None:
        super().__init__(*args, circles=circles, **options)
        self.circles = circles

    @property
    def named(self) -> str:
        """For the page as it is shown now, whatever the one before said."""
        return self.circles.named

    def clean_audience(self) -> Audience:
        audience = super().clean_audience()
        if others := self.circles.unnamed(audience, self.data.get("named", "")):
            raise ValidationError(
                f"By now {listed([str(person) for person in others])} could read it too, whom this page did not name "
                "when you chose: keep it again if that is right, or choose otherwise."
            )
        return audience


class DraftForm(forms.Form):
    """What the text boxes of an open page hold, unchanged and of any length that a draft may have."""

    body = ProseField(required=False, strip=False)
    experiment = ProseField(required=False, strip=False)
    typed_at = forms.IntegerField(required=False, min_value=0, max_value=LATEST)
    # A version token, or a number from a page that was opened before tokens were used.
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
        """Return what was sent, as typed at the time that the page gives, or else at `at`.

        `body` and `experiment` replace what was sent, once it has been validated as a reflection.
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
    """A new entry. `entry` names it before it is kept, so that one sent twice is kept once."""

    field_order = ("body", "audience")
    entry = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, label: str, look_back: LookBack, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"] = body_field(label)
        before = f" before workshop {look_back.workshop.position}" if look_back.workshop else ""
        self.fields["experiment"] = experiment_field(f"One thing I’ll try{before} (optional)")
        self.order_fields(self.field_order)

    def clean_entry(self) -> str:
        """A name of another form is none of ours: the entry gets one as it is kept."""
        entry: str = self.cleaned_data["entry"]
        return entry if PUBLIC_ID.fullmatch(entry) else ""


class ReplyForm(forms.Form):
    """A reply to an entry, or an answer to the reply that stands in `to`."""

    TAKEN_BACK = (
        "What you were answering has been taken back. Your words are still here: send them to the reflection itself, "
        "or leave them."
    )

    body = WordsField(
        label="Your reply",
        longest=REPLY_LENGTH,
        too_long="It is all still here: shorten it, or send it as two replies.",
        widget=forms.Textarea(attrs={"class": "short", "dir": "auto"}),
    )

    def __init__(self, *args: Any, to: Reply | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if to:
            self.auto_id = f"id_{to.public_id}_%s"  # there are several on a page
        self.to = to
        self.which = began(to.body) if to else ""
        if to and to.author:
            self.fields["body"].label = format_html(
                "Your answer to {}{}", to.author.first_name, self.which
            )


def began(words: str) -> str:
    """How a reply begins, for who hears the page: one person may have sent several. Nothing if unreadable."""
    if not words:
        return ""
    return format_html('<span class="visually-hidden">: “{}”</span>', Truncator(words).words(6))


def card(audience: Audience, circles: Circles) -> LabelWithHint:
    if audience == Audience.ONLY_ME:
        return LabelWithHint("Only me", "Not facilitators, not administrators, not any report.")
    readers = circles.readers(audience)
    if not readers:
        return LabelWithHint(audience.label, "Nobody at the moment.")
    if audience == Audience.COHORT:
        return LabelWithHint(
            "My cohort", f"{counted(readers)}, by name. What’s said here stays here."
        )
    label = "The other facilitators" if circles.is_facilitator else "My facilitators"
    return LabelWithHint(label, f"{named(readers)}. Never in a report.")
