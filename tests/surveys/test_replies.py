"""“You said, we did”: who writes the reply to feedback, and where the cohort reads it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from surveys.anonymisation import delete_replies
from surveys.links import SURVEY_LINK
from surveys.models import FeedbackReply, Survey
from surveys.release import release_due
from surveys.replies import save_reply, version_of
from tests.concurrency import run_concurrently
from tests.people import signed_in
from tests.surveys.conftest import CLOSED, ENDS, STARTS, GiveAnswers, Join, make_workshop, mark
from tests.surveys.pages import page, results_path
from tests.surveys.sending import turn_at
from ui.version_token import StaleError
from workshops.models import Workshop

REPLY = "You asked for a longer break.\nFrom now on it is half an hour <b>long</b>."
SHOWN = "From now on it is half an hour &lt;b&gt;long&lt;/b&gt;."
WEEKS = timedelta(weeks=3)


@pytest.fixture(autouse=True)
def after_closing() -> Any:
    with time_machine.travel(CLOSED, tick=False) as traveller:
        yield traveller


@pytest.fixture
def closed(give: GiveAnswers, survey: Survey) -> Survey:
    give(*[{"worth_time": 4}] * 5)
    release_due(at=CLOSED)
    return survey


def reply_path(workshop: Workshop) -> str:
    return reverse("surveys:reply_edit", args=[workshop.public_id])


def post(client: Client, workshop: Workshop, text: str, seen: str | None = None) -> Any:
    token = version_of(FeedbackReply.objects.first()) if seen is None else seen
    return client.post(reply_path(workshop), {"text": text, "seen": token})


def test_facilitator_replies_and_the_cohort_reads_it(
    facilitator_client: Client, participant_client: Client, workshop: Workshop, closed: Survey
) -> None:
    assert "You said, we did" not in page(participant_client, results_path(workshop))
    assert post(facilitator_client, workshop, REPLY).status_code == 302
    for path in (results_path(workshop), workshop.get_absolute_url()):
        shown = page(participant_client, path)
        assert "You said, we did" in shown
        assert SHOWN in shown
        assert "Ruth Okafor, Sunday 4 April 2027" in shown
    assert SHOWN in page(facilitator_client, reply_path(workshop))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "Enter your reply."),
        (" \n ", "Enter your reply."),
        ("x" * 1001, "Shorten this to 1000 characters; it has 1001."),
    ],
)
def test_bad_reply_is_an_error_that_keeps_the_text(
    text: str, error: str, facilitator_client: Client, workshop: Workshop, closed: Survey
) -> None:
    answer = post(facilitator_client, workshop, text)
    assert error in answer.content.decode()
    assert text.strip() in answer.content.decode()
    assert not FeedbackReply.objects.exists()


def test_reply_can_be_edited_and_deleted(
    facilitator_client: Client, workshop: Workshop, closed: Survey
) -> None:
    post(facilitator_client, workshop, REPLY)
    post(facilitator_client, workshop, "Something else.")
    assert FeedbackReply.objects.get().text == "Something else."
    post(facilitator_client, workshop, "")
    assert not FeedbackReply.objects.exists()


def test_reply_of_somebody_else_is_not_overwritten(
    facilitator_client: Client, administrator_client: Client, workshop: Workshop, closed: Survey
) -> None:
    seen = version_of(None)
    post(facilitator_client, workshop, REPLY)
    answer = post(administrator_client, workshop, "Mine", seen).content.decode()
    assert "Somebody else has saved a reply meanwhile." in answer
    assert SHOWN in answer
    assert "Mine" in answer
    assert FeedbackReply.objects.get().text.strip() == REPLY
    post(administrator_client, workshop, "Mine")
    assert FeedbackReply.objects.get().text == "Mine"


@pytest.mark.django_db(transaction=True)
def test_one_of_two_concurrent_replies_is_refused(
    closed: Survey, facilitator: User, administrator: User
) -> None:
    seen = version_of(None)
    acts = [
        partial(save_reply, survey=closed, text=by.name, seen=seen, by=by, at=CLOSED)
        for by in (facilitator, administrator)
    ]
    results = run_concurrently(acts, refused=StaleError)
    assert sorted(type(one).__name__ for one in results) == ["NoneType", "StaleError"]
    reply = FeedbackReply.objects.get()
    assert reply.text == reply.written_by.name if reply.written_by else False


def test_there_is_nothing_to_reply_to_before_results_are_shown(
    facilitator_client: Client, workshop: Workshop, give: GiveAnswers
) -> None:
    give(*[{"worth_time": 4}] * 4)
    release_due(at=CLOSED)
    assert facilitator_client.get(reply_path(workshop)).status_code == 302
    assert post(facilitator_client, workshop, REPLY).status_code == 302
    assert not FeedbackReply.objects.exists()
    assert "Reply to the cohort" not in page(facilitator_client, results_path(workshop))


def test_participant_cannot_reply_and_stranger_finds_nothing(
    participant_client: Client, outsider_client: Client, workshop: Workshop, closed: Survey
) -> None:
    assert post(participant_client, workshop, REPLY).status_code == 403
    assert post(outsider_client, workshop, REPLY).status_code == 404
    assert "Reply to the cohort" not in page(participant_client, results_path(workshop))
    assert not FeedbackReply.objects.exists()


def test_next_survey_and_its_email_have_the_latest_reply(
    closed: Survey,
    cohort: Cohort,
    facilitator: User,
    join: Join,
    mailoutbox: list[EmailMessage],
    after_closing: Any,
) -> None:
    save_reply(survey=closed, text=REPLY, seen=version_of(None), by=facilitator, at=CLOSED)
    second = make_workshop(cohort, 2, starts_at=STARTS + WEEKS, ends_at=ENDS + WEEKS)
    member = join(1)[0]
    mark(second, member, at=ENDS + WEEKS)
    mailoutbox.clear()
    turn_at(ENDS + WEEKS + timedelta(minutes=31))
    mail: Any = next(one for one in mailoutbox if one.to == [member.user.email])
    assert f"how it was. This is what your facilitators made of it:\n\n{REPLY}\n" in mail.body
    assert "&lt;b&gt;long&lt;/b&gt;" in mail.alternatives[0][0]
    after_closing.move_to(ENDS + WEEKS + timedelta(hours=1))
    shown = page(Client(), SURVEY_LINK.path(second.public_id, member.public_id))
    assert SHOWN in shown
    assert "After “Trust under strain”, you said how it was." in shown


def test_first_survey_has_no_reply(
    workshop: Workshop, join: Join, mailoutbox: list[EmailMessage], after_closing: Any
) -> None:
    member = join(1)[0]
    mark(workshop, member)
    turn_at(ENDS + timedelta(minutes=31))
    assert "you said how it was" not in mailoutbox[-1].body
    after_closing.move_to(ENDS + timedelta(hours=1))
    shown = page(Client(), SURVEY_LINK.path(workshop.public_id, member.public_id))
    assert "You said, we did" not in shown


def test_replies_go_with_the_cohorts_retention(
    closed: Survey, cohort: Cohort, facilitator: User, other_facilitator: User
) -> None:
    save_reply(survey=closed, text=REPLY, seen=version_of(None), by=facilitator, at=CLOSED)
    assert delete_replies(other_facilitator.memberships.get().cohort) == 0
    assert delete_replies(cohort) == 1
    assert not FeedbackReply.objects.exists()


def test_page_of_the_workshop_is_open_to_those_who_were_in_the_cohort(
    closed: Survey, workshop: Workshop, facilitator: User, participant: User
) -> None:
    save_reply(survey=closed, text=REPLY, seen=version_of(None), by=facilitator, at=CLOSED)
    participant.memberships.update(left_at=CLOSED)
    assert SHOWN in page(signed_in(participant), results_path(workshop))
