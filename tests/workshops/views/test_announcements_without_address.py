"""Announcements to people who don't all have an e-mail address."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from cohorts.enrolment import correct_address
from cohorts.models import Cohort, Membership
from outbox.models import Message
from outbox.queueing import generate
from tests.workshops.announcement_helpers import create_draft
from tests.workshops.changing import text
from tests.workshops.views.test_announcements import NOW, send, url_of
from workshops.models import Announcement

NOTE = "1 person has no e-mail address, so this message doesn’t reach them unless you add one."


@pytest.fixture
def walk_in(cohort: Cohort) -> Membership:
    user = User.objects.create_user("", "Abe Walker")
    member: Membership = Membership.objects.create(cohort=cohort, user=user)
    return member


def test_page_says_beforehand_who_is_not_reached(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    walk_in: Membership,
    join: Callable[..., Membership],
) -> None:
    ben = join("Ben Two")
    draft = create_draft(cohort, facilitator, NOW)
    page = facilitator_client.get(draft.get_absolute_url())
    assert NOTE in text(page)
    assert "Send to 1 person" in text(page)
    assert (page.context["audience"].people, page.context["chosen"]) == ([walk_in, ben], ben)
    assert f"/members/{walk_in.public_id}/address/" in page.content.decode()
    assert f"?to={walk_in.public_id}" not in page.content.decode()
    preview = f"{draft.get_absolute_url()}preview/{walk_in.public_id}/"
    assert facilitator_client.get(preview).status_code == 404
    assert send(facilitator_client, draft) == "It goes out to 1 person within a minute or two."
    assert [one.recipient for one in Message.objects.all()] == [ben.user]


def test_address_that_is_added_in_time_gets_the_message(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    walk_in: Membership,
    join: Callable[..., Membership],
) -> None:
    join("Ben Two")
    draft = create_draft(cohort, facilitator, NOW)
    send(facilitator_client, draft)
    draft.refresh_from_db()
    assert draft.confirmed_at is not None
    correct_address(
        user=walk_in.user, email="abe@example.org", by=facilitator, at=draft.confirmed_at
    )
    generate(draft.confirmed_at)
    assert Message.objects.filter(kind="announcement", recipient=walk_in.user).count() == 1


def test_page_of_sent_message_lists_who_has_no_address(
    facilitator_client: Client,
    facilitator: User,
    cohort: Cohort,
    walk_in: Membership,
    join: Callable[..., Membership],
) -> None:
    join("Ben Two")
    draft = create_draft(cohort, facilitator, NOW)
    send(facilitator_client, draft)

    page = facilitator_client.get(draft.get_absolute_url())

    assert page.context["without_address"] == [walk_in]
    assert "To 1 person, by e-mail." in text(page)
    assert "1 without an e-mail address" in text(page)
    assert f"/members/{walk_in.public_id}/address/" in page.content.decode()


def test_message_to_nobody_with_an_address_cannot_be_sent(
    facilitator_client: Client, facilitator: User, cohort: Cohort, walk_in: Membership
) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    page = text(facilitator_client.get(draft.get_absolute_url()))
    assert "Nobody in this audience has an e-mail address." in page
    assert "Send to" not in page
    facilitator_client.post(url_of(draft, "send"), {"seen": "0-x-y"})
    assert Announcement.objects.unconfirmed().get() == draft


def test_tick_boxes_say_who_has_no_address(
    facilitator_client: Client, cohort: Cohort, walk_in: Membership
) -> None:
    page = text(facilitator_client.get(url_of(cohort, "create")))
    assert page.count("No e-mail address") == 1
