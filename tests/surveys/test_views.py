from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from cohorts.models import Membership
from surveys.links import path_of
from surveys.models import Receipt, Response, Survey
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, GiveAnswers, Join, mark
from workshops.models import Workshop

FULL = {
    "spoke_openly": "5",
    "new_perspective": "4",
    "do_differently": "3",
    "worth_time": "2",
    "change": "More tea",
}


@pytest.fixture(autouse=True)
def next_day() -> Any:
    with time_machine.travel(NEXT_DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def member(join: Join) -> Membership:
    return join(1)[0]


@pytest.fixture
def path(workshop: Workshop, member: Membership) -> str:
    return path_of(workshop.public_id, member.public_id)


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def results_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_results", args=[workshop.public_id])


def close_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_close", args=[workshop.public_id])


# Answering ------------------------------------------------------------------------------------------------------------


def test_link_shows_the_five_questions_and_does_nothing(client: Client, path: str) -> None:
    shown = page(client, path)

    for question in (
        "I could speak openly",
        "I met a perspective that was new to me",
        "I know one thing I will do differently",
        "The half day was worth my time",
        "What should we change for next time?",
    ):
        assert shown.count(question) == 1
    assert shown.count('type="radio"') == 20
    assert (
        "Two minutes. Your answers carry no name, and nobody sees them until five people have answered."
        in shown
    )
    assert "Thursday 8 April 2027" in shown  # closes
    assert not Survey.objects.exists()


def test_answers_are_taken_once_sent(client: Client, path: str) -> None:
    response = client.post(path, FULL)

    assert (response.status_code, response.headers["Location"]) == (302, "/feedback/thanks/")
    kept = Response.objects.get()
    assert (kept.spoke_openly, kept.new_perspective, kept.do_differently, kept.worth_time) == (5, 4, 3, 2)
    assert kept.change == "More tea"
    assert "Your answers are in, without your name." in page(client, "/feedback/thanks/")


def test_thanks_page_says_the_same_to_everybody(client: Client, participant_client: Client) -> None:
    assert page(client, "/feedback/thanks/") == page(participant_client, "/feedback/thanks/")


@pytest.mark.parametrize("name", ["spoke_openly", "change"])
def test_one_answer_is_enough(client: Client, path: str, name: str) -> None:
    client.post(path, {name: FULL[name]})

    assert Response.objects.count() == 1


@pytest.mark.parametrize("given", [{}, {"change": "   \r\n "}])
def test_no_answer_at_all_is_asked_for_one(client: Client, path: str, given: dict[str, str]) -> None:
    response = client.post(path, given)

    assert response.status_code == 200
    assert "Please answer at least one question, then send." in response.content.decode()
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"spoke_openly": "6"}, "Choose a number from 1 to 5."),
        ({"spoke_openly": "NaN"}, "Choose a number from 1 to 5."),
        ({"change": "x" * 2001}, "Please shorten this to 2,000 characters; it has 2001."),
        ({"change": "a\x00b"}, "There is a character in this that can’t be kept. Please type it again."),
    ],
)
def test_wrong_answer_is_told_and_the_others_are_kept(
    client: Client, path: str, wrong: dict[str, str], sentence: str
) -> None:
    response = client.post(path, {"worth_time": "2", "change": "Kept words", **wrong})

    shown = response.content.decode()
    assert response.status_code == 200
    assert sentence in shown
    assert 'name="worth_time" value="2"' in shown
    assert shown.count("checked") == 1
    assert (wrong.get("change", "Kept words")[:20]) in shown
    assert not Receipt.objects.exists()


def test_two_thousand_characters_are_counted_as_the_browser_counts(client: Client, path: str) -> None:
    words = "line\n" * 400
    client.post(path, {"change": words.replace("\n", "\r\n")})

    assert Response.objects.get().change == words.strip()


def test_spent_link_says_thank_you(client: Client, path: str) -> None:
    client.post(path, FULL)

    assert "Your answers are in, thank you" in page(client, path)
    again = client.post(path, {"spoke_openly": "1"})
    assert "Your answers are in, thank you" in again.content.decode()
    assert list(Response.objects.values_list("spoke_openly", flat=True)) == [5]


def test_closed_survey_says_when_it_closed(
    client: Client, path: str, survey: Survey, facilitator: User
) -> None:
    survey.close(by=facilitator, at=NEXT_DAY)

    assert "It closed on Friday 26 March 2027 at 1pm" in page(client, path)


def test_survey_that_closed_meanwhile_gives_the_words_back(
    client: Client, path: str, survey: Survey, facilitator: User
) -> None:
    survey.close(by=facilitator, at=NEXT_DAY)
    shown = client.post(path, FULL).content.decode()

    assert "This survey has closed" in shown
    assert '<p class="quote" dir="auto">More tea</p>' in shown
    assert not Response.objects.exists()


