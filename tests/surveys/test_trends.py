"""The page that shows how the answers to a question changed from workshop to workshop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort, Membership
from programmes.questions import Question, QuestionKind
from surveys.models import Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from surveys.results import results_of_cohort
from surveys.submission import submit
from surveys.trends import trends
from tests.queries import CapturedQueries
from tests.surveys.conftest import CLOSED, ENDS, STARTS, Join, make_workshop, mark
from tests.surveys.pages import page
from ui.charts import line
from workshops.models import Workshop

WEEKS = timedelta(weeks=3)
NOW = CLOSED + 3 * WEEKS
PATH = "surveys:cohort_feedback"


@pytest.fixture(autouse=True)
def after_all() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def members(join: Join) -> list[Membership]:
    return join(10)


@pytest.fixture
def held(cohort: Cohort, members: list[Membership]) -> Any:
    """A function that adds a workshop with these answers to its survey, and ten attendees."""

    def hold(position: int, answers: list[dict[str, Any]]) -> Workshop:
        later = (position - 1) * WEEKS
        workshop = make_workshop(cohort, position, starts_at=STARTS + later, ends_at=ENDS + later)
        mark(workshop, *members)
        survey = get_or_create_survey(workshop)
        at = ENDS + later + timedelta(days=1)
        for member, given in zip(members, answers, strict=False):
            submit(survey=survey, membership=member, answers=given, at=at)
        release_due(at=CLOSED + later)
        return workshop

    return hold


def worth(*numbers: int) -> list[dict[str, Any]]:
    return [{"worth_time": number} for number in numbers]


def feedback_path(cohort: Cohort) -> str:
    return reverse(PATH, args=[cohort.public_id])


def test_points_are_exact_rounded_or_hidden_with_the_reason(cohort: Cohort, held: Any) -> None:
    held(1, worth(4, 4, 4, 4, 4, 4, 3, 3))  # 3.75
    held(2, worth(5, 5, 5, 5, 5))
    held(3, worth(5, 5, 5, 5))
    held(4, [{"spoke_openly": 3}] * 8)

    found = trends(results_of_cohort(cohort, NOW))
    trend = next(one for one in found if one.question.id == "worth_time")
    assert [(one.value, one.text, one.is_rounded) for one in trend.points] == [
        (3.8, "3.8", False),
        (4.5, "4.5 or more", True),
        (None, "Not shown: fewer than five people answered", False),
        (None, "Not shown: fewer than five people answered this question", False),
    ]
    assert [one.mark for one in trend.points] == ["3.8", "≥ 4.5", "", ""]
    assert [one.is_indicative for one in trend.points] == [False, True, False, False]


def test_open_survey_is_hidden_until_it_closes(cohort: Cohort, held: Any) -> None:
    held(1, worth(*[4] * 8))
    held(2, worth(*[4] * 8))
    trend = trends(results_of_cohort(cohort, CLOSED + timedelta(days=14)))[-1]
    assert trend.points[1].text == "Not shown yet: the survey is open until 25 April"


def test_questions_are_joined_by_their_id_and_worded_as_last(cohort: Cohort, held: Any) -> None:
    held(1, worth(*[4] * 8))
    held(2, worth(*[5] * 8))
    scale = Question("worth_time", QuestionKind.SCALE, "Was it worth it?", "No", "Yes")
    only_now = Question("pace", QuestionKind.SCALE, "The pace suited me", "No", "Yes")
    Survey.objects.filter(workshop__position=2).update(questions=(scale, only_now))

    found = trends(results_of_cohort(cohort, NOW))
    assert [(one.question.text, len(one.points)) for one in found] == [("Was it worth it?", 2)]


def test_choices_and_texts_have_no_mean(cohort: Cohort, held: Any) -> None:
    choice = Question("how", QuestionKind.CHOICE, "How?", options=("A", "B"))
    number = Question("people", QuestionKind.NUMBER, "How many people?", most=60)
    text = Question("change", QuestionKind.LONG_TEXT, "What should we change?")
    Cohort.objects.update(questions=(choice, number, text))
    cohort.refresh_from_db()
    answers = [{"how": "A", "people": number, "change": "Tea"} for number in range(1, 9)]
    held(1, answers)
    held(2, answers)
    found = trends(results_of_cohort(cohort, NOW))
    assert [(one.question.id, one.least, one.most) for one in found] == [("people", 0, 5)]


def test_question_of_another_kind_is_not_joined(cohort: Cohort, held: Any) -> None:
    held(1, worth(*[4] * 8))
    held(2, worth(*[4] * 8))
    number = Question("worth_time", QuestionKind.NUMBER, "How many minutes?", most=60)
    Survey.objects.filter(workshop__position=2).update(questions=(number,))
    assert trends(results_of_cohort(cohort, NOW)) == []


@pytest.mark.parametrize(
    "role", ["participant_client", "facilitator_client", "administrator_client"]
)
def test_page_shows_chart_and_table_to_the_cohort(
    role: str, request: pytest.FixtureRequest, cohort: Cohort, held: Any
) -> None:
    client: Client = request.getfixturevalue(role)
    held(1, worth(4, 4, 4, 4, 4, 4, 3, 3))
    held(2, worth(5, 5, 5, 5, 5))
    shown = page(client, feedback_path(cohort))

    assert "<title>The half day was worth my time</title>" in shown
    said = "Workshop 1: 3.8. Workshop 2: 4.5 or more, to the nearest half."
    assert f"<desc>{said} The table has the same numbers.</desc>" in shown
    # The other three questions were never answered, so they have a table alone.
    assert shown.count('class="trend"') == 1
    assert shown.count('%" r="6"') == 2
    assert shown.count('<circle class="rounded"') == 1
    assert shown.count('<line class="change"') == 1
    assert "<strong>3.8</strong>" in shown
    assert '<strong>4.5 or more</strong> <span class="soft">to the nearest half</span>' in shown
    assert shown.count('<span class="tag sun">Indicative</span>') == 3
    assert "Fewer than 60% of the people who were asked answered that survey" in shown


def test_page_says_that_there_is_nothing_to_compare(
    participant_client: Client, cohort: Cohort, held: Any
) -> None:
    held(1, worth(*[4] * 8))
    shown = page(participant_client, feedback_path(cohort))
    assert "Nothing to compare yet" in shown
    assert 'class="trend"' not in shown


@pytest.mark.parametrize("role", ["outsider_client", "other_facilitator_client"])
def test_page_is_not_found_by_strangers(
    role: str, request: pytest.FixtureRequest, cohort: Cohort
) -> None:
    client: Client = request.getfixturevalue(role)
    assert client.get(feedback_path(cohort)).status_code == 404


def test_number_of_queries_does_not_grow(
    participant_client: Client, cohort: Cohort, held: Any
) -> None:
    held(1, worth(*[4] * 8))
    page(participant_client, feedback_path(cohort))
    with CapturedQueries() as few:
        page(participant_client, feedback_path(cohort))
    for position in range(2, 5):
        held(position, worth(*[4] * 8))
    with CapturedQueries() as many:
        page(participant_client, feedback_path(cohort))
    assert len(many) == len(few)


def test_line_is_broken_where_a_point_is_not_shown() -> None:
    class Plotted:
        label, mark, words, is_rounded = "1", "3", "Three.", False

        def __init__(self, value: float | None) -> None:
            self.value = value

    dots = line([Plotted(value) for value in (1, 5, None, 3)], 1, 5)
    assert [(dot.x, dot.y) for dot in dots] == [
        (12.5, 72.0),
        (37.5, 22.0),
        (62.5, None),
        (87.5, 47.0),
    ]
    assert [(dot.from_x, dot.from_y) for dot in dots] == [
        (None, None),
        (12.5, 72.0),
        (None, None),
        (None, None),
    ]
