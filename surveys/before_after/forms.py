from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import normalise_email
from cohorts.models import Membership
from programmes.text_validation import check_characters, tidy
from surveys.before_after.instrument import COMPARED, HOPE, SIGHTS, UNSEEN, questions_of
from surveys.forms import AnswerForm
from surveys.models import Answers, Colleague, Hope
from ui.forms import PlainWords, ProseField


class WaveForm(AnswerForm):
    """The form with the statements of one wave, for participants."""

    def __init__(self, occasion: str, *args: Any, **options: Any) -> None:
        super().__init__(questions_of(occasion), *args, **options)
        if HOPE in self.fields:
            self.fields[HOPE] = ProseField(
                label=self.fields[HOPE].label,
                required=False,
                max_length=Hope.LONGEST,
                help_text=_("Only you can read this. We show it to you again at the end."),
                widget=forms.Textarea(attrs={"class": "short", "rows": 3}),
            )
            self.use_plain_words()


class SightForm(PlainWords, forms.Form):
    """The form with the things that a colleague may have seen. At least one must be answered."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [*((str(value), label) for value, label in COMPARED)]
        choices.append((UNSEEN, _("I haven’t seen this")))
        for name, text in SIGHTS.items():
            self.fields[name] = forms.ChoiceField(
                label=text,
                required=False,
                choices=choices,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": _("Choose one of the answers.")},
            )
        self.use_plain_words()

    @property
    def mark_optional(self) -> bool:
        """Labels don't say “(optional)”, because all of them would."""
        return False

    def clean(self) -> Answers:
        answers = {name: answer for name, answer in self.cleaned_data.items() if answer}
        if not self.errors and not answers:
            raise forms.ValidationError(gettext("Answer at least one question."))
        return {
            name: answer if answer == UNSEEN else int(answer) for name, answer in answers.items()
        }


class ColleagueForm(PlainWords, forms.ModelForm[Colleague]):
    """The form in which a participant names a manager or colleague."""

    def __init__(self, *args: Any, membership: Membership, **options: Any) -> None:
        super().__init__(*args, **options)
        self.membership = membership
        self.use_plain_words()

    class Meta:
        model = Colleague
        fields = ("name", "email")
        error_messages = {
            "name": {"required": _("Enter their name.")},
            "email": {
                "required": _("Enter their e-mail address."),
                "invalid": _("Enter an e-mail address, for example chris@example.org."),
            },
        }

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        check_characters(name)
        return name

    def clean_email(self) -> str:
        email = normalise_email(self.cleaned_data["email"])
        if email == self.membership.user.email:
            raise forms.ValidationError(gettext("Enter the address of somebody else."))
        return email
