from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError

from cohorts.models import Cohort
from programmes.feedback import default_questions, ready_questions
from programmes.models import WorkshopPlan
from programmes.questions import Question, QuestionKind, Questions
from surveys.editor import questionnaire as editing
from surveys.editor.questionnaire import Questionnaire, question_token
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from tests.surveys.conftest import make_workshop
from ui.version_token import StaleError
from workshops.models import Workshop

A, B, C, D = (Question(name, QuestionKind.LONG_TEXT, f"What about {name}?") for name in "abcd")
ABC: Questions = (A, B, C)


def ids(questions: Questions) -> str:
    return "".join(question.id for question in questions)


# Pure functions


def test_add_appends_the_question_once() -> None:
    added = editing.add(ABC, D, most=4)

    assert added == (A, B, C, D)
    assert editing.add(added, D, most=4) == added


@pytest.mark.parametrize("most", [1, 3])
def test_add_to_a_full_list_says_to_delete_one(most: int) -> None:
    with pytest.raises(ValidationError, match="Delete one before you add another"):
        editing.add(ABC[:most], D, most=most)


def test_edit_replaces_the_question_in_its_place() -> None:
    new = replace(B, text="What else?")

    assert editing.edit(ABC, "b", new, seen=question_token(B)) == (A, new, C)


def test_edit_sent_twice_is_no_conflict() -> None:
    new = replace(B, text="What else?")
    once = editing.edit(ABC, "b", new, seen=question_token(B))

    assert editing.edit(once, "b", new, seen=question_token(B)) == once


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        ((A, replace(B, text="Theirs?"), C), "It is now: “Theirs\\?” \\(Long text\\)"),
        ((A, C), "Somebody else has deleted this question"),
    ],
)
def test_edit_of_a_question_that_somebody_has_changed_or_deleted_is_refused(
    now: Questions, sentence: str
) -> None:
    with pytest.raises(StaleError, match=sentence):
        editing.edit(now, "b", replace(B, text="Mine?"), seen=question_token(B))


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        ("a", 2, "bac"),
        ("a", 3, "bca"),
        ("c", 1, "cab"),
        ("b", 2, "abc"),
        ("a", 9, "bca"),
        ("c", -4, "cab"),
        ("x", 1, "abc"),
    ],
)
def test_move_puts_the_question_at_the_position(moved: str, to: int, order: str) -> None:
    assert ids(editing.move(ABC, moved, to=to)) == order


def test_delete_removes_the_question_once() -> None:
    left = editing.delete(ABC, "b", seen=question_token(B), least=1)

    assert left == (A, C)
    assert editing.delete(left, "b", seen=question_token(B), least=1) == left


def test_delete_of_a_question_that_somebody_has_changed_is_refused() -> None:
    with pytest.raises(StaleError, match="Read it before you delete it"):
        editing.delete((A, replace(B, most=3), C), "b", seen=question_token(B), least=1)


def test_delete_leaves_a_survey_at_least_one_question() -> None:
    with pytest.raises(ValidationError, match="A survey needs at least one question"):
        editing.delete((A,), "a", seen=question_token(A), least=1)
    assert editing.delete((A,), "a", seen=question_token(A), least=0) == ()


# Saving


def test_save_changes_the_questions_as_they_are_now(cohort: Cohort) -> None:
    mine, theirs = (Questionnaire("cohorts", Cohort.objects.get()) for _ in range(2))
    theirs.save(lambda now: editing.add(now, A, most=12))
    mine.save(lambda now: editing.add(now, B, most=12))

    assert mine.questions == (*default_questions(), A, B)
    assert Cohort.objects.get().questions == mine.questions


def test_save_refuses_a_question_that_could_not_be_asked(cohort: Cohort) -> None:
    questionnaire = Questionnaire("cohorts", cohort)
    with pytest.raises(ValidationError, match="Enter the question"):
        questionnaire.save(lambda now: (*now, replace(A, text=" ")))

    assert questionnaire.questions == Cohort.objects.get().questions == default_questions()


def test_save_of_one_workshop_leaves_the_others(workshop: Workshop, plan: WorkshopPlan) -> None:
    second = make_workshop(workshop.cohort, 2)
    Questionnaire("workshops", workshop).save(lambda now: editing.add(now, A, most=3))
    Questionnaire("plans", plan).save(lambda now: editing.add(now, B, most=3))
    second.refresh_from_db()

    assert tuple(second.own_questions) == ()
    assert Workshop.objects.get(pk=workshop.pk).own_questions == (A,)
    assert WorkshopPlan.objects.get().own_questions == (B,)


# What a survey asks


def test_unused_questions_leave_out_what_any_survey_of_the_cohort_asks(workshop: Workshop) -> None:
    trust, *rest = [one for one in ready_questions() if one not in default_questions()]
    Workshop.objects.filter(pk=workshop.pk).update(own_questions=[trust])
    workshop.refresh_from_db()
    second = make_workshop(workshop.cohort, 2)

    assert Questionnaire("cohorts", workshop.cohort).unused_questions() == rest
    assert Questionnaire("workshops", workshop).unused_questions() == rest
    assert Questionnaire("workshops", second).unused_questions() == [trust, *rest]


def test_survey_asks_a_question_of_both_lists_once(workshop: Workshop) -> None:
    same = default_questions()[0]
    workshop.own_questions = (same, A)

    assert Survey.objects.new(workshop).questions == (*default_questions(), A)


def test_survey_that_was_sent_keeps_its_questions(workshop: Workshop) -> None:
    survey = get_or_create_survey(workshop)
    for questionnaire in (
        Questionnaire("cohorts", workshop.cohort),
        Questionnaire("workshops", workshop),
    ):
        questionnaire.save(lambda now: editing.add(now, A, most=12))
        assert questionnaire.count_sent() == 1
    survey.refresh_from_db()

    assert survey.questions == default_questions()
    assert get_or_create_survey(make_workshop(workshop.cohort, 2)).questions[-1] == A
