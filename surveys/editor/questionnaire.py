"""Questionnaires: the lists of questions that people edit before surveys copy them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cohorts.models import Cohort
from programmes.feedback import ready_questions
from programmes.models import Programme, WorkshopPlan
from programmes.questions import (
    MOST_OWN_QUESTIONS,
    MOST_QUESTIONS,
    Question,
    Questions,
    new_id,
)
from surveys.models import Survey
from ui.version_token import StaleError, check_version, version_token
from workshops.models import Workshop

PlanOrWorkshop = WorkshopPlan | Workshop


@dataclass(frozen=True)
class Questionnaire:
    """The questions of a programme or cohort, or those that a workshop or its plan adds.

    `place` is the first part of its URLs, and the plural of what `owner` is.
    """

    place: str
    owner: Programme | Cohort | PlanOrWorkshop

    @property
    def public_id(self) -> str:
        return self.owner.public_id

    @property
    def is_own(self) -> bool:
        """Whether the questions are those that a workshop or its plan adds to the others."""
        return isinstance(self.owner, PlanOrWorkshop)

    @property
    def group(self) -> Programme | Cohort:
        """The programme or cohort whose surveys ask the questions."""
        if isinstance(self.owner, WorkshopPlan):
            return self.owner.programme
        return self.owner.cohort if isinstance(self.owner, Workshop) else self.owner

    @property
    def is_of_programme(self) -> bool:
        """Whether new cohorts copy the questions. Otherwise, surveys copy them."""
        return isinstance(self.group, Programme)

    @property
    def field(self) -> str:
        return "own_questions" if self.is_own else "questions"

    @property
    def most(self) -> int:
        return MOST_OWN_QUESTIONS if self.is_own else MOST_QUESTIONS

    @property
    def least(self) -> int:
        return 0 if self.is_own else 1

    @property
    def questions(self) -> Questions:
        return tuple(getattr(self.owner, self.field))

    @property
    def is_full(self) -> bool:
        return len(self.questions) >= self.most

    def find(self, question_id: str) -> Question | None:
        return find(self.questions, question_id)

    def others(self) -> list[PlanOrWorkshop]:
        """Return the workshops or plans of the same cohort or programme. Makes one query."""
        group = self.group
        found = group.plans if isinstance(group, Programme) else group.workshops
        return list(found.order_by("position"))

    def unused_questions(self) -> list[Question]:
        """Return the ready questions that no survey asks with these. Makes one query."""
        workshops = [self.owner] if isinstance(self.owner, PlanOrWorkshop) else self.others()
        lists = [self.group.questions, *(one.own_questions for one in workshops)]
        used = {question.id for questions in lists for question in questions}
        return [question for question in ready_questions() if question.id not in used]

    def count_sent(self) -> int:
        """Return how many surveys have their own copy of these questions. One query at most."""
        if isinstance(self.owner, Workshop):
            return Survey.objects.filter(workshop=self.owner).count()
        if isinstance(self.owner, Cohort):
            return Survey.objects.filter(workshop__cohort=self.owner).count()
        return 0

    @transaction.atomic
    def save(self, change: Callable[[Questions], Questions]) -> None:
        """Apply `change` to the questions as they are now, and save them. Locks the owner's row.

        Raises what `change` raises, and ValidationError if a question could not be asked.
        """
        rows: Any = type(self.owner)._default_manager.filter(pk=self.owner.pk)
        locked = rows.select_for_update(no_key=True)
        before = tuple(locked.values_list(self.field, flat=True).get())
        questions = change(before)
        if questions != before:
            field: Any = self.owner._meta.get_field(self.field)
            field.clean(questions, self.owner)
            rows.update(**{self.field: questions})
        setattr(self.owner, self.field, questions)


def find(questions: Questions, question_id: str) -> Question | None:
    return next((one for one in questions if one.id == question_id), None)


def question_token(question: Question) -> str:
    """Return a version token of everything that can be edited in the question."""
    return version_token(astuple(replace(question, kind=str(question.kind))))


def add(questions: Questions, new: Question, *, most: int) -> Questions:
    """Return the questions with `new` at the end.

    Returns them unchanged if they contain its id, so that submitting twice adds one question.
    Raises ValidationError if there are `most` questions already.
    """
    if find(questions, new.id):
        return questions
    if len(questions) >= most:
        raise ValidationError(full(most))
    return (*questions, new)


def with_free_id(new: Question, questions: Questions) -> Question:
    """Return the question with another id if its own is that of a different question.

    That happens if somebody goes back to the form that added a question, and adds another with it.
    """
    is_taken = new not in questions and find(questions, new.id)
    return replace(new, id=new_id()) if is_taken else new


def full(most: int) -> str:
    return ngettext(
        "There can be %(most)d question at most. Delete one before you add another.",
        "There can be %(most)d questions at most. Delete one before you add another.",
        most,
    ) % {"most": most}


def edit(questions: Questions, question_id: str, new: Question, *, seen: str) -> Questions:
    """Return the questions with `new` in place of the question with this id.

    `seen` is the version token of the question that was shown. Raises StaleError if it has changed
    since or was deleted, unless it is already as requested.
    """
    if new in questions:
        return questions
    current = find(questions, question_id)
    if current is None:
        raise StaleError(
            _("Somebody else has deleted this question. To save your text, copy it into a new one.")
        )
    check_version(
        seen,
        question_token(current),
        _(
            "Somebody else has changed this question since you opened it. It is now: “%(text)s” "
            "(%(kind)s). Save again to replace it with yours."
        )
        % {"text": current.text, "kind": current.kind_label},
    )
    return tuple(new if one == current else one for one in questions)


def move(questions: Questions, question_id: str, *, to: int) -> Questions:
    """Return the questions with one of them moved to a position, counted from 1.

    A position beyond either end means that end. Returns them unchanged if the id is not among them.
    """
    moved = find(questions, question_id)
    if moved is None:
        return questions
    others = [one for one in questions if one != moved]
    others.insert(max(0, to - 1), moved)
    return tuple(others)


def delete(questions: Questions, question_id: str, *, seen: str, least: int) -> Questions:
    """Return the questions without the one with this id, or unchanged if it is gone.

    Raises StaleError if the question has changed since it was shown with the version token `seen`.
    Raises ValidationError if fewer than `least` questions would be left.
    """
    current = find(questions, question_id)
    if current is None:
        return questions
    message = _("Somebody else has changed this question. Read it before you delete it.")
    check_version(seen, question_token(current), message)
    if len(questions) <= least:
        raise ValidationError(
            _("A survey needs at least one question. Add another before you delete this one.")
        )
    return tuple(one for one in questions if one != current)
