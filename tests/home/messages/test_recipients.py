"""The recipients that pages name or count before a facilitator skips a message or sends it now."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.message_templates import save_message_template
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message, MessageOverride, SuppressedAddress
from outbox.queueing import generate
from outbox.rules import all_rules
from tests.factories import LONG_AGO, MARCH, who_leads_here
from tests.home.lines import messages_after_post, state_of, to, words
from tests.people import signed_in
from tests.services import Letterbox
from workshops.models import Workshop

WEEK_BEFORE = datetime(2027, 3, 11, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_the_first_of_march() -> Iterator[None]:
    with time_machine.travel(MARCH, tick=False):
        yield


@pytest.fixture
def workshop(cohort: Cohort, facilitator: User, participant: User) -> Workshop:
    Membership.objects.update(joined_at=LONG_AGO)
    return who_leads_here(cohort)


@pytest.fixture
def client(facilitator: User) -> Client:
    return signed_in(facilitator)


def messages_of(workshop: Workshop) -> str:
    return reverse("home:message_list", args=[workshop.cohort.public_id])


@pytest.fixture
def ben(workshop: Workshop) -> Membership:
    user = User.objects.create_user("ben@example.org", "Ben Ayo")
    return Membership.objects.create(cohort=workshop.cohort, user=user, joined_at=LONG_AGO)


def test_deferred_message_shows_its_retry_time(
    client: Client, workshop: Workshop, ben: Membership, smtp_server: Letterbox
) -> None:
    smtp_server.answers["ben@example.org"] = "451 4.7.1 Greylisted"
    take_turn(lambda: WEEK_BEFORE)
    says = "1 of 2 could not be sent yet. We try again at 9:01am, until Sunday 14 March 2027, 9am."

    with time_machine.travel(WEEK_BEFORE + timedelta(seconds=30), tick=False):
        assert words(client, messages_of(workshop)).count(says) == 2  # at the top, and in its line
        assert says in words(client, to("line", workshop))
        assert state_of(client, workshop) == ["1 sent, 1 waiting"]
    smtp_server.answers.clear()
    take_turn(lambda: WEEK_BEFORE + timedelta(minutes=1))
    with time_machine.travel(WEEK_BEFORE + timedelta(minutes=2), tick=False):
        assert "could not be sent yet" not in words(client, messages_of(workshop))


@pytest.mark.parametrize("was_tried", [False, True])
def test_message_scheduled_for_later_is_listed_as_upcoming(
    client: Client, workshop: Workshop, participant: User, smtp_server: Letterbox, was_tried: bool
) -> None:
    smtp_server.answers[participant.email] = "451 4.7.1 Greylisted"
    if was_tried:
        take_turn(lambda: WEEK_BEFORE)
        assert Message.objects.get(kind="week-before").attempts == 1
    else:
        generate(WEEK_BEFORE)
    moment, later = WEEK_BEFORE + timedelta(minutes=5), WEEK_BEFORE + timedelta(days=3)
    content = {"subject": "", "body": "", "days": 4, "at": None, "minutes": None}
    save_message_template(workshop.cohort, all_rules()["week-before"], content=content, at=moment)

    with time_machine.travel(moment, tick=False):
        timeline = client.get(messages_of(workshop)).context["timeline"]
        [line] = timeline.of("week-before", workshop.pk)
        assert (line.state, line.batch.at, line in timeline.after, timeline.waiting) == (
            "To come",
            later,
            True,
            [],
        )
    smtp_server.answers.clear()
    take_turn(lambda: later)
    with time_machine.travel(later + timedelta(hours=1), tick=False):
        [line] = (
            client.get(messages_of(workshop)).context["timeline"].of("week-before", workshop.pk)
        )
        assert (line.state, line.batch.at, line.batch.is_early) == ("Sent", later, False)


@pytest.mark.parametrize("is_to_one", [False, True])
def test_sent_message_cannot_be_skipped(
    client: Client, workshop: Workshop, participant: User, smtp_server: Letterbox, is_to_one: bool
) -> None:
    member = Membership.objects.get(user=participant)
    address = to("skip", workshop) + (f"?to={member.public_id}" if is_to_one else "")
    take_turn(lambda: WEEK_BEFORE)
    over = "There is nothing left to skip: " + (
        "Amina Rahman has it already." if is_to_one else "it has been sent already."
    )

    with time_machine.travel(WEEK_BEFORE + timedelta(hours=1), tick=False):
        page = words(client, address)
        assert over in page
        assert "Skip Cancel" not in page
        assert messages_after_post(client, address) == [over]
        assert state_of(client, workshop) == ["Sent"]
    assert not MessageOverride.objects.exists()


def test_partly_sent_message_is_skipped_for_the_other_recipients(
    client: Client, workshop: Workshop, ben: Membership, smtp_server: Letterbox
) -> None:
    smtp_server.answers["ben@example.org"] = "451 4.7.1 Greylisted"
    take_turn(lambda: WEEK_BEFORE)

    with time_machine.travel(WEEK_BEFORE + timedelta(minutes=5), tick=False):
        page = words(client, to("skip", workshop))
        assert "Skip this message for everybody else?" in page
        assert "Nobody else gets it. 1 person has it already." in page
        assert messages_after_post(client, to("skip", workshop)) == [
            "Skipped: nobody else gets it. 1 person has it already."
        ]
        assert state_of(client, workshop) == ["1 sent, 1 skipped"]
        assert messages_after_post(client, to("skip", workshop)) == [
            "There is nothing left to skip: it’s skipped already."
        ]


def test_skipped_message_without_recipients_says_so(client: Client, workshop: Workshop) -> None:
    assert messages_after_post(client, to("skip", workshop)) == ["Skipped: nobody gets it."]
    assert messages_after_post(client, to("skip", workshop)) == ["It’s skipped already."]


def test_suppressed_recipient_is_named_but_not_counted(
    client: Client, workshop: Workshop, ben: Membership, smtp_server: Letterbox
) -> None:
    SuppressedAddress.objects.create(
        address="ben@example.org",
        bounced_at=LONG_AGO,
        source="refused",
        said="550 5.1.1 User unknown",
    )

    page, line = (
        words(client, to("send_now", workshop)),
        client.get(to("line", workshop)).context["detail"],
    )
    assert "It goes to 1 person within a few minutes. It doesn’t reach Ben Ayo: " in page
    assert (line.line.people, line.recipients.count) == (1, 1)
    assert [(str(one.person), one.label) for one in line.recipients] == [
        ("Amina Rahman", "To come"),
        ("Ben Ayo", "Not reached"),
    ]
    assert state_of(client, workshop) == ["1 to come, 1 not reached"]

    client.post(to("send_now", workshop))
    take_turn(lambda: MARCH)
    assert state_of(client, workshop) == ["1 sent, 1 failed"]
    assert Message.objects.filter(kind="week-before", sent_at=MARCH).count() == 1


def test_message_without_reachable_recipients_cannot_be_sent_now(
    client: Client, workshop: Workshop
) -> None:
    address = Membership.objects.participating().get().user.email
    SuppressedAddress.objects.create(
        address=address, bounced_at=LONG_AGO, source="refused", said="550 5.1.1"
    )

    page = words(client, to("send_now", workshop))
    assert "It goes to nobody. It doesn’t reach Amina Rahman: " in page
    assert "Send now Cancel" not in page
    assert state_of(client, workshop) == ["1 not reached"]


def test_closed_account_gets_no_message_and_is_not_counted(
    client: Client, workshop: Workshop, ben: Membership, smtp_server: Letterbox
) -> None:
    User.objects.filter(pk=ben.user_id).update(is_active=False)

    line = client.get(to("line", workshop)).context["detail"]
    assert (line.line.people, [str(one.person) for one in line.recipients]) == (1, ["Amina Rahman"])
    assert "It goes to 1 person within" in words(client, to("send_now", workshop))
    take_turn(lambda: WEEK_BEFORE)
    assert [message.recipient for message in Message.objects.filter(kind="week-before")] == [
        one.person for one in line.recipients
    ]
