"""The suppression of addresses that bounce, and the resending of messages after a correction."""

from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.enrolment import correct_address
from cohorts.models import Cohort, Membership
from outbox.backends.smtp import EmailBackend
from outbox.bounces import suppression
from outbox.delivery.loop import Turn, take_turn
from outbox.models import Message, SuppressedAddress
from outbox.queueing import generate
from tests.factories import STARTS
from tests.services import Letterbox
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

WEEK_BEFORE = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
ADDRESS = "dev@example.org"
NO_SUCH = "550 5.1.1 No such person"
NOTICE = "This is now your e-mail address for Convenor"


def turn_at(moment: datetime) -> Turn:
    clock: Callable[[], datetime] = lambda: moment  # noqa: E731 (a lambda with a type)
    return take_turn(clock)


@pytest.fixture
def member(cohort: Cohort, smtp_server: Letterbox) -> User:
    """A member who has received every message due before the week-before reminder."""
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        purpose="Tell leading from the job title.",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
    )
    user = User.objects.create_user(ADDRESS, "Dev Patel")
    Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)
    turn_at(LONG_AGO)
    smtp_server.messages.clear()
    return user


def reminder() -> Message:
    return Message.objects.get(kind="week-before")


def sent_reminder() -> Message:
    turn_at(WEEK_BEFORE)
    return reminder()


def test_refused_address_is_suppressed_and_later_messages_fail(
    member: User, smtp_server: Letterbox
) -> None:
    smtp_server.answers[ADDRESS] = NO_SUCH
    turn_at(WEEK_BEFORE)
    smtp_server.answers.clear()

    turn = turn_at(DAY_BEFORE)

    marked = SuppressedAddress.objects.get()
    assert (marked.address, marked.said, marked.source) == (ADDRESS, NO_SUCH, "refused")
    assert (marked.message, marked.bounced_at) == (reminder(), WEEK_BEFORE)
    assert marked.plainly == "No such mailbox: nobody has this address there."
    assert (turn.sent, turn.failed) == (0, 1)
    assert smtp_server.messages == []
    unsent = Message.objects.get(kind="day-before")
    assert unsent.reason == f"Not sent, as e-mail to this address bounced before: {NO_SUCH}"


def test_bounce_address_is_the_envelope_sender(
    member: User, smtp_server: Letterbox, settings: Settings
) -> None:
    settings.BOUNCE_ADDRESS = "bounces@convenor.example.org"

    turn_at(WEEK_BEFORE)

    assert smtp_server.senders[-1] == "bounces@convenor.example.org"
    assert smtp_server.messages[-1]["From"] == settings.DEFAULT_FROM_EMAIL


def test_second_message_to_a_refused_address_in_one_turn_is_not_sent(
    cohort: Cohort, smtp_server: Letterbox, member: User
) -> None:
    """A new member is owed an invitation and a calendar entry; the server refuses the first."""
    gone = User.objects.create_user("gone@example.org", "Gone Away")
    Membership.objects.create(cohort=cohort, user=gone, joined_at=LONG_AGO)
    smtp_server.answers["gone@example.org"] = NO_SUCH

    turn_at(LONG_AGO + timedelta(minutes=1))

    reasons = (
        Message.objects.filter(recipient=gone)
        .order_by("due_at", "pk")
        .values_list("reason", flat=True)
    )
    assert [reason.startswith("Not sent, as e-mail to this address") for reason in reasons] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    "answer", ["550 5.7.1 Rejected as spam", "451 4.7.1 Try again later", "530 5.7.0 Sign in first"]
)
def test_reply_not_about_the_address_suppresses_nothing(
    answer: str, member: User, smtp_server: Letterbox
) -> None:
    smtp_server.answers[ADDRESS] = answer

    turn_at(WEEK_BEFORE)

    assert not SuppressedAddress.objects.exists()


