"""A cohort's messages, on its page and in its list of messages, and who can see them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.messages.undelivered import undelivered
from outbox.models import Message, SuppressedAddress
from outbox.rules import all_rules, kinds_used_by
from tests.factories import outcome_for
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.messages.announcements import ANNOUNCEMENT
from workshops.models import Workshop

NOW = datetime(2027, 3, 17, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """Stop the clock: these tests count days, which midnight would change while they run."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def workshop(cohort: Cohort, participant: User) -> Workshop:
    Membership.objects.update(joined_at=NOW - timedelta(days=30))
    starts = (NOW + timedelta(days=20)).replace(hour=9, minute=30, second=0, microsecond=0)
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        purpose="To begin.",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=NOW - timedelta(days=29),
    )


def message_to(user: User, cohort: Cohort, kind: str, **facts: object) -> Message:
    now = timezone.now()
    times = {"made_at": now, "due_at": NOW, "expires_at": now, "try_at": now, "sent_at": now}
    words = {
        "subject": f"About {kind}",
        "text": f"Dear {user.name}, at https://private-link.invalid/",
    }
    return Message.objects.create(
        kind=kind,
        key=f"{kind}:{user.pk}",
        recipient=user,
        group_id=cohort.pk,
        subject_id=1,
        outcome=outcome_for({**times, **facts}),
        **times,
        **words,
        **facts,
    )


