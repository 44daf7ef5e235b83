"""Helpers for the tests of the pages on which people answer."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from cohorts.models import Membership
from relationships.links import ROUND_LINK, Invitee
from relationships.models import Round


def link_to(one: Round, member: Membership) -> str:
    return ROUND_LINK.path(one.public_id, member.public_id)


def started(client: Client, one: Round, member: Membership) -> Any:
    """Press Start on the page of a link, and return the response."""
    token = ROUND_LINK.token(one.public_id, member.public_id)
    return client.post(reverse("relationships:round_answer"), {"token": token})


def send(
    client: Client,
    act: str,
    one: Round,
    member: Membership,
    levels: dict[Membership, int] | None = None,
    **how: Any,
) -> Any:
    """Send the form of the list to `round_<act>`, and return the response."""
    data = {f"level-{other.public_id}": str(level) for other, level in (levels or {}).items()}
    data |= {"session": Invitee(one, member).session()}
    return client.post(reverse(f"relationships:round_{act}"), data, **how)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def path(name: str, one: Round, *more: str) -> str:
    return reverse(f"relationships:{name}", args=[one.cohort.public_id, *more])


def without_tokens(response: Any) -> str:
    """Return the text of a page without CSRF tokens, which differ each time."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text_of(response))
