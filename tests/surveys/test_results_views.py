from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils.html import urlize
from pytest_django.fixtures import Settings

from accounts.models import User
from surveys.links import SURVEY_LINK
from surveys.models import Comment, Receipt, Survey
from surveys.opening import get_or_create_survey
from surveys.release import release_due
from tests.lost_keys import lose_keys, replace_keys
from tests.queries import CapturedQueries
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, GiveAnswers, Join, make_workshop
from tests.surveys.pages import FULL, FULL_ANSWERS, answer, close_path, page, results_path
from workshops.models import Workshop


@pytest.fixture(autouse=True)
def next_day() -> Any:
    with time_machine.travel(NEXT_DAY, tick=False) as traveller:
        yield traveller


# The page of a survey's results


def test_results_show_count_and_rate_to_convener_while_open(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, join: Join
) -> None:
    give(*([FULL_ANSWERS | {"spoke_openly": 5, "change": "Secret words"}] * 6))
    join(2)
    shown = page(facilitator_client, results_path(workshop))

    assert "<strong>6 of 8</strong> answered (75%)." in shown
    assert "It closes on Sunday 4 April 2027." in shown
    assert "Secret words" not in shown
    assert "of 5 on average" not in shown
    assert "person-" not in shown
    assert "Person " not in shown


def test_results_hide_count_from_member_while_open(
    participant_client: Client, workshop: Workshop, give: GiveAnswers
) -> None:
    give(FULL_ANSWERS, FULL_ANSWERS)
    shown = page(participant_client, results_path(workshop))

    assert "The survey is open" in shown
    assert "answered (" not in shown
    assert "Close it now" not in shown


