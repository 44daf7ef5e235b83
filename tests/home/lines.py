"""Helpers for the lines in a cohort's list of messages: their URLs, states and pages.

A line stands for all messages of one kind about one subject, such as a workshop's first reminder.
"""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from cohorts.models import Cohort, Membership
from workshops.models import Workshop


def lines_of(cohort: Cohort, coming: Workshop, held: Workshop) -> list[dict[str, Any]]:
    """Return the URL arguments of four lines.

    The lines are an upcoming reminder, a survey (whose recipients are hidden), a sent reminder, and
    the invitation, which is about no workshop.
    """
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
    about = workshop.cohort_id if kind == "calendar-entries" else workshop.pk
    args = [workshop.cohort.public_id, kind, about]
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
