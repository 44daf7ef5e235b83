"""The answers to a named survey, by person, for those who run the cohort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.encryption import Unreadable
from cohorts.models import Membership
from programmes.questions import Question
from surveys.models import Comment, Response, Survey


@dataclass(frozen=True)
class NamedAnswers:
    """What one member answered: each question of the survey with the answer as a text."""

    member: Membership
    answers: list[tuple[Question, str]]


def named_answers(survey: Survey, moment: datetime) -> list[NamedAnswers]:
    """Return each member’s answers to a named survey that has closed, by name; otherwise nothing.

    Includes comments that nobody has read yet. Leaves out people whose data has been deleted. Makes
    two queries if the survey is named and has closed, and no query otherwise.
    """
    if not survey.pk or not survey.is_named or not survey.is_closed(moment):
        return []
    texts: defaultdict[int | None, dict[str, str]] = defaultdict(dict)
    for comment in Comment.objects.filter(survey=survey, membership__isnull=False):
        texts[comment.membership_id][comment.question] = comment_text(comment)
    found = (
        Response.objects.filter(survey=survey, membership__isnull=False)
        .select_related("membership__user")
        .order_by("membership__user__name", "membership__pk")
    )
    return [
        NamedAnswers(
            response.membership,
            answers_in_order(survey, {**response.answers, **texts[response.membership_id]}),
        )
        for response in found
        if response.membership
    ]


def comment_text(comment: Comment) -> str:
    if isinstance(comment.text, Unreadable):
        return _("(This can’t be decrypted: its key is missing.)")
    return str(comment.text)


def answers_in_order(survey: Survey, answers: Mapping[str, Any]) -> list[tuple[Question, str]]:
    return [(question, answer_text(answers.get(question.id))) for question in survey.questions]


def answer_text(answer: Any) -> str:
    """Return an answer as a text; empty if the question was not answered."""
    if isinstance(answer, list):
        return "; ".join(answer)
    return "" if answer is None else str(answer)