@pytest.mark.parametrize(
    "role", ["facilitator_client", "participant_client", "administrator_client"]
)
def test_results_are_visible_to_whole_cohort_once_closed(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    client: Client = request.getfixturevalue(role)
    give(*({"spoke_openly": 4, "change": f"Words {number}"} for number in range(8)))
    give({"spoke_openly": 1, "change": "<b>bold</b>"})
    next_day.move_to(CLOSED)
    release_due(at=CLOSED)
    Comment.objects.update(decision=Comment.Decision.SHOWN, read_at=CLOSED)
    shown = page(client, results_path(workshop))

    # The mean is (8 × 4 + 1) / 9 = 3.67.
    assert "<strong>3.7</strong> of 5 on average; 89% answered 4 or 5." in shown
    assert "1 answered 1, 0 answered 2, 0 answered 3, 8 answered 4, 0 answered 5" in shown
    assert shown.count("Fewer than five people answered this question, so it is not shown.") == 3
    assert shown.count('<blockquote class="quote" dir="auto">') == 9
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown


def test_results_are_hidden_with_too_few_answers(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    give(*([{"spoke_openly": 4, "change": "Secret words"}] * 4))
    next_day.move_to(CLOSED)
    release_due(at=CLOSED)
    shown = page(facilitator_client, results_path(workshop))

    assert "Too few answers to show" in shown
    assert "These answers are never shown to anybody." in shown
    assert "Secret words" not in shown


@pytest.mark.parametrize("role", ["facilitator_client", "participant_client"])
def test_results_say_that_they_are_being_prepared_until_they_are_released(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    client: Client = request.getfixturevalue(role)
    give(*([{"spoke_openly": 4, "change": "Secret words"}] * 6))
    next_day.move_to(CLOSED)
    shown = page(client, results_path(workshop))

    assert "Results will be here within a few minutes" in shown
    assert ("<strong>6 of 6</strong> answered" in shown) is (role == "facilitator_client")
    assert "Secret words" not in shown
    assert "of 5 on average" not in shown
    release_due(at=CLOSED)
    assert "of 5 on average" in page(client, results_path(workshop))


@pytest.mark.parametrize("role", ["facilitator_client", "participant_client"])
def test_results_say_that_answers_with_a_lost_key_cannot_be_decrypted(
    role: str,
    request: pytest.FixtureRequest,
    workshop: Workshop,
    give: GiveAnswers,
    next_day: Any,
    settings: Settings,
) -> None:
    client: Client = request.getfixturevalue(role)
    give(*([{"spoke_openly": 4}] * 6))
    keys = settings.REFLECTION_KEYS
    lose_keys(settings, client)
    next_day.move_to(CLOSED)
    release_due(at=CLOSED)
    shown = page(client, results_path(workshop))

    assert "These answers can’t be decrypted" in shown
    assert "once the key is back, they will be here within a few minutes" in shown
    assert f"Tell your programme’s host: {urlize(settings.HOST_CONTACT)}." in shown
    replace_keys(settings, keys, client)
    release_due(at=CLOSED)
    assert "of 5 on average" in page(client, results_path(workshop))


def test_results_before_workshop_ends_say_no_survey_yet(
    facilitator_client: Client, workshop: Workshop, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(hours=1))
    shown = page(facilitator_client, results_path(workshop))

    assert "Nobody has been asked yet" in shown
    assert "Close it now" not in shown


@pytest.mark.parametrize("path_to", [results_path, close_path])
@pytest.mark.parametrize("role", ["outsider_client", "other_facilitator_client"])
def test_results_return_404_for_non_member(
    role: str, path_to: Any, request: pytest.FixtureRequest, workshop: Workshop
) -> None:
    client: Client = request.getfixturevalue(role)

    assert client.get(path_to(workshop)).status_code == 404
    assert client.post(path_to(workshop)).status_code == (405 if path_to is results_path else 404)


def test_results_redirect_anonymous_user_to_sign_in(client: Client, workshop: Workshop) -> None:
    response = client.get(results_path(workshop))

    assert response.headers["Location"] == f"/sign-in/?next={results_path(workshop)}"


def test_results_query_count_is_constant(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    counts = []
    for number, people in enumerate((5, 25), 2):
        next_day.move_to(NEXT_DAY)
        another = make_workshop(workshop.cohort, number)
        give(*([FULL_ANSWERS | {"change": "Tea"}] * people), to=get_or_create_survey(another))
        next_day.move_to(CLOSED)
        release_due(at=CLOSED)
        with CapturedQueries() as queries:
            assert "of 5 on average" in page(facilitator_client, results_path(another))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


# Closing a survey


def test_close_asks_for_confirmation(
    facilitator_client: Client, facilitator: User, workshop: Workshop, give: GiveAnswers
) -> None:
    give(*([FULL_ANSWERS] * 5))
    asked = page(facilitator_client, close_path(workshop))
    assert "you can’t open it again" in asked
    assert "The results are then shown to the whole cohort." in asked
    assert Survey.objects.get().is_closed(NEXT_DAY) is False

    response = facilitator_client.post(close_path(workshop))

    survey = Survey.objects.get()
    assert response.headers["Location"] == results_path(workshop)
    assert (survey.closing_at, survey.closed_by) == (NEXT_DAY, facilitator)
    assert "of 5 on average" in page(facilitator_client, results_path(workshop))


def test_close_warns_about_too_few_answers(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers
) -> None:
    give(FULL_ANSWERS)

    assert "If you close it now, what they said is never shown to anybody" in page(
        facilitator_client, close_path(workshop)
    )


def test_close_with_a_lost_key_keeps_the_answers(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, settings: Settings
) -> None:
    give(*([FULL_ANSWERS] * 5))
    keys = settings.REFLECTION_KEYS
    lose_keys(settings, facilitator_client)
    closed = facilitator_client.post(close_path(workshop), follow=True)

    assert "These answers can’t be decrypted" in closed.content.decode()
    assert Survey.objects.get().is_closed(NEXT_DAY) is True
    replace_keys(settings, keys, facilitator_client)
    release_due(at=NEXT_DAY)
    assert "of 5 on average" in page(facilitator_client, results_path(workshop))


def test_close_works_without_answers(facilitator_client: Client, workshop: Workshop) -> None:
    facilitator_client.post(close_path(workshop))

    assert Survey.objects.get().is_closed(NEXT_DAY) is True


def test_close_is_refused_when_closed_or_before_workshop(
    facilitator_client: Client, administrator_client: Client, workshop: Workshop, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(seconds=1))
    assert facilitator_client.post(close_path(workshop)).headers["Location"] == results_path(
        workshop
    )
    assert not Survey.objects.exists()

    next_day.move_to(NEXT_DAY)
    facilitator_client.post(close_path(workshop))
    first = Survey.objects.values_list("closing_at", "closed_by").get()
    next_day.move_to(NEXT_DAY + timedelta(hours=1))
    administrator_client.post(close_path(workshop))

    assert Survey.objects.values_list("closing_at", "closed_by").get() == first


def test_close_is_forbidden_to_participant(participant_client: Client, workshop: Workshop) -> None:
    assert participant_client.get(close_path(workshop)).status_code == 403
    assert participant_client.post(close_path(workshop)).status_code == 403
    assert not Survey.objects.exists()


def test_views_refuse_wrong_methods(facilitator_client: Client, workshop: Workshop) -> None:
    assert facilitator_client.post(results_path(workshop)).status_code == 405
    assert facilitator_client.delete(close_path(workshop)).status_code == 405
    assert facilitator_client.post("/feedback/thanks/").status_code == 405


def test_answers_are_refused_after_early_close(
    client: Client, facilitator_client: Client, workshop: Workshop, join: Join
) -> None:
    facilitator_client.post(close_path(workshop))
    answer(client, SURVEY_LINK.path(workshop.public_id, join(1)[0].public_id), FULL)

    assert not Receipt.objects.exists()
