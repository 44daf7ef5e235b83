from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils.html import escape
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.feedback import SurveyKind
from surveys.links import SURVEY_LINK
from surveys.models import BallotBox, Comment, Receipt, Response, Survey
from surveys.release import release_due
from tests.concurrency import run_concurrently
from tests.reflections.test_encryption import new_key
from tests.surveys.conftest import CLOSED, ENDS, NEXT_DAY, GiveAnswers, Join, mark
from tests.surveys.pages import ANSWER_PATH, FULL, answer, page, session_of, start
from workshops.models import Workshop
from workshops.times import Arrangement


@pytest.fixture(autouse=True)
def next_day() -> Any:
    with time_machine.travel(NEXT_DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def member(join: Join) -> Membership:
    return join(1)[0]


@pytest.fixture
def path(workshop: Workshop, member: Membership) -> str:
    return SURVEY_LINK.path(workshop.public_id, member.public_id)


# Answering a survey


def test_link_shows_a_start_page_and_saves_nothing(client: Client, path: str) -> None:
    shown = page(client, path)

    assert "Anonymous: your answers are not linked to your name." in shown
    assert (
        "There are 5 questions. They take two minutes, and you can answer them until Sunday "
        "4 April 2027." in shown
    )
    assert "I could speak openly" not in shown
    assert not Survey.objects.exists()


def test_start_shows_five_questions_at_an_address_without_token(client: Client, path: str) -> None:
    shown = start(client, path)

    assert path.split("/")[-2] not in shown

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
        "It takes two minutes. Your answers are not linked to your name, and nobody sees them "
        "until the survey has closed with at least five." in shown
    )
    assert "Sunday 4 April 2027" in shown  # closes
    assert not Survey.objects.exists()


@pytest.mark.parametrize(
    ("kind", "button", "fold", "fact"),
    [
        (
            SurveyKind.ANONYMOUS,
            "Send without my name",
            "How your answers stay anonymous",
            "We store your answers without your name, your address or a time.",
        ),
        (
            SurveyKind.LINKED,
            "Send",
            "How your answers stay confidential",
            "We store your answers with a code in place of your name, and without a time.",
        ),
        (
            SurveyKind.NAMED,
            "Send",
            "Who can see your answers",
            "We store your answers with your name.",
        ),
    ],
)
def test_page_says_what_its_kind_of_survey_promises(
    client: Client, path: str, cohort: Cohort, kind: SurveyKind, button: str, fold: str, fact: str
) -> None:
    Cohort.objects.update(survey_kind=kind)
    shown = start(client, path)

    assert f'<button class="button primary">{button}</button>' in shown
    assert f"<summary>{fold}</summary>" in shown
    assert fact in shown
    assert shown.count(str(kind.promise)) == 1
    assert ("not linked to your name" in shown) == (kind == SurveyKind.ANONYMOUS)
    answer(client, path, FULL)
    assert ("Nobody can tell which answers are yours" in page(client, path)) == (
        kind == SurveyKind.ANONYMOUS
    )


def test_thanks_are_true_for_every_kind_of_survey(client: Client) -> None:
    shown = page(client, "/feedback/thanks/")

    assert "Nor is anybody else, if the survey was anonymous or confidential." in shown
    assert "without your name" not in shown


def test_post_saves_answers(client: Client, path: str) -> None:
    response = answer(client, path, FULL)

    assert (response.status_code, response.headers["Location"]) == (302, "/feedback/thanks/")
    assert BallotBox.objects.get().read() == [
        {
            "spoke_openly": 5,
            "new_perspective": 4,
            "do_differently": 3,
            "worth_time": 2,
            "change": "More tea",
        }
    ]
    assert "We have your answers. We won’t ask you again about this workshop." in page(
        client, "/feedback/thanks/"
    )


def test_thanks_page_is_the_same_for_everybody(client: Client, participant_client: Client) -> None:
    assert page(client, "/feedback/thanks/") == page(participant_client, "/feedback/thanks/")


def test_thanks_page_says_what_happens_next_and_leads_on(client: Client, path: str) -> None:
    for shown in (page(client, "/feedback/thanks/"), used(client, path)):
        assert '<a class="button primary" href="/">Go to Today</a>' in shown
        assert "If you aren’t signed in, we ask for your e-mail address first" in shown
    assert "Nobody is shown them until the survey has closed." in page(client, "/feedback/thanks/")
    assert client.get("/").headers["Location"] == "/sign-in/?next=/"


