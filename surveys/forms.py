from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from programmes.questions import Question, QuestionKind, Questions
from surveys.models import Comment, FeedbackReply
from surveys.moderation import Decision, Verdict, check_verdict, is_as_decided, version_of
from surveys.validation import given
from ui.forms import DigitsInput, PlainWords, ProseField, ScaleField

ABOUT_NAMES = _("Other people read this, so don’t write anybody’s name.")
CHOOSE = {"required": _("Choose one."), "invalid_choice": _("Choose one of the answers.")}


def field_for(question: Question) -> forms.Field:
    """Return the form field that asks the question."""
    options: dict[str, Any] = {"label": question.text, "required": question.is_required}
    choices = [(option, option) for option in question.options]
    match question.kind:
        case QuestionKind.SCALE:
            return ScaleField(low=question.low, high=question.high, **options)
        case QuestionKind.NUMBER:
            return number_field(question, options)
        case QuestionKind.CHOICE:
            return forms.ChoiceField(
                choices=choices, widget=forms.RadioSelect, error_messages=CHOOSE, **options
            )
        case QuestionKind.CHOICES:
            return forms.MultipleChoiceField(
                choices=choices,
                widget=forms.CheckboxSelectMultiple,
                error_messages=CHOOSE,
                help_text=_("Tick all that apply."),
                **options,
            )
        case QuestionKind.SHORT_TEXT:
            return forms.CharField(
                max_length=Comment.LONGEST_SHORT_TEXT, help_text=ABOUT_NAMES, **options
            )
        case _:
            return ProseField(
                max_length=Comment.LONGEST,
                help_text=ABOUT_NAMES,
                widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
                **options,
            )


def number_field(question: Question, options: dict[str, Any]) -> forms.IntegerField:
    error = gettext("Enter a whole number from 0 to %(most)d.") % {"most": question.most or 0}
    return forms.IntegerField(
        min_value=0,
        max_value=question.most,
        widget=DigitsInput(attrs={"maxlength": 4}),
        error_messages={"invalid": error, "min_value": error, "max_value": error},
        **options,
    )


class AnswerForm(PlainWords, forms.Form):
    """The form with the questions of a survey. At least one of them must be answered."""

    @property
    def mark_optional(self) -> bool:
        """Whether labels say “(optional)”: only if some questions have to be answered."""
        return any(field.required for field in self.fields.values())

    def __init__(self, questions: Questions, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.questions = questions
        self.fields |= {question.id: field_for(question) for question in questions}
        self.use_plain_words()

    def clean(self) -> dict[str, Any]:
        answers = given(self.cleaned_data)
        if not self.errors and not answers:
            raise forms.ValidationError(gettext("Answer at least one question."))
        return answers

    @property
    def texts(self) -> list[str]:
        """The texts that were typed, to show them again if they can't be saved."""
        typed = (self.data.get(question.id, "") for question in self.questions if question.is_text)
        return [text for text in typed if text]


LATER = ("", _("Decide later"))
SHOW = (Decision.SHOWN, _("Show it as it is"))
SHORTEN = (Decision.SHORTENED, _("Shorten it"))
HIDE = (Decision.HIDDEN, _("Hide it"))
UNCHANGED = ("", _("Go on showing it"))


class CommentForm(PlainWords, forms.Form):
    """The form in which an administrator decides what people can read of one comment.

    `verdict` is None if nothing is decided or changed.
    """

    mark_optional = False
    decision = forms.ChoiceField(
        label=_("What happens to it?"),
        widget=forms.RadioSelect,
        required=False,
        error_messages=CHOOSE,
    )
    shown_text = ProseField(
        label=_("What people can read"),
        required=False,
        max_length=Comment.LONGEST,
        help_text=_("Delete words, and put … in their place. You can’t add or change any."),
        widget=forms.Textarea(attrs={"class": "short", "rows": 4}),
    )
    reason = forms.CharField(
        label=_("Why it is hidden"),
        required=False,
        max_length=200,
        help_text=_(
            "The whole cohort reads this. Don’t quote the comment, and don’t name anybody."
        ),
    )

    def __init__(self, *args: Any, comment: Comment, is_finished: bool, **options: Any) -> None:
        self.comment, self.is_finished = comment, is_finished
        initial = {
            "decision": "" if comment.is_waiting or is_finished else comment.decision,
            "shown_text": comment.shown_text or comment.text,
            "reason": comment.reason,
        }
        super().__init__(*args, prefix=comment.pk.hex, initial=initial, **options)
        decision: Any = self.fields["decision"]
        # A page that was open for long may send a choice that is not offered any more.
        decision.choices = [SHOW, SHORTEN, HIDE]
        decision.widget.choices = self.choices()
        if is_finished:
            del self.fields["shown_text"]

    def choices(self) -> list[tuple[str, Any]]:
        """Return the choices to show."""
        if self.is_finished:
            return [UNCHANGED, HIDE]
        every: list[tuple[str, Any]] = [SHOW, SHORTEN, HIDE]
        return [*every, LATER] if self.comment.is_waiting else every

    @property
    def version(self) -> str:
        return version_of(self.comment)

    @property
    def seen(self) -> str:
        return str(self.data.get(f"{self.prefix}-seen", ""))

    @property
    def verdict(self) -> Verdict | None:
        """Return what was decided, after cleaning; None if nothing was."""
        decision = self.cleaned_data.get("decision")
        if not decision:
            return None
        is_shortened, is_hidden = decision == Decision.SHORTENED, decision == Decision.HIDDEN
        return Verdict(
            self.comment,
            decision,
            seen=self.seen,
            shown_text=self.cleaned_data.get("shown_text", "") if is_shortened else "",
            reason=self.cleaned_data.get("reason", "") if is_hidden else "",
        )

    def clean(self) -> dict[str, Any]:
        verdict = None if self.errors else self.verdict
        # If somebody else has decided meanwhile, `decide` says so.
        if verdict and self.seen == self.version and not is_as_decided(self.comment, verdict):
            check_verdict(self.comment, verdict, is_finished=self.is_finished)
        return self.cleaned_data


class ReplyForm(PlainWords, forms.Form):
    """The form with the reply to a survey's results. `stored` is the reply so far."""

    mark_optional = False
    text = ProseField(
        label=_("Your reply"),
        max_length=FeedbackReply.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Enter your reply.")},
    )

    def __init__(self, *args: Any, stored: FeedbackReply | None, **options: Any) -> None:
        super().__init__(*args, initial={"text": stored.text if stored else ""}, **options)
        if stored:
            self.fields["text"].required = False
            self.fields["text"].help_text = gettext("To delete it, leave this empty.")


class SurveysEveryForm(forms.Form):
    every = forms.TypedChoiceField(choices=((1, ""), (2, "")), coerce=int)
