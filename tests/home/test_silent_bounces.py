"""Tests that pages reveal neither kind nor day of a bounced message, if its kind is in HIDDEN."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.bounces.suppression import Source, record_bounce, record_refusal
from outbox.models import Message, SuppressedAddress
from tests.factories import outcome_for
from tests.people import signed_in
from tests.queries import CapturedQueries
from workshops.models import Workshop

pytestmark = [pytest.mark.django_db, pytest.mark.either, pytest.mark.long]

NOW = datetime(2027, 3, 24, 12, tzinfo=UTC)
HIDDEN = [
    *("survey", "survey-nudge", "survey-nudge-2", "wave", "wave-nudge", "wave-nudge-2"),
    *("wave-colleague", "look-back", "reply-digest"),
    *("partnership-agree-outside", "partnership-check-outside", "partnership-check"),
]
# Many mail servers put the time into their replies, so a shown reply would reveal the day.
SAID = "550 5.1.1 <amina.rahman@example.org> no such user [{at:%Y-%m-%dT%H:%M} x17si12345ejc]"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    Membership.objects.update(joined_at=NOW - timedelta(days=60))
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=NOW - timedelta(days=9),
        ends_at=NOW - timedelta(days=9) + timedelta(hours=3),
        scheduled_at=NOW - timedelta(days=50),
    )


def sent(kind: str, workshop: Workshop, person: User, at: datetime, **facts: object) -> Message:
    usual: dict[str, object] = {
        "key": f"{kind}:{at}",
        "kind": kind,
        "recipient": person,
        "address": person.email,
        "group_id": workshop.cohort_id,
        "subject_id": workshop.pk,
        "subject": f"About {kind}",
        "text": "Words",
        "made_at": at,
        "due_at": at,
        "try_at": at,
        "expires_at": at + timedelta(days=20),
        "sent_at": at,
    }
    usual |= facts
    return Message.objects.create(**{"outcome": outcome_for(usual), **usual})


def bounce(message: Message, at: datetime, how: str = "report") -> None:
    """Record that the message bounced: by a later report, or by a refusal when it is sent."""
    said = SAID.format(at=at)
    if how == "report":
        assert record_bounce(message, said=said, refuses_address=True, source=Source.REPORT, at=at)
    else:
        record_refusal(message, 550, said.removeprefix("550 "), whole_message=False, at=at)
        Message.objects.filter(pk=message.pk).update(
            outcome="refused", sent_at=None, failed_at=at, reason=said
        )


def pages_for_others(
    cohort: Cohort, participant: User, facilitator: User, administrator: User
) -> str:
    """Return the pages that could mention that the participant's e-mail bounced.

    They are fetched as the facilitator and as the administrator.
    """
    member = Membership.objects.get(user=participant)
    by_cohort, by_member = [cohort.public_id], [member.public_id]
    urls = [
        reverse("home:cohort_detail", args=by_cohort),
        reverse("home:message_list", args=by_cohort),
        reverse("cohorts:member_list", args=by_cohort),
        reverse("cohorts:member_address", args=by_member),
        reverse("cohorts:member_edit", args=by_member),
    ]
    for_administrators = [
        reverse("home:sending"),
        reverse("cohorts:person_list"),
        reverse("privacy:person_data", args=[participant.public_id]),
        *(
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            for model in admin.site._registry
        ),
    ]
    found = []
    for user, paths in (
        (facilitator, [reverse("home:today"), *urls]),
        (administrator, [*urls, *for_administrators]),
    ):
        client: Client = signed_in(user)
        for path in paths:
            answer = client.get(path)
            assert answer.status_code == 200, path
            found.append(path + without_tokens(answer.content.decode()))
    return "\n".join(found)


def without_tokens(page: str) -> str:
    """Return the page without its CSRF tokens, which differ on each request."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": ?"\w+"', "", page)


@pytest.mark.parametrize("kind", HIDDEN)
@pytest.mark.parametrize("how", ["report", "refusal"])
def test_pages_are_the_same_whichever_kind_bounced_and_when(
    kind: str,
    how: str,
    workshop: Workshop,
    participant: User,
    facilitator: User,
    administrator: User,
) -> None:
    seen = set()
    for day, which in ((3, kind), (5, "survey-nudge")):
        Message.objects.all().delete()
        SuppressedAddress.objects.all().delete()
        for one in HIDDEN:
            sent(one, workshop, participant, NOW - timedelta(days=6))
        for one in ("survey", "wave", "partnership-check"):
            at = NOW - timedelta(days=6)
            sent(one, workshop, facilitator, at, key=f"{one} to another")
        message = Message.objects.get(kind=which, recipient=participant)
        bounce(message, NOW - timedelta(days=day), how)
        seen.add(pages_for_others(workshop.cohort, participant, facilitator, administrator))
    (page,) = seen
    assert f"E-mails to <strong>{participant.email}</strong> are being returned." in " ".join(
        page.split()
    )
    assert "x17si12345ejc" not in page
    assert "2027-03-2" not in page.replace("2027-03-24", "")


