"""The questions of feedback surveys: what a question is, and the model field that stores a list.

Programmes, cohorts and workshop plans each store a list of questions. A survey that has been sent
has its own copy. The same question has the same `id` in all of them, so that results can be
compared even if somebody rewords it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from typing import Any, cast
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programmes.text_validation import check_characters

MOST_QUESTIONS = 12  # of a programme or cohort
MOST_OWN_QUESTIONS = 3  # that one workshop adds
LONGEST_TEXT, LONGEST_LABEL, LONGEST_OPTION = 200, 60, 100
MOST_OPTIONS = 10
LARGEST_NUMBER = 1000


class QuestionKind(models.TextChoices):
    SCALE = "scale", gettext_lazy("Scale from 1 to 5")
    CHOICE = "choice", gettext_lazy("Choice of one")
    CHOICES = "choices", gettext_lazy("Choice of several")
    NUMBER = "number", gettext_lazy("Number")
    SHORT_TEXT = "short_text", gettext_lazy("Short text")
    LONG_TEXT = "long_text", gettext_lazy("Long text")


TEXT_KINDS = (QuestionKind.SHORT_TEXT, QuestionKind.LONG_TEXT)
CHOICE_KINDS = (QuestionKind.CHOICE, QuestionKind.CHOICES)


@dataclass(frozen=True)
class Question:
    """One question of a survey.

    `low` and `high` are the labels of the ends of a scale. `options` are the answers to choose
    from. `most` is the largest number that may be entered; the smallest is 0.
    """

    id: str
    kind: str
    text: str
    low: str = ""
    high: str = ""
    options: tuple[str, ...] = ()
    most: int | None = None
    is_required: bool = False

    @property
    def is_text(self) -> bool:
        return self.kind in TEXT_KINDS

    @property
    def is_scale(self) -> bool:
        return self.kind == QuestionKind.SCALE

    @property
    def is_number(self) -> bool:
        return self.kind == QuestionKind.NUMBER

    @property
    def is_choice(self) -> bool:
        return self.kind in CHOICE_KINDS

    @property
    def kind_label(self) -> str:
        return str(QuestionKind(self.kind).label)


Questions = tuple[Question, ...]


def new_id() -> str:
    """Return an id for a new question."""
    return uuid4().hex


def question_from(data: dict[str, Any]) -> Question:
    """Return the question that was stored as `data`. Ignores keys that are not known."""
    known = {field.name for field in fields(Question)}
    values = {name: value for name, value in data.items() if name in known}
    return Question(**{**values, "options": tuple(values.get("options", ()))})


def questions_from(stored: Sequence[dict[str, Any] | Question]) -> Questions:
    return tuple(one if isinstance(one, Question) else question_from(one) for one in stored)


def check_question(question: Question) -> None:
    """Raise ValidationError if the question could not be asked.

    The forms find the same errors first, each beside its field.
    """
    if question.kind not in QuestionKind.values:
        raise ValidationError(_("Choose a kind of question."))
    texts = (
        (question.text, LONGEST_TEXT),
        (question.low, LONGEST_LABEL),
        (question.high, LONGEST_LABEL),
        *((option, LONGEST_OPTION) for option in question.options),
    )
    for text, longest in texts:
        check_characters(text)
        if len(text) > longest:
            raise ValidationError(_("Shorten this to %(most)d characters.") % {"most": longest})
    if not question.text.strip():
        raise ValidationError(_("Enter the question."))
    if question.is_scale and not (question.low and question.high):
        raise ValidationError(_("Enter a label for both ends of the scale."))
    if question.is_choice:
        check_options(question.options)
    if question.is_number and not 1 <= (question.most or 0) <= LARGEST_NUMBER:
        raise ValidationError(
            _("Enter a largest number from 1 to %(most)d.") % {"most": LARGEST_NUMBER}
        )


def check_options(options: Sequence[str]) -> None:
    """Raise ValidationError unless there are 2 to MOST_OPTIONS options, all different."""
    if not 2 <= len(options) <= MOST_OPTIONS:
        raise ValidationError(
            _("Enter from 2 to %(most)d options, one on each line.") % {"most": MOST_OPTIONS}
        )
    if len({option.casefold() for option in options}) < len(options):
        raise ValidationError(_("Enter each option once."))


@lru_cache(maxsize=1024)
def parse(text: str) -> Questions:
    """Return the questions in a JSON list. Cached, because most cohorts have the same ones."""
    return questions_from(json.loads(text))


class QuestionsField(models.JSONField[Any, Questions]):
    """A model field with a tuple of questions, stored as a JSON list."""

    def from_db_value(self, value: str | None, *args: Any) -> Questions | None:
        return None if value is None else parse(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            value = [asdict(one) if isinstance(one, Question) else one for one in value]
        return super().get_prep_value(value)

    def to_python(self, value: Any) -> Any:
        return questions_from(value) if isinstance(value, list | tuple) else value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Check each question, and that no two have the same id."""
        super().validate(self.get_prep_value(value), model_instance)
        questions = cast("Questions", value or ())
        for question in questions:
            check_question(question)
        if len({question.id for question in questions}) < len(questions):
            raise ValidationError(_("Each question must have its own id."))

    def value_to_string(self, obj: models.Model) -> Any:
        return self.get_prep_value(self.value_from_object(obj))
