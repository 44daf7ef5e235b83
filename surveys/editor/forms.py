"""Forms that edit one question, and the settings of surveys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programmes.feedback import FeedbackSettings, SurveyKind
from programmes.forms import ListField
from programmes.questions import (
    CHOICE_KINDS,
    LARGEST_NUMBER,
    LONGEST_LABEL,
    LONGEST_OPTION,
    LONGEST_TEXT,
    Question,
    QuestionKind,
    check_options,
    new_id,
)
from programmes.text_validation import check_characters, tidy
from surveys.editor.questionnaire import question_token
from ui.forms import DigitsInput, LabelWithHint, PlainWords

# What people see of a question of each kind, for the page that offers the kinds.
KIND_HINTS = {
    QuestionKind.SCALE: _("Five buttons, with a label at each end. Compared between workshops."),
    QuestionKind.CHOICE: _("A list of answers, of which people choose one."),
    QuestionKind.CHOICES: _("A list of answers, of which people tick any number."),
    QuestionKind.NUMBER: _("A whole number from 0, such as a number of people."),
    QuestionKind.SHORT_TEXT: _("A line of their own words."),
    QuestionKind.LONG_TEXT: _("A few sentences in their own words."),
}
OUT_OF_RANGE = _("Enter a whole number from 1 to 1000.")
DAYS = _("Enter a number of days from 3 to 28.")


class TidyField(forms.CharField):
    """One line of text, without extra spaces. It may not contain control characters."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.TextInput(attrs={"autocomplete": "off"}), **options)

    def to_python(self, value: Any) -> str:
        return tidy(super().to_python(value) or "")

    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        check_characters(text)
        return text


class OptionsField(ListField):
    """The options of a question, one on each line. Cleaned to a tuple."""

    def clean(self, value: Any) -> Any:
        text: str = super().clean(value)
        check_characters(text)
        options = tuple(tidy(line) for line in text.split("\n"))
        for option in options:
            if len(option) > LONGEST_OPTION:
                raise ValidationError(
                    gettext("Shorten “%(option)s” to %(most)d characters.")
                    % {"option": f"{option[:20]}…", "most": LONGEST_OPTION}
                )
        check_options(options)
        return options

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple) else value


class QuestionForm(PlainWords, forms.Form):
    """The form for one question of a given kind. It has only the fields that the kind needs.

    `question` is the question to edit. It keeps its id unless its kind changes, because results of
    several surveys are joined by the id.
    """

    text = TidyField(
        label=_("Question"),
        max_length=LONGEST_TEXT,
        error_messages={"required": _("Enter the question.")},
    )
    low = TidyField(
        label=_("Label of 1"),
        max_length=LONGEST_LABEL,
        help_text=_("For example “Not at all”."),
        error_messages={"required": _("Enter what 1 means.")},
    )
    high = TidyField(
        label=_("Label of 5"),
        max_length=LONGEST_LABEL,
        help_text=_("For example “Completely”."),
        error_messages={"required": _("Enter what 5 means.")},
    )
    options = OptionsField(
        label=_("Answers to choose from"),
        help_text=_("One on each line, from 2 to 10."),
        widget=forms.Textarea(attrs={"class": "short", "rows": 5}),
        error_messages={"required": _("Enter at least two answers, one on each line.")},
    )
    most = forms.IntegerField(
        label=_("Largest number"),
        min_value=1,
        max_value=LARGEST_NUMBER,
        help_text=_("The smallest is 0."),
        widget=DigitsInput(attrs={"maxlength": 4}),
        error_messages={
            "required": OUT_OF_RANGE,
            "invalid": OUT_OF_RANGE,
            "min_value": OUT_OF_RANGE,
            "max_value": OUT_OF_RANGE,
        },
    )
    is_required = forms.BooleanField(
        label=_("People have to answer it"),
        required=False,
        help_text=_("They can’t send the survey without an answer. Ask for few answers."),
    )
    new_id = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    FIELDS = {
        QuestionKind.SCALE: ("low", "high"),
        QuestionKind.NUMBER: ("most",),
        **dict.fromkeys(CHOICE_KINDS, ("options",)),
    }

    def __init__(
        self, data: Any = None, *, kind: QuestionKind, question: Question | None = None
    ) -> None:
        self.question_kind, self.question = kind, question
        initial: dict[str, Any] = {"new_id": new_id()}
        if question:
            initial |= {name: getattr(question, name) for name in self.content_fields()}
            initial["version"] = question_token(question)
        super().__init__(data, initial=initial)
        shown = (*self.content_fields(), "new_id", "version")
        self.fields = {name: self.fields[name] for name in shown}

    def content_fields(self) -> Sequence[str]:
        return ("text", *self.FIELDS.get(self.question_kind, ()), "is_required")

    def clean_new_id(self) -> str:
        """Return the id that the page was shown with, so that submitting twice adds one."""
        try:
            return UUID(self.cleaned_data["new_id"]).hex
        except ValueError:
            return new_id()

    def value(self) -> Question:
        """Return the question as it was entered."""
        kept = self.question if self.question and self.question.kind == self.question_kind else None
        content = {name: self.cleaned_data[name] for name in self.content_fields()}
        return Question(
            id=kept.id if kept else self.cleaned_data["new_id"],
            kind=self.question_kind.value,
            **content,
        )

    def show_stale(self, error: str, current: Question | None) -> None:
        """Add the error, and the current version token, so that the form can be saved again."""
        token = question_token(current) if current else ""
        self.data = {**dict(self.data.items()), "version": token}
        self.add_error(None, error)


class FeedbackSettingsForm(PlainWords, forms.Form):
    """The form for the kind of survey and the days to answer."""

    survey_kind = forms.ChoiceField(
        label=_("Kind of survey"),
        choices=[(kind.value, LabelWithHint(kind.label, kind.promise)) for kind in SurveyKind],
        widget=forms.RadioSelect(attrs={"class": "roomy"}),
        error_messages={
            "required": _("Choose a kind of survey."),
            "invalid_choice": _("Choose a kind of survey."),
        },
    )
    survey_days = forms.IntegerField(
        label=_("Days to answer"),
        min_value=3,
        max_value=28,
        help_text=FeedbackSettings._meta.get_field("survey_days").help_text,
        widget=DigitsInput(attrs={"maxlength": 2}),
        error_messages={"required": DAYS, "invalid": DAYS, "min_value": DAYS, "max_value": DAYS},
    )
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def show_stale(self, error: str, token: str) -> None:
        """Add the error, and the current version token, so that the form can be saved again."""
        self.data = {**dict(self.data.items()), "version": token}
        self.add_error(None, error)
