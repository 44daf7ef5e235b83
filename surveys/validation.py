"""The check that answers fit the questions of their survey."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from programmes.questions import Question, QuestionKind, Questions
from surveys.models import Answers, Comment

EMPTY: tuple[Any, ...] = (None, "", [], ())


def given(answers: Answers) -> Answers:
    """Return the answers without those that were left empty."""
    return {name: answer for name, answer in answers.items() if answer not in EMPTY}


def check_answers(questions: Questions, answers: Answers) -> None:
    """Raise ValidationError if an answer doesn't fit its question.

    The form finds the same errors first. An answer that got into a ballot box by another way would
    otherwise be found only when all answers are released.
    """
    known = {question.id: question for question in questions}
    for name, answer in given(answers).items():
        if name not in known or not fits(known[name], answer):
            raise ValidationError({name: _("This is not an answer to the question.")})
    for question in questions:
        if question.is_required and question.id not in given(answers):
            raise ValidationError({question.id: _("Answer this question.")})


def fits(question: Question, answer: Any) -> bool:
    """Return whether `answer` is of the type and in the range that the question asks for."""
    match question.kind:
        case QuestionKind.SCALE:
            return type(answer) is int and 1 <= answer <= 5
        case QuestionKind.NUMBER:
            return type(answer) is int and 0 <= answer <= (question.most or 0)
        case QuestionKind.CHOICE:
            return answer in question.options
        case QuestionKind.CHOICES:
            return isinstance(answer, list) and set(answer) <= set(question.options)
        case QuestionKind.SHORT_TEXT:
            return is_text(answer, Comment.LONGEST_SHORT_TEXT)
        case _:
            return is_text(answer, Comment.LONGEST)


def is_text(answer: Any, longest: int) -> bool:
    return isinstance(answer, str) and len(answer) <= longest and "\0" not in answer
