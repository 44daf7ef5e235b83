"""Helpers for the tests of the survey pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.test import Client
from django.urls import reverse

from cohorts.models import Membership
from surveys.answering.sessions import Session
from surveys.links import SURVEY_LINK, invitee_of
from surveys.models import Receipt
from workshops.models import Attendance, Workshop

ANSWER_PATH = "/feedback/answer/"
FULL = {
    "spoke_openly": "5",
    "new_perspective": "4",
    "do_differently": "3",
    "worth_time": "2",
    "change": "More tea",
}


FULL_ANSWERS = {name: int(value) if value.isdigit() else value for name, value in FULL.items()}


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def start(client: Client, path: str) -> str:
    """Start the survey of a link, and return the page with its questions."""
    response = client.post(ANSWER_PATH, {"token": path.split("/")[-2]})
    return " ".join(response.content.decode().split())


def session_of(path: str) -> str:
    """Return a session for the survey of a link, as the form has it once the survey is started."""
    invitee = invitee_of(path.split("/")[-2])
    assert invitee
    return Session(invitee).token()


def answer(client: Client, path: str, answers: dict[str, str]) -> Any:
    """Send answers to the survey of a link, and return the response."""
    return client.post(ANSWER_PATH, {"session": session_of(path), **answers})


def results_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_results", args=[workshop.public_id])


def close_path(workshop: Workshop) -> str:
    return reverse("surveys:survey_close", args=[workshop.public_id])


def survey_tokens(held: Workshop, coming: Workshop) -> Iterator[str]:
    """Yield the tokens of links to three surveys: unanswered, answered, and not yet open."""
    answered = Receipt.objects.filter(survey__workshop=held).values("membership")
    marked = Attendance.objects.in_the_room().filter(workshop=held)
    silent = marked.exclude(membership__in=answered).select_related("membership")[0].membership
    done = Membership.objects.filter(pk__in=answered)[0]
    yield SURVEY_LINK.token(held.public_id, silent.public_id)
    yield SURVEY_LINK.token(held.public_id, done.public_id)
    yield SURVEY_LINK.token(coming.public_id, silent.public_id)