def test_cancelled_workshop_and_one_not_over_say_so(
    client: Client, path: str, workshop: Workshop, facilitator: User, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(minutes=1))
    assert "This workshop isn’t over yet" in page(client, path)
    workshop.cancel(by=facilitator, at=ENDS)
    assert "This workshop was cancelled" in page(client, path)
    workshop.reinstate(at=ENDS)
    workshop.unschedule()
    assert "It is getting another date." in page(client, path)


def test_somebody_who_left_or_was_not_there_can_still_answer(
    client: Client, path: str, member: Membership, workshop: Workshop
) -> None:
    mark(workshop, member, as_="absent")
    member.leave(by=None, at=NEXT_DAY)
    client.post(path, FULL)

    assert Receipt.objects.get().membership == member


@pytest.mark.parametrize("token", ["x", "a-b~c", "%00", "%E2%80%AE", "x" * 3000])
@pytest.mark.parametrize("method", ["get", "post"])
def test_mangled_link_is_told_kindly(client: Client, db: None, token: str, method: str) -> None:
    response = getattr(client, method)(f"/feedback/{token}/", {"spoke_openly": "5"})

    assert response.status_code == 404
    assert "This link isn’t one of ours" in response.content.decode()


def test_mail_scanner_that_opens_and_probes_the_link_answers_nothing(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.options(path).status_code == 405
    assert client.put(path).status_code == 405
    assert not Receipt.objects.exists()


# Beside the database --------------------------------------------------------------------------------------------------


def test_page_leaves_no_trace_in_cookies_sessions_or_caches(client: Client, path: str) -> None:
    opened = client.get(path)
    sent = client.post(path, FULL)
    client.get("/feedback/thanks/")

    assert set(client.cookies) == {"csrftoken"}
    assert not Session.objects.exists()
    assert getattr(cache, "_cache", {}) == {}
    for response in (opened, sent):
        assert "no-store" in response.headers["Cache-Control"]


def test_session_of_somebody_signed_in_is_not_written(path: str, member: Membership) -> None:
    client = Client()
    client.force_login(member.user)
    before = list(Session.objects.values_list())
    client.get(path)
    client.post(path, FULL)

    assert list(Session.objects.values_list()) == before


def test_nothing_is_logged_of_who_answered(
    client: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        client.post(path, FULL)

    assert [record for record in caplog.records if not record.name.startswith("asyncio")] == []


def test_back_office_has_neither_receipts_nor_responses() -> None:
    registered = set(admin.site._registry)

    assert Survey in registered
    assert not {Receipt, Response} & registered


def test_back_office_does_not_change_a_survey(administrator_client: Client, survey: Survey) -> None:
    assert administrator_client.get("/back-office/surveys/survey/").status_code == 200
    assert administrator_client.get(f"/back-office/surveys/survey/{survey.pk}/change/").status_code == 200
    assert administrator_client.get("/back-office/surveys/survey/add/").status_code == 403
    assert administrator_client.get(f"/back-office/surveys/survey/{survey.pk}/delete/").status_code == 403


# Results --------------------------------------------------------------------------------------------------------------


def test_convener_sees_a_count_and_a_rate_while_it_is_open(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, join: Join
) -> None:
    give(*([FULL | {"spoke_openly": 5, "change": "Secret words"}] * 6))
    join(2)
    shown = page(facilitator_client, results_path(workshop))

    assert "<strong>6 of 8</strong> answered (75%)." in shown
    assert "It closes on Thursday 8 April 2027." in shown
    assert "Secret words" not in shown
    assert "of 5 on average" not in shown
    assert "person-" not in shown
    assert "Person " not in shown


def test_member_sees_no_count_while_it_is_open(
    participant_client: Client, workshop: Workshop, give: GiveAnswers
) -> None:
    give(FULL, FULL)
    shown = page(participant_client, results_path(workshop))

    assert "The survey is open" in shown
    assert "answered (" not in shown
    assert "Close it now" not in shown


@pytest.mark.parametrize("role", ["facilitator_client", "participant_client", "administrator_client"])
def test_whole_cohort_reads_the_results_once_it_is_closed(
    role: str, request: pytest.FixtureRequest, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    client: Client = request.getfixturevalue(role)
    give(*({"spoke_openly": 4, "change": f"Words {number}"} for number in range(8)))
    give({"spoke_openly": 1, "change": "<b>bold</b>"})
    next_day.move_to(CLOSED)
    shown = page(client, results_path(workshop))

    # (8 × 4 + 1) / 9
    assert "<strong>3.7</strong> of 5 on average; 89% answered 4 or 5." in shown
    assert "1 answered 1, 0 answered 2, 0 answered 3, 8 answered 4, 0 answered 5" in shown
    assert shown.count("Fewer than 5 people answered this one, so it is not shown.") == 3
    assert shown.count('<blockquote class="quote" dir="auto">') == 9
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown


def test_too_few_answers_are_never_shown(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    give(*([{"spoke_openly": 4, "change": "Secret words"}] * 4))
    next_day.move_to(CLOSED)
    shown = page(facilitator_client, results_path(workshop))

    assert "Too few answers to show" in shown
    assert "Nothing of it is ever shown." in shown
    assert "Secret words" not in shown


def test_workshop_that_is_not_over_has_no_survey_yet(
    facilitator_client: Client, workshop: Workshop, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(hours=1))
    shown = page(facilitator_client, results_path(workshop))

    assert "Nobody has been asked yet" in shown
    assert "Close it now" not in shown


@pytest.mark.parametrize("path_to", [results_path, close_path])
@pytest.mark.parametrize("role", ["outsider_client", "other_facilitator_client"])
def test_stranger_finds_no_results(
    role: str, path_to: Any, request: pytest.FixtureRequest, workshop: Workshop
) -> None:
    client: Client = request.getfixturevalue(role)

    assert client.get(path_to(workshop)).status_code == 404
    assert client.post(path_to(workshop)).status_code == (405 if path_to is results_path else 404)


def test_visitor_is_asked_to_sign_in(client: Client, workshop: Workshop) -> None:
    response = client.get(results_path(workshop))

    assert response.headers["Location"] == f"/sign-in/?next={results_path(workshop)}"


def test_results_take_as_many_queries_for_thirty(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers, next_day: Any
) -> None:
    counts = []
    for people in (5, 25):
        next_day.move_to(NEXT_DAY)
        give(*([FULL | {"change": "Tea"}] * people))
        next_day.move_to(CLOSED)
        with CaptureQueriesContext(connection) as queries:
            page(facilitator_client, results_path(workshop))
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


# Closing --------------------------------------------------------------------------------------------------------------


def test_closing_is_asked_about_and_then_done(
    facilitator_client: Client, facilitator: User, workshop: Workshop, give: GiveAnswers
) -> None:
    give(*([FULL] * 5))
    asked = page(facilitator_client, close_path(workshop))
    assert "it can’t be opened again" in asked
    assert "What came of it is then shown to the whole cohort." in asked
    assert Survey.objects.get().is_closed(NEXT_DAY) is False

    response = facilitator_client.post(close_path(workshop))

    survey = Survey.objects.get()
    assert response.headers["Location"] == results_path(workshop)
    assert (survey.closing_at, survey.closed_by) == (NEXT_DAY, facilitator)
    assert "of 5 on average" in page(facilitator_client, results_path(workshop))


def test_closing_with_too_few_answers_is_warned_about(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers
) -> None:
    give(FULL)

    assert "If you close it now, nothing of what they said is ever shown" in page(
        facilitator_client, close_path(workshop)
    )


def test_closing_nobody_answered_closes_too(facilitator_client: Client, workshop: Workshop) -> None:
    facilitator_client.post(close_path(workshop))

    assert Survey.objects.get().is_closed(NEXT_DAY) is True


def test_survey_closes_only_once_and_only_after_the_workshop(
    facilitator_client: Client, administrator_client: Client, workshop: Workshop, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(seconds=1))
    assert facilitator_client.post(close_path(workshop)).headers["Location"] == results_path(workshop)
    assert not Survey.objects.exists()

    next_day.move_to(NEXT_DAY)
    facilitator_client.post(close_path(workshop))
    first = Survey.objects.values_list("closing_at", "closed_by").get()
    next_day.move_to(NEXT_DAY + timedelta(hours=1))
    administrator_client.post(close_path(workshop))

    assert Survey.objects.values_list("closing_at", "closed_by").get() == first


def test_participant_may_not_close(participant_client: Client, workshop: Workshop) -> None:
    assert participant_client.get(close_path(workshop)).status_code == 403
    assert participant_client.post(close_path(workshop)).status_code == 403
    assert not Survey.objects.exists()


def test_wrong_methods_are_refused(facilitator_client: Client, workshop: Workshop) -> None:
    assert facilitator_client.post(results_path(workshop)).status_code == 405
    assert facilitator_client.delete(close_path(workshop)).status_code == 405
    assert facilitator_client.post("/feedback/thanks/").status_code == 405


def test_answers_after_an_early_close_are_not_taken(
    client: Client,
    facilitator_client: Client,
    path: str,
    workshop: Workshop,
    survey: Survey,
    member: Membership,
) -> None:
    facilitator_client.post(close_path(workshop))
    client.post(path, FULL)

    assert not Receipt.objects.exists()
