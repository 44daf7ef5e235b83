"""Helpers for the tests of the pages on which questions are edited."""

from __future__ import annotations

from typing import Any

from django.test import Client
from django.urls import reverse

from programmes.feedback import default_questions, ready_questions
from programmes.questions import Question

OPENLY = default_questions()[0]
TRUST = ready_questions()[5]
NEW_ID = "0123456789abcdef0123456789abcdef"
OWN = {"text": "Was the room warm?", "options": "Yes\nNo", "new_id": NEW_ID}
ADDED = Question(NEW_ID, "choice", "Was the room warm?", options=("Yes", "No"))


def url(name: str, owner: Any, *more: str, place: str = "cohorts") -> str:
    return reverse(f"surveys:{name}", args=[place, owner.public_id, *more])


def shown(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def said(response: Any, client: Client) -> list[str]:
    """Follow the redirect, and return the messages of the page."""
    assert response.status_code == 302
    return [str(message) for message in client.get(response["Location"]).context["messages"]]
