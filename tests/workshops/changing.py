"""What the tests of moving, cancelling and reinstating share."""

from typing import Any

from workshops.models import Workshop


def at(workshop: Workshop, part: str) -> str:
    return f"/workshops/{workshop.public_id}/{part}/"


def fresh(workshop: Workshop) -> Workshop:
    return Workshop.objects.get(pk=workshop.pk)


def text(response: Any) -> str:
    """As it is read: on one line."""
    return " ".join(response.content.decode().split())
