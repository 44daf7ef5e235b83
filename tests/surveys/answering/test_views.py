from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse

from accounts.after_response import wait_for_work
from cohorts.models import Membership
from surveys.links import ROOM_LINK
from surveys.models import BallotBox, Receipt, Survey
from surveys.submission import submit
from tests.surveys.conftest import ENDS, NEXT_DAY, Join, make_workshop
from tests.surveys.pages import ANSWER_PATH, FULL
from workshops.models import Workshop

pytestmark = pytest.mark.either


@pytest.fixture(autouse=True)
def next_day() -> Any:
    with time_machine.travel(NEXT_DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def member(join: Join) -> Membership:
    return join(1)[0]


@pytest.fixture
def room(workshop: Workshop) -> str:
    return ROOM_LINK.path(workshop.public_id)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def ask_for_code(client: Client, room: str, email: str) -> str:
    """Ask for a code, and return the check in the form for it."""
    shown = text_of(client.post(room, {"email": email}))
    wait_for_work()
    return shown.split('name="check" value="')[1].split('"')[0]


def code_in(mailoutbox: list[EmailMessage]) -> str:
    [message] = mailoutbox
    found = re.search(r"[A-Z]{4}-[A-Z]{4}", str(message.body))
    assert found
    return found[0]


def test_participant_answers_in_the_room_with_an_emailed_code(
    client: Client, room: str, member: Membership, mailoutbox: list[EmailMessage]
) -> None:
    assert "Your e-mail address" in text_of(client.get(room))
    check = ask_for_code(client, room, f" {member.user.email.upper()} ")
    code = code_in(mailoutbox)
    shown = text_of(client.post(room, {"check": check, "code": code.lower().replace("-", " ")}))
    session = shown.split('name="session" value="')[1].split('"')[0]

    assert mailoutbox[0].to == [member.user.email]
    assert "I could speak openly" in shown
    assert client.post(ANSWER_PATH, {"session": session, **FULL}).status_code == 302
    assert Receipt.objects.get().membership == member
    assert len(BallotBox.objects.get().read()) == 1


def test_room_forgets_who_answered(
    client: Client, room: str, member: Membership, mailoutbox: list[EmailMessage]
) -> None:
    check = ask_for_code(client, room, member.user.email)
    client.post(room, {"check": check, "code": code_in(mailoutbox)})

    assert not client.cookies
    assert not Session.objects.exists()
    assert member.user.email not in text_of(client.get(room))


def test_room_does_not_tell_who_has_answered(
    client: Client, room: str, member: Membership, survey: Survey, mailoutbox: list[EmailMessage]
) -> None:
    """A facilitator who has corrected somebody's address can get their code."""
    submit(survey=survey, membership=member, answers={"worth_time": 1}, at=NEXT_DAY)
    check = ask_for_code(client, room, member.user.email)
    shown = text_of(client.post(room, {"check": check, "code": code_in(mailoutbox)}))
    session = shown.split('name="session" value="')[1].split('"')[0]

    assert "I could speak openly" in shown
    response = client.post(ANSWER_PATH, {"session": session, **FULL})
    assert (response.status_code, response.headers["Location"]) == (302, "/feedback/thanks/")
    assert BallotBox.objects.get().read() == [{"worth_time": 1}]


def test_page_is_the_same_for_an_address_that_is_not_known(
    client: Client, room: str, member: Membership, mailoutbox: list[EmailMessage]
) -> None:
    pages = []
    for email in (member.user.email, "nobody@example.org"):
        shown = text_of(client.post(room, {"email": email})).replace(email, "EMAIL")
        check = shown.split('name="check" value="')[1].split('"')[0]
        pages.append((shown.replace(check, "CHECK"), len(check)))
    wait_for_work()

    assert pages[0] == pages[1]
    assert [message.to for message in mailoutbox] == [[member.user.email]]


def test_facilitator_gets_no_code(
    client: Client, room: str, facilitator: Any, mailoutbox: list[EmailMessage]
) -> None:
    ask_for_code(client, room, facilitator.email)

    assert mailoutbox == []


@pytest.mark.parametrize("email", ["", "amina", "x" * 400 + "@example.org"])
def test_wrong_address_gets_an_error_beside_the_field(
    client: Client, room: str, email: str
) -> None:
    response = client.post(room, {"email": email})

    assert response.status_code == 200
    assert 'id="id_email_error"' in text_of(response)


def test_wrong_late_or_other_code_opens_nothing(
    client: Client,
    room: str,
    member: Membership,
    mailoutbox: list[EmailMessage],
    next_day: Any,
) -> None:
    check, other = ask_for_code(client, room, member.user.email), make_workshop(member.cohort, 2)
    code = code_in(mailoutbox)
    elsewhere = ROOM_LINK.path(other.public_id)

    for path, facts in (
        (room, {"check": check, "code": "BBBB-BBBB"}),
        (room, {"check": "x", "code": code}),
        (elsewhere, {"check": check, "code": code}),
    ):
        assert "Enter the code from the latest e-mail" in text_of(client.post(path, facts))
    next_day.move_to(NEXT_DAY + timedelta(minutes=15))
    late = text_of(client.post(room, {"check": check, "code": code}))
    assert "Enter the code from the latest e-mail" in late


def test_sixth_wrong_code_is_refused(
    client: Client, room: str, member: Membership, mailoutbox: list[EmailMessage]
) -> None:
    check = ask_for_code(client, room, member.user.email)
    statuses = [
        client.post(room, {"check": check, "code": "BBBB-BBBB"}).status_code for _ in range(6)
    ]

    assert statuses == [200] * 5 + [429]
    right = client.post(room, {"check": check, "code": code_in(mailoutbox)})
    assert "That was wrong too often. Ask for a new code." in text_of(right)


def test_room_says_that_the_workshop_is_not_over(
    client: Client, room: str, member: Membership, mailoutbox: list[EmailMessage], next_day: Any
) -> None:
    next_day.move_to(ENDS - timedelta(minutes=1))
    check = ask_for_code(client, room, member.user.email)

    shown = text_of(client.post(room, {"check": check, "code": code_in(mailoutbox)}))
    assert "This workshop isn’t over yet" in shown


def test_damaged_qr_address_shows_explanation(client: Client, db: None) -> None:
    response = client.get("/feedback/room/x~y/")

    assert response.status_code == 404
    assert "This link doesn’t work" in text_of(response)


def test_qr_page_shows_facilitators_a_code_of_the_room(
    facilitator_client: Client,
    participant_client: Client,
    outsider_client: Client,
    workshop: Workshop,
) -> None:
    path = reverse("surveys:survey_qr", args=[workshop.public_id])
    shown = text_of(facilitator_client.get(path))

    assert '<svg xmlns="http://www.w3.org/2000/svg"' in shown or "<svg" in shown
    assert ROOM_LINK.path(workshop.public_id) in shown
    assert participant_client.get(path).status_code == 403
    assert outsider_client.get(path).status_code == 404
    assert facilitator_client.post(path).status_code == 405
