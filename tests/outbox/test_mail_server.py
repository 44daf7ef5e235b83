"""A mail server in trouble, or one that won't have us: no fault of anybody's address."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import BouncedAddress, Message, MessageQuerySet
from outbox.turn import Turn, take_turn
from tests.services import Letterbox
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

SEND_AS_DENIED = "554 5.2.252 SendAsDenied; site@host.example not allowed to send as convenor@host.example"
UNKNOWN_SENDER = "550 5.1.0 <convenor@host.example>: Sender address rejected: User unknown in local table"
RELAY_DENIED = "554 5.7.1 <{}>: Relay access denied"


def turn_at(moment: datetime) -> Turn:
    clock: Callable[[], datetime] = lambda: moment  # noqa: E731
    return take_turn(clock)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
        venue="The Old Fire Station, Sunderland",
    )


@pytest.fixture
def people(workshop: Workshop, smtp_server: Letterbox) -> list[User]:
    """Four who have had all that was owed before the day before."""
    people = [User.objects.create_user(f"{name}@example.org", name) for name in ("amir", "bea", "cy", "dot")]
    for user in people:
        Membership.objects.create(cohort=workshop.cohort, user=user, joined_at=LONG_AGO)
    turn_at(LONG_AGO)
    smtp_server.messages.clear()
    return people


def reminders() -> MessageQuerySet:
    return Message.objects.filter(kind="day-before")


@pytest.mark.parametrize("answer", [UNKNOWN_SENDER, RELAY_DENIED])
def test_server_that_refuses_us_to_every_recipient_fails_nobody(
    answer: str, people: list[User], smtp_server: Letterbox
) -> None:
    smtp_server.answers = {user.email: answer.format(user.email) for user in people}

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert not BouncedAddress.objects.exists()
    assert [one.status for one in reminders()] == ["waiting"] * 4
    # The third has stopped the turn; the fourth says why it waits as well, and names nobody else.
    reasons = list(reminders().order_by("pk").values_list("reason", flat=True))
    assert [answer[:9] in reason for reason in reasons] == [True] * 4
    assert "@" not in reasons[-1]
    assert [one.attempts for one in reminders().order_by("pk")] == [1, 1, 1, 0]
    smtp_server.answers.clear()
    assert turn_at(DAY_BEFORE + 10 * MINUTE).sent == 4


def test_server_that_refuses_us_after_the_whole_message_fails_nobody(
    people: list[User], smtp_server: Letterbox
) -> None:
    smtp_server.answers["DATA"] = SEND_AS_DENIED

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert not BouncedAddress.objects.exists()
    smtp_server.answers.clear()
    assert turn_at(DAY_BEFORE + 10 * MINUTE).sent == 4


def test_one_recipient_of_whom_it_says_so_stops_nobody(people: list[User], smtp_server: Letterbox) -> None:
    """Our mail server may pass on what that recipient's own system says."""
    smtp_server.answers["amir@example.org"] = UNKNOWN_SENDER

    turn = turn_at(DAY_BEFORE)

    assert (turn.sent, turn.waiting, turn.failed) == (3, 1, 0)