def test_notice_that_is_sent_only_to_writers_tells_nothing_either(
    workshop: Workshop, participant: User, facilitator: User, administrator: User
) -> None:
    at = NOW - timedelta(days=3)
    bounce(sent("removal", workshop, participant, at, group_id=0), at)

    page = pages_for_others(workshop.cohort, participant, facilitator, administrator)

    assert "x17si12345ejc" not in page


def test_bounce_of_a_reminder_does_not_change_what_is_shown_of_an_earlier_one(
    workshop: Workshop, participant: User, facilitator: User, administrator: User
) -> None:
    """The day-before reminder bounces first, then the survey reminder, which pages must hide."""
    sent("survey", workshop, participant, NOW - timedelta(days=5))
    shown, hidden = (
        sent(kind, workshop, participant, NOW - timedelta(days=4))
        for kind in ("day-before", "survey-nudge")
    )
    bounce(shown, NOW - timedelta(days=4))
    before = pages_for_others(workshop.cohort, participant, facilitator, administrator)
    assert "x17si12345ejc" in before  # the reply to the one that pages may show

    bounce(hidden, NOW - timedelta(days=3))

    assert pages_for_others(workshop.cohort, participant, facilitator, administrator) == before


def test_later_reminder_that_arrives_does_not_clear_a_failure(
    workshop: Workshop, participant: User, facilitator: User
) -> None:
    """If it did, the list of undelivered messages would reveal that a survey reminder was sent."""
    failed = {"sent_at": None, "failed_at": NOW - timedelta(days=5), "reason": "An error"}
    one = sent("day-before", workshop, participant, NOW - timedelta(days=5), **failed)
    sent("survey-nudge", workshop, participant, NOW - timedelta(days=2))
    url = reverse("home:message_list", args=[workshop.cohort.public_id])

    undelivered = signed_in(facilitator).get(url).context["undelivered"]

    assert [each.failed.message for each in undelivered] == [one]


def test_message_that_is_not_sent_because_a_reminder_bounced_does_not_quote_its_reply(
    workshop: Workshop, participant: User, facilitator: User, administrator: User
) -> None:
    at = NOW - timedelta(days=3)
    bounce(sent("survey-nudge", workshop, participant, at), at)
    quoted = f"Not sent, as e-mail to this address bounced before: {SAID.format(at=at)}"
    unsent = {"sent_at": None, "failed_at": NOW, "reason": quoted, "outcome": "suppressed"}
    message = sent("week-before", workshop, participant, NOW, **unsent)
    page = pages_for_others(workshop.cohort, participant, facilitator, administrator)
    for name, args in (
        ("home:message_detail", [message.public_id]),
        ("home:message_line", [workshop.cohort.public_id, "week-before", workshop.pk]),
    ):
        answer = signed_in(facilitator).get(reverse(name, args=args))
        assert answer.status_code == 200
        page += answer.content.decode()

    assert "No such mailbox: nobody has this address there." in page
    assert "x17si12345ejc" not in page


def test_own_pages_still_tell_the_person_everything(workshop: Workshop, participant: User) -> None:
    at = NOW - timedelta(days=3)
    bounce(sent("survey-nudge", workshop, participant, at), at)

    page = signed_in(participant).get(reverse("home:today")).content.decode()

    assert "bounced on 21 March" in page


def test_back_office_has_no_messages_and_no_suppressed_addresses() -> None:
    assert {"outbox"}.isdisjoint(model._meta.app_label for model in admin.site._registry)


def test_addresses_of_many_members_take_one_query(
    workshop: Workshop, participant: User, facilitator: User
) -> None:
    def queries() -> int:
        client = signed_in(facilitator)
        with CapturedQueries() as found:
            client.get(reverse("cohorts:member_list", args=[workshop.cohort.public_id]))
        return len(found)

    at = NOW - timedelta(days=3)
    bounce(sent("survey-nudge", workshop, participant, at), at)
    one = queries()
    for number in range(8):
        user = User.objects.create_user(f"person{number}@example.org", f"Person {number}")
        Membership.objects.create(cohort=workshop.cohort, user=user)
        bounce(sent("day-before", workshop, user, at, key=f"key:{number}"), at)
    assert queries() == one
