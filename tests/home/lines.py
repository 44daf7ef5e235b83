"""Lines of a cohort's messages, as their addresses name them and as their pages tell of them."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort, Membership
from workshops.models import Workshop


def lines_of(cohort: Cohort, coming: Workshop, held: Workshop) -> list[dict[str, Any]]:
    """Of its messages: to come, told to nobody, gone out, about no workshop."""
    kinds = (
        ("day-before", coming),
        ("survey", coming),
        ("day-before", held),
        ("invitation", cohort),
    )
    return [
        {"public_id": cohort.public_id, "kind": kind, "subject_id": about.pk}
        for kind, about in kinds
    ]


def to(
    name: str, workshop: Workshop, kind: str = "week-before", member: Membership | None = None
) -> str:
    args = [workshop.cohort.public_id, kind, workshop.pk]
    return reverse(f"home:message_{name}", args=[*args, member.public_id] if member else args)


def words(client: Client, address: str) -> str:
    content = client.get(address).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", content).split())


def state_of(client: Client, workshop: Workshop, kind: str = "week-before") -> list[str]:
    page = client.get(reverse("home:message_list", args=[workshop.cohort.public_id]))
    return [line.state for line in page.context["timeline"].of(kind, workshop.pk)]


def pressed(client: Client, address: str) -> list[str]:
    """What the next page says of it."""
    return [str(said) for said in client.post(address, follow=True).context["messages"]]
