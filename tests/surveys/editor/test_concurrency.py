"""Concurrent changes to the questions and settings of surveys, each on a connection of its own."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.exceptions import ValidationError

from cohorts.models import Cohort
from programmes.feedback import SurveyKind, default_questions
from programmes.questions import MOST_QUESTIONS, Question, QuestionKind
from surveys.editor.feedback_settings import save_feedback_settings, settings_token
from surveys.editor.questionnaire import Questionnaire, add
from surveys.models import BallotBox, Survey
from surveys.opening import get_or_create_survey
from tests.concurrency import run_concurrently
from tests.surveys.conftest import NEXT_DAY, make_workshop
from workshops.models import Workshop

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def add_one(number: int) -> None:
    new = Question(f"q{number}", QuestionKind.LONG_TEXT, f"What about {number}?")
    questionnaire = Questionnaire("cohorts", Cohort.objects.get())
    questionnaire.save(lambda now: add(now, new, most=MOST_QUESTIONS))


def test_concurrent_additions_are_all_saved_until_the_list_is_full(cohort: Cohort) -> None:
    results = run_concurrently(
        [partial(add_one, number) for number in range(9)], refused=ValidationError
    )
    questions = Cohort.objects.get().questions

    assert len(questions) == MOST_QUESTIONS
    assert questions[:5] == default_questions()
    assert sum(isinstance(one, ValidationError) for one in results) == 2


def test_survey_that_is_sent_as_its_kind_gets_stronger_has_the_stronger_kind(
    cohort: Cohort,
) -> None:
    Cohort.objects.update(survey_kind=SurveyKind.NAMED)
    workshops = [make_workshop(cohort, position) for position in range(1, 7)]

    def strengthen() -> None:
        current = Cohort.objects.get()
        save_feedback_settings(
            current,
            kind=SurveyKind.ANONYMOUS,
            days=10,
            seen=settings_token(current),
            at=NEXT_DAY,
        )

    def send(workshop: Workshop) -> None:
        get_or_create_survey(Workshop.objects.select_related("cohort").get(pk=workshop.pk))

    run_concurrently([strengthen, *(partial(send, workshop) for workshop in workshops)])

    assert set(Survey.objects.values_list("kind", flat=True)) == {SurveyKind.ANONYMOUS}
    assert Survey.objects.count() == BallotBox.objects.count() == 6