def used(client: Client, path: str) -> str:
    answer(client, path, FULL)
    return page(client, path)


@pytest.mark.parametrize("name", ["spoke_openly", "change"])
def test_post_accepts_single_answer(client: Client, path: str, name: str) -> None:
    answer(client, path, {name: FULL[name]})

    release_due(at=CLOSED)
    assert Response.objects.count() == 1


@pytest.mark.parametrize("given", [{}, {"change": "   \r\n "}])
def test_post_without_answers_shows_error(client: Client, path: str, given: dict[str, str]) -> None:
    response = answer(client, path, given)

    assert response.status_code == 200
    assert "Answer at least one question." in response.content.decode()
    assert not Receipt.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"spoke_openly": "6"}, "Choose a number from 1 to 5."),
        ({"spoke_openly": "NaN"}, "Choose a number from 1 to 5."),
        ({"change": "x" * 2001}, "Shorten this to 2000 characters; it has 2001."),
        (
            {"change": "a\x00b"},
            "This contains a character that can’t be shown. Type it again.",
        ),
    ],
)
def test_post_with_invalid_answer_redisplays_other_answers(
    client: Client, path: str, wrong: dict[str, str], sentence: str
) -> None:
    response = answer(client, path, {"worth_time": "2", "change": "Kept words", **wrong})

    shown = response.content.decode()
    assert response.status_code == 200
    assert escape(sentence) in shown
    assert 'name="worth_time" value="2"' in shown
    assert shown.count("checked") == 1
    assert (wrong.get("change", "Kept words")[:20]) in shown
    assert not Receipt.objects.exists()


def test_length_limit_counts_characters_like_browser(client: Client, path: str) -> None:
    words = "line\n" * 400
    answer(client, path, {"change": words.replace("\n", "\r\n")})

    assert BallotBox.objects.get().read() == [{"change": words.strip()}]


def test_used_link_shows_thanks(client: Client, path: str) -> None:
    answer(client, path, FULL)

    assert "We have your answers, thank you" in page(client, path)
    again = answer(client, path, {"spoke_openly": "1"})
    assert "We have your answers, thank you" in again.content.decode()
    release_due(at=CLOSED)
    assert [one.answers["spoke_openly"] for one in Response.objects.all()] == [5]


def test_closed_survey_shows_closing_time(
    client: Client, path: str, survey: Survey, facilitator: User
) -> None:
    survey.close(by=facilitator, at=NEXT_DAY)

    assert "It closed on Friday 26 March 2027 at 1pm" in page(client, path)


def test_post_to_survey_closed_meanwhile_redisplays_text(
    client: Client, path: str, survey: Survey, facilitator: User
) -> None:
    survey.close(by=facilitator, at=NEXT_DAY)
    shown = answer(client, path, FULL).content.decode()

    assert "This survey has closed" in shown
    assert '<p class="quote" dir="auto">More tea</p>' in shown
    release_due(at=NEXT_DAY)
    assert not Response.objects.exists()


def test_post_with_a_lost_key_redisplays_answers(
    client: Client, path: str, give: GiveAnswers, settings: Settings
) -> None:
    give({"change": "Earlier words"})
    keys, settings.REFLECTION_KEYS = settings.REFLECTION_KEYS, [new_key()]
    response = answer(client, path, FULL)
    shown = " ".join(response.content.decode().split())

    assert response.status_code == 503
    assert (
        "Your answers were not saved, because the server is missing the key that encrypts them. "
        "They are still on this page." in shown
    )
    assert "More tea</textarea>" in shown
    assert shown.count("checked") == 4
    assert Receipt.objects.count() == 1
    settings.REFLECTION_KEYS = keys
    assert answer(client, path, FULL).status_code == 302
    assert sorted(one["change"] for one in BallotBox.objects.get().read()) == [
        "Earlier words",
        "More tea",
    ]


def test_page_explains_cancelled_or_unfinished_workshop(
    client: Client, path: str, workshop: Workshop, facilitator: User, next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(minutes=1))
    assert "This workshop isn’t over yet" in page(client, path)
    workshop.cancel(by=facilitator, at=ENDS)
    assert "This workshop was cancelled" in page(client, path)
    workshop.reinstate(at=ENDS)
    workshop.arrange(Arrangement(None, "", ""), at=ENDS)
    assert "It is getting another date." in page(client, path)


