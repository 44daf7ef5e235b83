"""The page that removes a member, and the e-mail about it."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from workshops.models import Workshop


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def leave_url(member: Membership) -> str:
    return reverse("cohorts:member_leave", args=[member.public_id])


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.get()


@pytest.mark.parametrize(
    ("choice", "silently"), [({}, False), ({"notify": "yes"}, False), ({"notify": "no"}, True)]
)
def test_leave_sends_an_email_unless_the_facilitator_chooses_none(
    facilitator_client: Client, member: Membership, choice: dict[str, str], silently: bool
) -> None:
    facilitator_client.post(leave_url(member), choice)
    member.refresh_from_db()
    assert (member.is_active, member.left_silently) == (False, silently)


def test_leave_says_beforehand_which_email_is_sent(
    facilitator_client: Client, cohort: Cohort, member: Membership
) -> None:
    page = text(facilitator_client.get(leave_url(member)))
    assert ("They get no e-mail about it" in page, "Send one e-mail" in page) == (True, False)
    now = timezone.now()
    Membership.objects.filter(pk=member.pk).update(joined_at=now - timedelta(days=9))
    for position in (1, 2):
        starts_at = now + timedelta(days=7 * position)
        workshop = Workshop.objects.create(
            cohort=cohort,
            position=position,
            title=f"Workshop {position}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=3),
            scheduled_at=now - timedelta(days=8),
        )
        Message.objects.create(
            kind="calendar",
            key=f"calendar:{workshop.pk}",
            recipient=member.user,
            group_id=cohort.pk,
            subject_id=workshop.pk,
            membership_id=member.pk,
            calendar="BEGIN:VCALENDAR",
            made_at=now,
            due_at=now,
            expires_at=starts_at,
            try_at=now,
            outcome="sent",
            sent_at=now,
        )
    page = text(facilitator_client.get(leave_url(member)))
    assert ("They get no e-mail about it" in page, "Send one e-mail" in page) == (False, True)
    member.refresh_from_db()
    assert member.is_active
