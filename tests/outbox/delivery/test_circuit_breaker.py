"""Tests that no message fails because the mail server is down or refuses our account."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message, MessageQuerySet, SuppressedAddress
from tests.factories import LONG_AGO, STARTS, turn_at, who_leads_here
from tests.services import HANG_UP, Letterbox
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)

DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

SEND_AS_DENIED = (
    "554 5.2.252 SendAsDenied; site@host.example not allowed to send as convenor@host.example"
)
UNKNOWN_SENDER = (
    "550 5.1.0 <convenor@host.example>: Sender address rejected: User unknown in local table"
)
RELAY_DENIED = "554 5.7.1 <{}>: Relay access denied"


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return who_leads_here(cohort, venue="The Old Fire Station, Sunderland")


@pytest.fixture
def people(workshop: Workshop, smtp_server: Letterbox) -> list[User]:
    """Four members who have received the e-mails of new members, and are owed reminders next."""
    people = [
        User.objects.create_user(f"{name}@example.org", name)
        for name in ("amir", "bea", "cy", "dot")
    ]
    for user in people:
        Membership.objects.create(cohort=workshop.cohort, user=user, joined_at=LONG_AGO)
    turn_at(LONG_AGO)
    smtp_server.messages.clear()
    return people


def reminders() -> MessageQuerySet:
    return Message.objects.filter(kind="day-before")


@pytest.mark.parametrize("answer", [UNKNOWN_SENDER, RELAY_DENIED])
def test_sender_error_for_every_recipient_fails_no_message(
    answer: str, people: list[User], smtp_server: Letterbox
) -> None:
    smtp_server.answers = {user.email: answer.format(user.email) for user in people}

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert not SuppressedAddress.objects.exists()
    assert [one.status for one in reminders()] == ["waiting"] * 4
    # The third failure ends the turn. The fourth message is not tried; it gets the reason of the
    # third, without that recipient's address.
    reasons = list(reminders().order_by("pk").values_list("reason", flat=True))
    assert [answer[:9] in reason for reason in reasons] == [True] * 4
    assert "@" not in reasons[-1]
    assert [one.attempts for one in reminders().order_by("pk")] == [1, 1, 1, 0]
    smtp_server.answers.clear()
    assert turn_at(DAY_BEFORE + 10 * MINUTE).sent == 4


def test_sender_error_after_data_fails_no_message(
    people: list[User], smtp_server: Letterbox
) -> None:
    smtp_server.answers["DATA"] = SEND_AS_DENIED

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert not SuppressedAddress.objects.exists()
    smtp_server.answers.clear()
    assert turn_at(DAY_BEFORE + 10 * MINUTE).sent == 4


def test_sender_error_for_one_recipient_stops_no_other_message(
    people: list[User], smtp_server: Letterbox
) -> None:
    """The recipient's own server, whose reply our mail server quotes, may refuse our address."""
    smtp_server.answers["amir@example.org"] = UNKNOWN_SENDER

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.waiting, turn.failed) == (3, 1, 0)


# E-mails after a lost connection to the mail server


def texts(server: Letterbox, address: str) -> list[str]:
    return [
        part.get_content()
        for mail in server.to(address)
        for part in mail.walk()
        if part.get_content_type() == "text/plain"
    ]


@pytest.mark.parametrize(
    ("where", "read"),
    [
        ("MAIL FROM", "The Guildhall"),
        ("dot@example.org", "The Guildhall"),
        ("DATA", "The Old Fire Station"),
    ],
)
def test_email_is_rendered_again_unless_the_server_may_have_accepted_it(
    where: str, read: str, people: list[User], smtp_server: Letterbox
) -> None:
    """If the connection is lost at DATA, the recipient may get two copies: they must be equal."""
    smtp_server.answers[where] = HANG_UP
    turn_at(DAY_BEFORE)
    smtp_server.answers.clear()
    smtp_server.messages.clear()
    broken = reminders().filter(attempts=1, sent_at=None).values_list("recipient__email", flat=True)
    addresses = list(broken)
    Workshop.objects.update(venue="The Guildhall, Preston")

    turn_at(DAY_BEFORE + 10 * MINUTE)

    assert addresses
    assert [read in texts(smtp_server, address)[0] for address in addresses] == [True] * len(
        addresses
    )


def test_email_is_rendered_again_for_a_changed_address(
    workshop: Workshop, people: list[User], smtp_server: Letterbox
) -> None:
    """The old address may get a copy, but the calendar entry must name the new one as attendee."""
    later = STARTS + timedelta(days=1)
    smtp_server.answers["DATA"] = HANG_UP
    workshop.arrange(
        Arrangement(Slot(later, later + timedelta(hours=3)), "", ""), at=LONG_AGO + MINUTE
    )
    turn_at(LONG_AGO + MINUTE)
    smtp_server.answers.clear()
    assert Message.objects.exclude(text="").filter(kind="calendar-entries", sent_at=None).exists()
    for user in people:
        User.objects.filter(pk=user.pk).update(email=f"new-{user.email}")

    turn_at(LONG_AGO + 10 * MINUTE)

    entries = [
        mail.as_bytes().replace(b"\r\n ", b"").replace(b"\n ", b"") for mail in smtp_server.messages
    ]
    assert len(entries) == 4
    assert [b"mailto:new-" in entry for entry in entries] == [True] * 4