def test_former_or_absent_member_can_answer(
    client: Client, path: str, member: Membership, workshop: Workshop
) -> None:
    mark(workshop, member, as_="absent")
    member.leave(by=None, at=NEXT_DAY)
    answer(client, path, FULL)

    assert Receipt.objects.get().membership == member


@pytest.mark.parametrize("token", ["x", "a-b~c", "%00", "%E2%80%AE", "x" * 3000])
def test_damaged_link_shows_explanation(client: Client, db: None, token: str) -> None:
    for response in (
        client.get(f"/feedback/{token}/"),
        client.post(ANSWER_PATH, {"token": token}),
        client.post(ANSWER_PATH, {"session": token, "spoke_openly": "5"}),
    ):
        assert response.status_code == 404
        assert "This link doesn’t work" in response.content.decode()


def test_early_answer_does_not_fix_the_questions(client: Client, path: str, next_day: Any) -> None:
    next_day.move_to(ENDS - timedelta(minutes=1))
    shown = answer(client, path, FULL).content.decode()

    assert "This workshop isn’t over yet" in shown
    assert not Survey.objects.exists()


def test_page_opened_without_a_session_says_to_open_the_link_again(client: Client) -> None:
    assert "Open the link in your e-mail again" in page(client, ANSWER_PATH)


def test_answers_sent_after_four_hours_are_shown_again_and_not_saved(
    client: Client, path: str, next_day: Any
) -> None:
    session = session_of(path)
    next_day.move_to(NEXT_DAY + timedelta(hours=4, seconds=1))
    shown = client.post(ANSWER_PATH, {"session": session, **FULL}).content.decode()

    assert "Open the link in your e-mail again" in shown
    assert '<p class="quote" dir="auto">More tea</p>' in shown
    assert not Receipt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_thirty_concurrent_answers_with_one_link_count_once(path: str) -> None:
    session = session_of(path)

    def send() -> None:
        Client().post(ANSWER_PATH, {"session": session, **FULL})

    run_concurrently([send] * 30)

    assert Receipt.objects.count() == 1
    assert len(BallotBox.objects.get().read()) == 1


def test_mail_scanner_requests_save_nothing(client: Client, path: str) -> None:
    assert client.head(path).status_code == 200
    assert client.post(path).status_code == 405
    for address in (path, ANSWER_PATH):
        assert client.options(address).status_code == 405
        assert client.put(address).status_code == 405
    assert not Receipt.objects.exists()


# Answering a survey leaves no trace outside its tables


def test_page_sets_no_cookie_session_or_cache(client: Client, path: str) -> None:
    opened = client.get(path)
    sent = answer(client, path, FULL)
    client.get("/feedback/thanks/")

    assert not client.cookies
    assert not Session.objects.exists()
    assert getattr(cache, "_cache", {}) == {}
    for response in (opened, sent):
        assert "no-store" in response.headers["Cache-Control"]


def test_page_does_not_write_existing_session(path: str, member: Membership) -> None:
    client = Client()
    client.force_login(member.user)
    before = list(Session.objects.values_list())
    client.get(path)
    answer(client, path, FULL)

    assert list(Session.objects.values_list()) == before


def test_post_logs_nothing_about_respondent(
    client: Client, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        answer(client, path, FULL)

    assert [record for record in caplog.records if not record.name.startswith("asyncio")] == []


def test_admin_excludes_receipts_responses_and_ballot_boxes() -> None:
    registered = set(admin.site._registry)

    assert Survey in registered
    assert not {Receipt, Response, Comment, BallotBox} & registered


def test_admin_cannot_change_survey(administrator_client: Client, survey: Survey) -> None:
    assert administrator_client.get("/back-office/surveys/survey/").status_code == 200
    assert (
        administrator_client.get(f"/back-office/surveys/survey/{survey.pk}/change/").status_code
        == 200
    )
    assert administrator_client.get("/back-office/surveys/survey/add/").status_code == 403
    assert (
        administrator_client.get(f"/back-office/surveys/survey/{survey.pk}/delete/").status_code
        == 403
    )
