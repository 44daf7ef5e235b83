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
from programmes.models import Programme
from workshops.models import Workshop


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def leave_url(member: Membership) -> str:
    return reverse("cohorts:member_leave", args=[member.public_id])


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.get()


@pytest.fixture
def has_entries(cohort: Cohort, member: Membership) -> None:
    """Two workshops to come that are in the member's calendar."""
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


@pytest.mark.parametrize(("notice", "silently"), [("send", False), ("none", True)])
def test_leave_sends_an_email_unless_the_facilitator_chooses_none(
    facilitator_client: Client,
    member: Membership,
    has_entries: None,
    notice: str,
    silently: bool,
) -> None:
    facilitator_client.post(leave_url(member), {"notice": notice})
    member.refresh_from_db()
    assert (member.is_active, member.left_silently) == (False, silently)


def test_leave_without_a_choice_about_e_mail_asks_again(
    facilitator_client: Client, member: Membership, has_entries: None
) -> None:
    response = facilitator_client.post(leave_url(member))
    assert response.context["form"].errors == {"notice": ["Choose whether to send e-mail."]}
    member.refresh_from_db()
    assert member.is_active


def test_leave_says_beforehand_that_no_email_is_sent(
    facilitator_client: Client, member: Membership
) -> None:
    page = text(facilitator_client.get(leave_url(member)))
    assert ("They get no e-mail about it" in page, "Send them an e-mail" in page) == (True, False)
    facilitator_client.post(leave_url(member))
    member.refresh_from_db()
    assert (member.is_active, member.left_silently) == (False, False)


def test_one_and_several_people_are_removed_with_the_same_words(
    facilitator_client: Client, cohort: Cohort, member: Membership, has_entries: None
) -> None:
    one = text(facilitator_client.get(leave_url(member)))
    several = reverse("cohorts:member_remove", args=[cohort.public_id])
    chosen = text(facilitator_client.post(several, {"members": [member.public_id]}))
    for words in (
        "What stays:",
        "What stops:",
        "You can add them again at any time",
        "Tell them by e-mail?",
        "It says that they are no longer in this cohort",
        "The workshops stay in their calendar until they delete them.",
    ):
        assert (one.count(words), chosen.count(words)) == (1, 1), words


def test_move_says_beforehand_which_emails_are_sent(
    facilitator_client: Client, facilitator: User, member: Membership, programme: Programme
) -> None:
    other = Cohort.objects.create(programme=programme, name="Tees Valley", place="Tees Valley")
    Membership.objects.create(cohort=other, user=facilitator, role=Membership.Role.FACILITATOR)
    move_url = reverse("cohorts:member_move", args=[member.public_id])
    removes = "remove the North East, spring 2027 workshops from their calendar"
    page = text(facilitator_client.get(move_url))
    assert ("We’ll send them an invitation" in page, removes in page) == (True, False)


def test_move_says_that_entries_leave_the_calendar(
    facilitator_client: Client, member: Membership, has_entries: None
) -> None:
    page = text(facilitator_client.get(reverse("cohorts:member_move", args=[member.public_id])))
    assert "remove the North East, spring 2027 workshops from their calendar" in page
    member.refresh_from_db()
    assert member.is_active