def test_message_to_a_former_member_at_a_suppressed_address_is_dropped(
    member: User, cohort: Cohort, smtp_server: Letterbox
) -> None:
    smtp_server.answers[ADDRESS] = "451 Later"
    turn_at(WEEK_BEFORE)
    suppression.suppress(
        ADDRESS, said=NO_SUCH, source=suppression.Source.REPORT, message=None, at=WEEK_BEFORE
    )
    Membership.objects.get(user=member).leave(by=None, at=WEEK_BEFORE)

    turn_at(WEEK_BEFORE + timedelta(hours=1))

    assert reminder().status == "dropped"


def change_address(member: User) -> None:
    User.objects.filter(pk=member.pk).update(email="dev.patel@example.org")
    member.refresh_from_db()


def test_correction_requeues_failed_messages_inside_their_window(
    member: User, smtp_server: Letterbox
) -> None:
    User.objects.filter(pk=member.pk).update(last_login=LONG_AGO)
    smtp_server.answers[ADDRESS] = NO_SUCH
    before = sent_reminder()
    change_address(member)

    suppression.clear_suppression_and_requeue(
        member, was=ADDRESS, at=WEEK_BEFORE + timedelta(hours=1)
    )
    turn_at(WEEK_BEFORE + timedelta(hours=1))

    assert not SuppressedAddress.objects.exists()
    [mail] = smtp_server.messages
    assert (mail["To"], mail["Message-ID"]) == ("dev.patel@example.org", before.message_id)
    assert (reminder().pk, reminder().key, reminder().status) == (before.pk, before.key, "sent")


def test_correction_resends_a_bounced_calendar_entry(member: User, smtp_server: Letterbox) -> None:
    """The entry is resent two months after it was due, because it is useful until the workshop."""
    entry = Message.objects.get(kind="calendar-entries")
    suppression.record_bounce(
        entry, said=NO_SUCH, refuses_address=True, source=suppression.Source.REPORT, at=LONG_AGO
    )

    suppression.clear_suppression_and_requeue(
        member, was=ADDRESS, at=WEEK_BEFORE - timedelta(days=1)
    )
    turn_at(WEEK_BEFORE - timedelta(days=1))

    [mail] = smtp_server.messages
    assert mail["Message-ID"] == entry.message_id


def test_correction_for_a_user_who_never_signed_in_resends_sent_messages(
    member: User, smtp_server: Letterbox
) -> None:
    taken = Message.objects.get(kind="calendar-entries")
    change_address(member)

    suppression.clear_suppression_and_requeue(
        member, was=ADDRESS, at=WEEK_BEFORE - timedelta(days=1)
    )
    turn_at(WEEK_BEFORE - timedelta(days=1))

    mails = {str(mail["Message-ID"]): mail for mail in smtp_server.messages}
    assert {str(mail["To"]) for mail in mails.values()} == {"dev.patel@example.org"}
    assert b"mailto:dev.patel@example.org" in mails[taken.message_id].as_bytes().replace(
        b"\r\n ", b""
    )
    assert Message.objects.get(kind="calendar-entries").status == "sent"


class InterruptedBackend(EmailBackend):
    """An e-mail backend that calls a function once, before it sends the first e-mail of a batch."""

    def __init__(self, callback: Callable[[], object]) -> None:
        super().__init__()
        self.left = [callback]

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        while self.left:
            self.left.pop()()
        return super().send_messages(email_messages)


