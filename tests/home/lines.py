"""Lines in the list of a cohort's messages: their URLs and the text of their pages."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort, Membership
from workshops.models import Workshop


def lines_of(cohort: Cohort, coming: Workshop, held: Workshop) -> list[dict[str, Any]]:
    """Return lines that are upcoming, without visible recipients, sent, and about no workshop."""
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


def messages_after_post(client: Client, address: str) -> list[str]:
    """Post to the URL and return the messages on the next page."""
    return [str(message) for message in client.post(address, follow=True).context["messages"]]
