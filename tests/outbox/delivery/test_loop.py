"""Turns of the sending loop, with Convenor's own rules and a real SMTP server."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.mail import get_connection
from django.utils import timezone
from pytest_django.fixtures import DjangoAssertNumQueries, Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.claims import claim, release
from outbox.delivery.loop import Turn, take_turn
from outbox.delivery.worker import Worker
from outbox.models import Heartbeat, Message, MessageQuerySet
from outbox.queueing import generate
from outbox.rules import all_rules
from tests.factories import STARTS
from tests.services import Letterbox
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)

WEEK_BEFORE = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)


def clock(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def turn_at(moment: datetime) -> Turn:
    return take_turn(clock(moment))


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        purpose="Tell leading from the job title.",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3, minutes=30),
        scheduled_at=LONG_AGO,
        venue="The Old Fire Station, Sunderland",
    )


@pytest.fixture
def member(cohort: Cohort, workshop: Workshop, smtp_server: Letterbox) -> User:
    """A member who joined long ago and has received the invitation and the calendar entry."""
    user = join(cohort, "dev@example.org", "Dev Patel")
    turn_at(LONG_AGO)
    assert [mail["To"] for mail in smtp_server.messages] == ["dev@example.org"] * 2
    smtp_server.messages.clear()
    return user


def reminders() -> MessageQuerySet:
    return Message.objects.filter(kind__in=("week-before", "day-before"))


def reminded(server: Letterbox) -> list[str]:
    """Return the recipients of the reminders among the e-mails that the server accepted."""
    return [mail["To"] for mail in server.messages if mail["Subject"].startswith("Reminder")]


def reminder() -> Message:
    return reminders().get()


def join(cohort: Cohort, email: str, name: str, at: datetime = LONG_AGO) -> User:
    user = User.objects.create_user(email, name)
    Membership.objects.create(cohort=cohort, user=user, joined_at=at)
    return user


def test_turn_sends_a_due_message_once(member: User, smtp_server: Letterbox) -> None:
    first, second = turn_at(WEEK_BEFORE), turn_at(WEEK_BEFORE + timedelta(minutes=1))

    assert (first.owed, first.sent) == (1, 1)
    assert (second.owed, second.sent) == (0, 0)
    [mail] = smtp_server.messages
    message = reminder()
    assert mail["To"] == "dev@example.org"
    assert mail["Message-ID"] == message.message_id
    assert message.status == "sent"
    assert message.sent_at == WEEK_BEFORE


def test_turn_before_the_due_time_sends_nothing(member: User, smtp_server: Letterbox) -> None:
    turn_at(WEEK_BEFORE - timedelta(seconds=1))

    assert smtp_server.messages == []
    assert not reminders().exists()


def test_turn_after_downtime_sends_messages_inside_their_window(
    member: User, smtp_server: Letterbox
) -> None:
    turn_at(WEEK_BEFORE + timedelta(days=1))

    assert [mail["To"] for mail in smtp_server.messages] == ["dev@example.org"]


def test_turn_after_the_workshop_began_sends_no_reminder(
    member: User, smtp_server: Letterbox
) -> None:
    turn_at(STARTS + timedelta(minutes=1))

    assert smtp_server.messages == []


def test_text_and_html_contain_the_time_and_venue(member: User, smtp_server: Letterbox) -> None:
    turn_at(DAY_BEFORE)

    [mail] = smtp_server.messages
    parts = {
        part.get_content_type(): part.get_content()
        for part in mail.walk()
        if not part.is_multipart()
    }
    assert set(parts) == {"text/plain", "text/html"}
    for part in parts.values():
        assert "Thursday 18 March 2027, 9:30am to 1pm" in part
        assert "The Old Fire Station, Sunderland" in part


def test_refused_address_fails_only_its_own_message(
    member: User, cohort: Cohort, smtp_server: Letterbox
) -> None:
    join(cohort, "gone@example.org", "Gone Away")
    smtp_server.answers["gone@example.org"] = "550 5.1.1 No such person"

    turn = turn_at(WEEK_BEFORE)

    assert (turn.sent, turn.failed) == (1, 1)
    failed = reminders().get(recipient__email="gone@example.org")
    assert failed.status == "failed"
    assert "550 5.1.1 No such person" in failed.reason
    assert turn_at(WEEK_BEFORE + timedelta(hours=2)).sent == 0


def test_deferred_message_is_retried_until_accepted(member: User, smtp_server: Letterbox) -> None:
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Try again later"

    assert turn_at(WEEK_BEFORE).waiting == 1
    assert turn_at(WEEK_BEFORE + timedelta(seconds=30)).waiting == 0
    smtp_server.answers.clear()
    assert turn_at(WEEK_BEFORE + timedelta(minutes=2)).sent == 1
    assert reminder().reason == ""


def test_deferred_message_is_rendered_again(
    member: User, workshop: Workshop, smtp_server: Letterbox
) -> None:
    """The server did not accept the first e-mail, so the retried one may differ from it."""
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Greylisted"
    turn_at(WEEK_BEFORE)
    assert reminder().text == ""
    Workshop.objects.update(venue="The Guildhall, Preston")
    smtp_server.answers.clear()

    turn_at(WEEK_BEFORE + timedelta(minutes=2))

    [mail] = smtp_server.messages
    text = next(
        part for part in mail.walk() if part.get_content_type() == "text/plain"
    ).get_content()
    assert "Guildhall" in text
    assert "Old Fire Station" not in text


def test_deferred_message_that_may_have_been_accepted_before_is_unchanged(
    member: User, smtp_server: Letterbox
) -> None:
    generate(WEEK_BEFORE)
    reminders().update(address="dev@example.org", subject="Reminder", text="Dear Dev", attempts=1)
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Greylisted"

    turn_at(WEEK_BEFORE)

    assert (reminder().text, reminder().attempts) == ("Dear Dev", 2)


def test_message_is_sent_after_a_mail_server_outage(
    member: User, smtp_server: Letterbox, settings: Settings
) -> None:
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert turn_at(WEEK_BEFORE).waiting == 1

    settings.EMAIL_PORT = port
    assert turn_at(WEEK_BEFORE + timedelta(hours=1)).sent == 1


def test_deferred_message_is_dropped_after_its_window_with_the_reason(
    member: User, smtp_server: Letterbox
) -> None:
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Try again later"
    turn_at(DAY_BEFORE)

    turn = turn_at(STARTS)

    assert turn.dropped == 1
    assert reminders().get(kind="day-before").reason == (
        "Missed: it could not be sent before it was too late."
        " The mail server said not now: 451 4.7.1 Try again later"
    )


def test_message_missed_during_downtime_is_recorded_as_dropped(
    member: User, smtp_server: Letterbox
) -> None:
    """A reminder that was not queued in time is stored as dropped, with the reason."""
    turn_at(DAY_BEFORE - timedelta(minutes=1))
    missed_before = reminders().filter(kind="week-before").count()

    turn = turn_at(STARTS + timedelta(minutes=1))

    assert missed_before == 1
    assert (turn.owed, turn.dropped) == (0, 1)
    assert reminded(smtp_server) == []
    assert reminders().get(kind="day-before").reason == (
        "Missed: it could not be sent before it was too late. Nothing was sent at all meanwhile."
    )
    assert turn_at(STARTS + timedelta(minutes=2)).dropped == 0


def test_message_due_before_the_member_joined_is_not_recorded_as_missed(
    cohort: Cohort, workshop: Workshop
) -> None:
    turn_at(LONG_AGO)
    join(cohort, "late@example.org", "Late Joiner", at=STARTS - timedelta(minutes=30))

    turn_at(STARTS + timedelta(minutes=1))

    assert not reminders().exists()


def test_turn_without_downtime_does_not_query_missed_messages(
    member: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    """Querying missed messages would take one more query for each rule, and exceed this limit."""
    turn_at(WEEK_BEFORE)

    with django_assert_max_num_queries(2 * len(all_rules()) + 4):
        turn_at(WEEK_BEFORE + timedelta(minutes=1))


def test_sender_error_postpones_every_message_and_is_its_reason(
    member: User, cohort: Cohort, smtp_server: Letterbox
) -> None:
    """A 5xx reply to MAIL FROM is about our account, not about a recipient's address."""
    join(cohort, "asha@example.org", "Asha Rao")
    smtp_server.answers["MAIL FROM"] = (
        "550 5.7.60 This account may not send as convenor@example.org"
    )

    turn = turn_at(WEEK_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert reminders().count() == 2
    assert [("may not send as" in waiting.reason) for waiting in reminders()] == [True, True]
    smtp_server.answers.clear()
    assert turn_at(WEEK_BEFORE + timedelta(minutes=5)).sent == 2


def test_message_claimed_before_a_change_of_address_goes_to_the_new_address(
    member: User, smtp_server: Letterbox
) -> None:
    """The worker that claimed the message does not send it; the next turn does."""
    generate(WEEK_BEFORE)
    batch = claim("a-worker", WEEK_BEFORE)
    User.objects.update(email="dev.new@example.org")
    worker = Worker(clock(WEEK_BEFORE), get_connection(), token="a-worker")

    worker.deliver_batch(batch)

    assert smtp_server.messages == []
    worker.mailer.close()
    release("a-worker")
    assert turn_at(WEEK_BEFORE).sent == 1
    assert reminded(smtp_server) == ["dev.new@example.org"]


def test_message_to_a_member_who_left_after_the_claim_is_dropped(
    member: User, smtp_server: Letterbox
) -> None:
    generate(WEEK_BEFORE)
    batch = claim("a-worker", WEEK_BEFORE)
    Membership.objects.get(user=member).leave(by=None, at=WEEK_BEFORE)
    worker = Worker(clock(WEEK_BEFORE), get_connection(), token="a-worker")

    worker.deliver_batch(batch)
    worker.mailer.close()

    assert reminder().reason == "It stopped being true before it was sent."


def test_lease_from_before_the_clock_was_set_back_is_ignored(
    member: User, smtp_server: Letterbox
) -> None:
    generate(WEEK_BEFORE)
    in_two_hours = timezone.now() + timedelta(hours=2)
    reminders().update(claim="a-worker-long-dead", claimed_until=in_two_hours)

    assert turn_at(WEEK_BEFORE).sent == 1


def test_message_sent_twice_is_byte_identical(member: User, smtp_server: Letterbox) -> None:
    turn_at(WEEK_BEFORE)
    # The row is as if the worker had died after the server's reply 250, before it wrote “sent”.
    reminders().update(outcome="pending", sent_at=None)

    turn_at(WEEK_BEFORE + timedelta(minutes=5))

    first, second = smtp_server.messages
    assert first.as_bytes() == second.as_bytes()


@pytest.mark.parametrize("change", ["cancel", "move", "leave", "apologise"])
def test_message_that_is_no_longer_due_is_dropped(
    change: str, member: User, workshop: Workshop, smtp_server: Letterbox
) -> None:
    """The message was deferred, and is no longer due when it would be retried."""
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Try again later"
    turn_at(WEEK_BEFORE)
    smtp_server.answers.clear()
    later = WEEK_BEFORE + timedelta(minutes=10)

    match change:
        case "cancel":
            workshop.cancel(by=member, at=later)
        case "move":
            moved = STARTS + timedelta(days=28)
            workshop.arrange(Arrangement(Slot(moved, moved + timedelta(hours=3)), "", ""), at=later)
        case "leave":
            Membership.objects.get(user=member).leave(by=None, at=later)
        case "apologise":
            membership = Membership.objects.get(user=member)
            workshop.attendances.create(
                membership=membership, answer="apologies", answered_at=later
            )
    turn = turn_at(later)

    assert reminded(smtp_server) == []
    assert turn.dropped == 1
    assert reminder().reason == "It stopped being true before it was sent."


def test_reinstated_workshop_sends_reminders(
    member: User, workshop: Workshop, smtp_server: Letterbox
) -> None:
    workshop.cancel(by=member, at=LONG_AGO)
    turn_at(WEEK_BEFORE)
    workshop.reinstate(at=WEEK_BEFORE + timedelta(days=1))

    turn_at(DAY_BEFORE)

    assert reminded(smtp_server) == ["dev@example.org"]


def test_exception_in_rendering_fails_the_message(
    member: User, workshop: Workshop, smtp_server: Letterbox, caplog: pytest.LogCaptureFixture
) -> None:
    smtp_server.answers["dev@example.org"] = "451 4.7.1 Try again later"
    turn_at(WEEK_BEFORE)
    message = reminder()
    reminders().update(kind="a-kind-that-no-rule-writes-any-more")

    turn = turn_at(WEEK_BEFORE + timedelta(minutes=5))

    assert turn.failed == 1
    message.refresh_from_db()
    assert "Our mistake" in message.reason
    assert "could not be rendered" in caplog.text


def test_turn_records_a_heartbeat(db: None) -> None:
    turn_at(WEEK_BEFORE)

    assert Heartbeat.age(WEEK_BEFORE + timedelta(seconds=90)) == timedelta(seconds=90)