@pytest.mark.parametrize("is_right", [True, False], ids=["right", "corrected"])
def test_address_corrected_while_a_worker_has_claimed_the_batch_gets_its_message(
    is_right: bool, member: User, cohort: Cohort, administrator: User, smtp_server: Letterbox
) -> None:
    other = User.objects.create_user("asha@example.org", "Asha Rao")
    Membership.objects.create(cohort=cohort, user=other, joined_at=LONG_AGO)
    turn_at(LONG_AGO + timedelta(minutes=1))
    smtp_server.messages.clear()
    generate(WEEK_BEFORE)
    last = Message.objects.filter(kind="week-before").latest("due_at", "pk").recipient
    assert last
    User.objects.filter(pk=last.pk).update(last_login=LONG_AGO)
    suppression.suppress(
        last.email, said=NO_SUCH, source=suppression.Source.REPORT, message=None, at=LONG_AGO
    )

    def clear_suppression_and_requeue() -> None:
        person = User.objects.get(pk=last.pk)
        if is_right:
            suppression.clear_suppression_and_requeue(person, was=person.email, at=WEEK_BEFORE)
        else:
            correct_address(
                user=person, email="right@example.org", by=administrator, at=WEEK_BEFORE
            )

    turn = take_turn(lambda: WEEK_BEFORE, InterruptedBackend(clear_suppression_and_requeue))
    after = turn_at(WEEK_BEFORE + timedelta(minutes=1))

    assert (turn.sent, turn.failed, turn.dropped) == (1, 0, 0)
    assert after.sent == 1
    reminders = Message.objects.filter(kind="week-before", recipient=last)
    mails = smtp_server.to(last.email if is_right else "right@example.org")
    ids = [str(mail["Message-ID"]) for mail in mails if mail["Subject"] != NOTICE]
    assert ids == [message.message_id for message in reminders]


@pytest.mark.postgresql
def test_suppression_is_locked_until_the_failure_is_committed(
    member: User, smtp_server: Letterbox
) -> None:
    """A concurrent correction of the address waits, then finds and requeues the failed message."""
    message = sent_reminder()
    suppression.suppress(
        ADDRESS, said=NO_SUCH, source=suppression.Source.REPORT, message=None, at=LONG_AGO
    )
    other = connection.copy()
    with closing(other), other.cursor() as cursor, transaction.atomic():
        assert Message.objects.filter(
            suppression.is_still_suppressed(message), pk=message.pk
        ).update(reason="Failed.")
        cursor.execute("SELECT FROM outbox_suppressedaddress FOR UPDATE SKIP LOCKED")
        assert cursor.rowcount == 0


def test_correction_after_the_window_requeues_nothing(member: User, smtp_server: Letterbox) -> None:
    smtp_server.answers[ADDRESS] = NO_SUCH
    turn_at(WEEK_BEFORE)

    suppression.clear_suppression_and_requeue(member, was=ADDRESS, at=STARTS)

    assert reminder().status == "failed"


def test_bounce_of_a_sent_message_is_recorded_and_suppresses_the_address(
    member: User, smtp_server: Letterbox
) -> None:
    message, later = sent_reminder(), WEEK_BEFORE + timedelta(minutes=3)

    recorded = suppression.record_bounce(
        message, said=NO_SUCH, refuses_address=True, source=suppression.Source.REPORT, at=later
    )

    after = reminder()
    assert recorded
    assert (after.status, after.bounced_at, after.reason) == ("sent", later, NO_SUCH)
    assert SuppressedAddress.objects.get().address == ADDRESS


def test_bounce_reported_twice_does_not_suppress_a_confirmed_address(
    member: User, smtp_server: Letterbox
) -> None:
    """The same report may be read twice, for example after a crash. By then, a facilitator may have
    confirmed the address.
    """
    message, later = sent_reminder(), WEEK_BEFORE + timedelta(minutes=3)
    source = suppression.Source.REPORT
    suppression.record_bounce(message, said=NO_SUCH, refuses_address=True, source=source, at=later)
    suppression.clear_suppression_and_requeue(
        member, was=ADDRESS, at=WEEK_BEFORE + timedelta(hours=1)
    )

    while_waiting = suppression.record_bounce(
        message, said=NO_SUCH, refuses_address=True, source=source, at=later
    )
    turn_at(WEEK_BEFORE + timedelta(hours=1))
    sent_again = suppression.record_bounce(
        message, said=NO_SUCH, refuses_address=True, source=source, at=later
    )

    assert (while_waiting, sent_again) == (False, False)
    assert not SuppressedAddress.objects.exists()
    first, second = smtp_server.messages
    assert first.as_bytes() == second.as_bytes()
