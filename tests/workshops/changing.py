"""Helpers for the tests of moving, cancelling and reinstating a workshop."""

from collections.abc import Callable
from typing import Any

from tests.factories import STARTS
from workshops.changes.change_log import sequence_token
from workshops.models import Workshop


def url_of(workshop: Workshop, part: str) -> str:
    return f"/workshops/{workshop.public_id}/{part}/"


def reloaded(workshop: Workshop) -> Workshop:
    return Workshop.objects.get(pk=workshop.pk)


def text(response: Any) -> str:
    """Return the response's content with whitespace collapsed."""
    return " ".join(response.content.decode().split())


def planned_fourth(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    """Give the fourth workshop a venue and a date, 18 March 2027, and return it."""
    workshops[3].venue = "The Old Fire Station"
    workshops[3].save()
    return schedule(workshops[3], STARTS)


def move_to_library(workshop: Workshop) -> dict[str, str]:
    """Return form data that moves the workshop to the Library, on 25 March 2027 at 1:30pm."""
    return {
        "day": "2027-03-25",
        "starts": "13:30",
        "ends": "16:30",
        "venue": "Library",
        "link": "",
        "reason": "The fire station is flooded.",
        "override_reason": "",
        "seen": sequence_token([workshop]),
        "step": "do",
    }
