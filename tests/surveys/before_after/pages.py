"""Helpers for the tests of the pages on which waves are answered."""

from __future__ import annotations

from typing import Any

from django.test import Client

from cohorts.models import Membership
from surveys.before_after.links import (
    COLLEAGUE_LINK,
    WAVE_LINK,
    asked_colleague_of,
    invitee_of,
)
from surveys.models import Colleague, Wave

ANSWER_PATH = "/before-and-after/answer/"
COLLEAGUE_PATH = "/before-and-after/seen/answer/"


def wave_path(wave: Wave, member: Membership) -> str:
    return WAVE_LINK.path(wave.public_id, member.public_id)


def start(client: Client, wave: Wave, member: Membership) -> str:
    """Start to answer a wave by its link, and return the page with the statements."""
    token = WAVE_LINK.token(wave.public_id, member.public_id)
    return " ".join(client.post(ANSWER_PATH, {"token": token}).content.decode().split())


def send(client: Client, wave: Wave, member: Membership, answers: dict[str, str]) -> Any:
    """Send answers to a wave, and return the response."""
    invitee = invitee_of(WAVE_LINK.token(wave.public_id, member.public_id))
    assert invitee
    return client.post(ANSWER_PATH, {"session": invitee.session, **answers})


def start_as_colleague(client: Client, person: Colleague) -> str:
    """Start to answer as a colleague, and return the page with the questions."""
    token = COLLEAGUE_LINK.token(person.public_id)
    return " ".join(client.post(COLLEAGUE_PATH, {"token": token}).content.decode().split())


def send_as_colleague(client: Client, person: Colleague, answers: dict[str, str]) -> Any:
    """Send what a colleague has seen, and return the response."""
    asked = asked_colleague_of(COLLEAGUE_LINK.token(person.public_id))
    assert asked
    return client.post(COLLEAGUE_PATH, {"session": asked.session, **answers})
