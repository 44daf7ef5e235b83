"""Who sees people's names beside their answers: conveners alone, and only in a named survey."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from accounts.models import User
from cohorts.models import Membership
from programmes.feedback import SurveyKind
from surveys.models import Comment, Survey
from surveys.named import named_answers
from surveys.release import release_due
from surveys.submission import submit
from tests.people import signed_in
from tests.surveys.conftest import CLOSED, NEXT_DAY, Join
from tests.surveys.pages import page, results_path
from workshops.models import Workshop

CONVENERS = ["facilitator", "administrator"]


@pytest.fixture
def closed(survey: Survey, join: Join) -> Any:
    """A function that gives five answers to a survey of this kind, and closes it."""

    def close(kind: SurveyKind, number: int = 5) -> Survey:
        Survey.objects.update(kind=kind)
        for place, member in enumerate(join(number)):
            answers = {"worth_time": 4, "change": f"Tea {place}"}
            submit(survey=survey, membership=member, answers=answers, at=NEXT_DAY)
        release_due(at=CLOSED)
        survey.refresh_from_db()
        return survey

    return close


@pytest.fixture(autouse=True)
def after_closing() -> Any:
    with time_machine.travel(CLOSED, tick=False) as traveller:
        yield traveller


@pytest.mark.parametrize("role", CONVENERS)
def test_conveners_see_a_table_of_people_and_answers(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, closed: Any
) -> None:
    survey = closed(SurveyKind.NAMED)
    shown = page(signed_in(request.getfixturevalue(role)), results_path(workshop))

    assert "Answers by person" in shown
    rows = named_answers(survey, CLOSED)
    assert [one.member.user.name for one in rows] == sorted(one.member.user.name for one in rows)
    for row in rows:
        place = row.answers[-1][1]
        assert [answer for _, answer in row.answers] == ["", "", "", "4", place]
        assert f'<th scope="row">{row.member.user}</th>' in shown
    assert sorted(row.answers[-1][1] for row in rows) == [f"Tea {n}" for n in range(5)]


def test_participants_see_figures_alone_and_comments_once_they_are_read(
    participant: User, workshop: Workshop, closed: Any
) -> None:
    closed(SurveyKind.NAMED)
    shown = page(signed_in(participant), results_path(workshop))
    assert "to the nearest half" in shown
    assert "These comments are being read first" in shown
    assert "Tea" not in shown
    Comment.objects.update(decision=Comment.Decision.SHOWN, read_at=CLOSED)
    shown = page(signed_in(participant), results_path(workshop))
    assert shown.count("<blockquote") == 5
    assert "Answers by person" not in shown
    assert "Person " not in shown


@pytest.mark.parametrize("role", [*CONVENERS, "participant"])
def test_too_few_answers_are_shown_to_conveners_alone(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, closed: Any
) -> None:
    closed(SurveyKind.NAMED, 3)
    shown = page(signed_in(request.getfixturevalue(role)), results_path(workshop))
    assert ("Answers by person" in shown) is (role in CONVENERS)
    assert ("Tea 1" in shown) is (role in CONVENERS)


@pytest.mark.parametrize("kind", [SurveyKind.ANONYMOUS, SurveyKind.LINKED])
@pytest.mark.parametrize("role", CONVENERS)
def test_answers_to_other_surveys_are_shown_without_people(
    role: str, kind: SurveyKind, request: pytest.FixtureRequest, workshop: Workshop, closed: Any
) -> None:
    survey = closed(kind)
    assert named_answers(survey, CLOSED) == []
    shown = page(signed_in(request.getfixturevalue(role)), results_path(workshop))
    assert "to the nearest half" in shown
    assert "Answers by person" not in shown
    assert "Tea" not in shown
    assert "Person " not in shown


def test_nothing_is_shown_by_person_before_the_survey_closes(
    workshop: Workshop, closed: Any, after_closing: Any
) -> None:
    closed(SurveyKind.NAMED)
    assert named_answers(Survey.objects.get(), NEXT_DAY) == []


def test_people_whose_data_is_deleted_are_left_out(closed: Any) -> None:
    survey = closed(SurveyKind.NAMED)
    gone = Membership.objects.exclude(responses=None)[0]
    gone.responses.update(membership=None)
    assert len(named_answers(survey, CLOSED)) == 4