def test_rules_of_features_that_the_cohort_does_not_use_are_not_asked(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = replace(ANNOUNCEMENT, kind="of-sets", feature="uses_sets")
    monkeypatch.setitem(all_rules(), rule.kind, rule)

    cohort.uses_sets = True
    with_sets = kinds_used_by(cohort)
    cohort.uses_sets = False
    without = kinds_used_by(cohort)

    assert "of-sets" in with_sets
    assert "of-sets" not in without


def test_list_shows_upcoming_messages_by_the_sending_rules(
    facilitator_client: Client, workshop: Workshop
) -> None:
    page = facilitator_client.get(reverse("home:message_list", args=[workshop.cohort.public_id]))

    coming = [line for line in page.context["timeline"].after if line.is_to_come]
    assert [line.batch.kind for line in coming] == [
        "week-before",
        "day-before",
        "survey",
        "survey-nudge",
        "survey-nudge-2",
    ]
    assert {line.batch.people for line in coming} == {1}
    assert "First reminder" in page.content.decode()


def test_list_of_a_cohort_without_dates_explains_why_it_is_empty(
    facilitator_client: Client, cohort: Cohort
) -> None:
    page = facilitator_client.get(
        reverse("home:message_list", args=[cohort.public_id])
    ).content.decode()

    assert "Invitations go out as soon as the workshops have dates" in page


def test_cancelled_workshop_has_no_upcoming_messages(
    facilitator_client: Client, facilitator: User, workshop: Workshop
) -> None:
    workshop.cancel(by=facilitator, at=NOW)

    page = facilitator_client.get(reverse("home:message_list", args=[workshop.cohort.public_id]))

    assert [line for line in page.context["timeline"].after if line.is_to_come] == []


def test_sent_message_is_shown_in_full_without_its_private_link(
    facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    message = message_to(participant, cohort, "day-before")

    page = facilitator_client.get(
        reverse("home:message_detail", args=[message.public_id])
    ).content.decode()

    assert "Dear Amina Rahman, at (a private link, only in the e-mail)" in page
    assert "private-link.invalid" not in page


@pytest.mark.parametrize("kind", ["survey", "survey-nudge", "survey-nudge-2"])
def test_recipients_of_survey_messages_are_hidden(
    kind: str,
    facilitator_client: Client,
    administrator_client: Client,
    cohort: Cohort,
    participant: User,
) -> None:
    message = message_to(participant, cohort, kind)
    address = reverse("home:message_detail", args=[message.public_id])

    for client in (facilitator_client, administrator_client):
        page = client.get(reverse("home:message_list", args=[cohort.public_id])).content.decode()
        assert "Amina" not in page
        assert message.public_id not in page
        assert client.get(address).status_code == 404
    assert signed_in(participant).get(address).status_code == 200


def test_participant_cannot_read_messages_to_others(
    participant_client: Client, facilitator: User, cohort: Cohort
) -> None:
    message = message_to(facilitator, cohort, "day-before")

    assert (
        participant_client.get(reverse("home:message_detail", args=[message.public_id])).status_code
        == 404
    )


@pytest.mark.parametrize(("sent_after", "is_listed"), [(-1, True), (1, False)])
@pytest.mark.parametrize("ended", ["failed_at", "bounced_at"])
def test_failure_is_shown_until_a_later_message_is_delivered(
    ended: str, sent_after: int, is_listed: bool, cohort: Cohort, participant: User
) -> None:
    lost, other = (message_to(participant, cohort, kind) for kind in ("day-before", "week-before"))
    sent_at = NOW - timedelta(minutes=5) if ended == "bounced_at" else None
    Message.objects.filter(pk=lost.pk).update(
        outcome="bounced" if sent_at else "refused",
        sent_at=sent_at,
        reason="550 spam",
        **{ended: NOW},
    )
    Message.objects.filter(pk=lost.pk).update(due_at=NOW - timedelta(hours=1))
    Message.objects.filter(pk=other.pk).update(sent_at=NOW + timedelta(minutes=sent_after))

    found = undelivered(cohort, cohort.memberships.all(), NOW + timedelta(hours=1))

    assert [one.failed.message for one in found] == [lost] * is_listed


def test_failed_message_shows_the_reason(
    facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    message = message_to(participant, cohort, "day-before")
    Message.objects.update(
        outcome="refused",
        sent_at=None,
        failed_at=NOW,
        reason="The mail server refused it: 550 No such person",
    )

    page = facilitator_client.get(
        reverse("home:message_detail", args=[message.public_id])
    ).content.decode()

    assert "550 No such person" in page
    assert "1 failed" in facilitator_client.get(cohort.get_absolute_url()).content.decode()


def test_people_who_join_on_one_day_share_a_line(
    facilitator_client: Client, cohort: Cohort, workshop: Workshop
) -> None:
    """The number of lines, queries and bytes does not grow with people who join one by one."""
    address = reverse("home:message_list", args=[cohort.public_id])
    sizes, queries = [], []
    for count in (3, 60):
        for number in range(count):
            user = User.objects.create_user(f"{count}-{number}@example.org", f"Person {number}")
            joined = NOW - timedelta(days=3, minutes=number)
            member = Membership.objects.create(cohort=cohort, user=user, joined_at=joined)
            message_to(user, cohort, "invitation")
            Message.objects.filter(recipient=user).update(
                due_at=joined, sent_at=joined, subject_id=cohort.pk, membership_id=member.pk
            )
        with CapturedQueries() as seen:
            page = facilitator_client.get(address)
        queries.append(len(seen))
        sizes.append(len(page.content))
    lines = page.context["timeline"].of("invitation", cohort.pk)
    assert [line.batch.counts["sent"] for line in lines if line.batch.counts.get("sent")] == [63]
    assert queries[0] == queries[1] <= 12
    assert sizes[1] - sizes[0] < 500


def test_past_is_folded_by_month(
    facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    days = (datetime(2026, 1, 20, 12, tzinfo=UTC), datetime(2026, 2, 20, 12, tzinfo=UTC))
    for number, day in enumerate(days):
        message = message_to(participant, cohort, "invitation")
        Message.objects.filter(pk=message.pk).update(
            due_at=day, sent_at=day, subject_id=number + 1, key=f"past-{number}"
        )
    address = reverse("home:message_list", args=[cohort.public_id])
    page = facilitator_client.get(address)
    assert [one.key for one in page.context["months"]] == ["2026-02", "2026-01"]
    text = page.content.decode()
    assert '<details class="fold">' in text
    assert '<h2 id="past">February 2026</h2>' in text
    assert '<a href="?month=2026-01#past">January 2026</a>' in text
    chosen = facilitator_client.get(address, {"month": "2026-01"}).content.decode()
    assert '<details class="fold" open>' in chosen
    assert '<h2 id="past">January 2026</h2>' in chosen
    assert facilitator_client.get(address, {"month": "x"}).status_code == 200


def test_failures_of_one_address_are_one_line(cohort: Cohort, participant: User) -> None:
    for kind in ("week-before", "day-before"):
        message_to(participant, cohort, kind)
    Message.objects.update(outcome="refused", sent_at=None, failed_at=NOW, reason="550 spam")
    found = undelivered(cohort, cohort.memberships.all(), NOW)
    assert [one.failed.message.kind for one in found] == ["day-before"]


def test_suppressed_address_of_a_member_is_listed_once(
    facilitator_client: Client, cohort: Cohort, participant: User
) -> None:
    message = message_to(participant, cohort, "week-before")
    Message.objects.update(
        outcome="refused", sent_at=None, failed_at=NOW, reason="550 spam", address=participant.email
    )
    SuppressedAddress.objects.create(address=participant.email, bounced_at=NOW, source="refused")
    page = facilitator_client.get(reverse("home:message_list", args=[cohort.public_id]))
    assert [one.member.user for one in page.context["unreached"]] == [participant]
    assert page.context["undelivered"] == []

    # Our own error is not about the address, and the address of somebody who has left is not above.
    Message.objects.update(outcome="our-error")
    found = undelivered(cohort, cohort.memberships.all(), NOW)
    assert [one.failed.message for one in found] == [message]
    Message.objects.update(outcome="refused")
    participant.memberships.get().leave(by=None, at=NOW)
    found = undelivered(cohort, cohort.memberships.all(), NOW)
    assert [one.failed.message for one in found] == [message]
