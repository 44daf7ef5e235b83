"""Tests of ten statements about messages. The comment above each group of tests is a statement.

The tests send to a real mail server in its own process. Storms (test_storm.py, `make chaos`) test
statements 2 to 5 again, with workers that are killed.
"""

import smtplib
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from django.core.exceptions import ValidationError
from django.core.mail import get_connection
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.content.email import PRIVATE_LINK
from outbox.delivery.claims import claim
from outbox.delivery.worker import Worker
from outbox.models import Message, OptOut
from outbox.queueing import generate
from tests.chaos.servers import Mail
from tests.chaos.tally import Accepted, read_mail
from tests.concurrency import run_concurrently
from tests.factories import LONG_AGO, STARTS, turn_at
from tests.people import signed_in
from tests.servers import wait_until
from workshops.models import Attendance, Workshop
from workshops.times import local_moment

pytestmark = pytest.mark.django_db(transaction=True)

WEEK_BEFORE = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def mail(tmp_path: Path, settings: Settings) -> Iterator[Mail]:
    """A mail server that fails only for the addresses whose prefixes mail_server.py lists."""
    server = Mail(tmp_path, seed=0, rate=0)
    settings.EMAIL_BACKEND = "outbox.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    with server:
        wait_until(lambda: answers(server.port), "the mail server", within=60)
        yield server


def answers(port: int) -> bool:
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
            return client.noop()[0] == 250
    except (OSError, smtplib.SMTPException):
        return False


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        purpose="To begin.",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
        version=1,
    )


def join(cohort: Cohort, address: str, at: datetime = LONG_AGO) -> User:
    user = User.objects.create_user(f"{address}@example.org", address.title())
    Membership.objects.create(cohort=cohort, user=user, joined_at=at)
    return user


def accepted(mail: Mail) -> list[Accepted]:
    return read_mail(mail.events)[0]


def recipients(mail: Mail) -> list[str]:
    return sorted(one.to.split("@")[0] for one in accepted(mail))


def reminder_of(user: User) -> Message:
    return Message.objects.get(recipient=user, kind="week-before")


# 1. A message key has one row, despite concurrent turns, double clicks or restored backups. -----


def test_1_concurrent_turns_create_one_row_per_key(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    people = [join(cohort, f"person-{number}") for number in range(8)]

    run_concurrently([lambda: turn_at(WEEK_BEFORE)] * 5)
    turn_at(WEEK_BEFORE + MINUTE)

    keys = Counter(Message.objects.values_list("key", flat=True))
    members = Membership.objects.filter(user__in=people)
    assert keys == {f"week-before:{workshop.pk}:1:{member.pk}": 1 for member in members}
    assert recipients(mail) == sorted(f"person-{number}" for number in range(8))


def test_1_restored_backup_resends_an_identical_copy_of_the_same_row(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    """The backup was made while the message was queued, so it is sent again after the restore."""
    join(cohort, "asha")
    generate(WEEK_BEFORE)
    backup = list(Message.objects.all())
    turn_at(WEEK_BEFORE)
    Message.objects.all().delete()
    Message.objects.bulk_create(backup)
    turn_at(WEEK_BEFORE + MINUTE)

    assert Message.objects.count() == 1
    first, second = accepted(mail)
    assert first.content == second.content


# 2. Every row ends as sent, failed or dropped, each with its reason; none remains claimed. -----


def test_2_every_row_ends_as_sent_failed_or_dropped_with_its_reason(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    sent, refused, left = (join(cohort, name) for name in ("sent", "refuse-550-", "left"))
    generate(WEEK_BEFORE)
    Membership.objects.get(user=left).leave(by=None, at=WEEK_BEFORE)

    turn_at(WEEK_BEFORE)

    ends = {user.email.split("@")[0]: reminder_of(user) for user in (sent, refused, left)}
    assert {name: message.status for name, message in ends.items()} == {
        "sent": "sent",
        "refuse-550-": "failed",
        "left": "dropped",
    }
    assert ends["refuse-550-"].reason.endswith("550 5.1.1 Not here")
    assert ends["left"].reason == "It stopped being true before it was sent."
    assert not Message.objects.exclude(claim="").exists()


# 3. `sent` means that the SMTP server accepted it. Nothing owed is lost. -----


def test_3_sent_means_accepted_by_server(cohort: Cohort, workshop: Workshop, mail: Mail) -> None:
    """The mail server first closes the connection, then is down, then accepts the e-mail."""
    dropped = join(cohort, "drop-")

    turn_at(WEEK_BEFORE)
    assert (reminder_of(dropped).status, recipients(mail)) == ("waiting", [])
    mail.kill()
    turn_at(WEEK_BEFORE + timedelta(minutes=30))
    assert reminder_of(dropped).status == "waiting"
    mail.start()
    wait_until(lambda: answers(mail.port), "the mail server", within=60)

    # The restarted server closes the connection at the first e-mail again, so a third turn is run.
    turn_at(WEEK_BEFORE + timedelta(hours=2))
    turn_at(WEEK_BEFORE + timedelta(hours=4))

    assert (reminder_of(dropped).status, recipients(mail)) == ("sent", ["drop-"])


# 4. Only a lost reply, or a worker that died or was stopped, causes a copy, which is identical.


def test_4_only_a_lost_reply_causes_a_copy_and_it_is_byte_identical(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    for name in ("lost-", "asha", "later-451-"):
        join(cohort, name)

    for minutes in (0, 5, 10):
        turn_at(WEEK_BEFORE + minutes * MINUTE)

    assert recipients(mail) == ["asha", "later-451-", "lost-", "lost-"]
    first, second = (one.content for one in accepted(mail) if one.to.startswith("lost-"))
    assert first == second


@pytest.mark.postgresql
def test_4_lost_database_connection_after_acceptance_causes_no_copy(
    cohort: Cohort, workshop: Workshop, mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every database connection is closed just after the mail server has replied 250."""
    user = join(cohort, "asha")
    data, name = smtplib.SMTP.data, connection.settings_dict

    def data_then_cut(smtp: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
        answer = data(smtp, content)
        host = f"{name['HOST'] or 'localhost'}:{name['PORT'] or 5432}"
        url = f"postgresql://{name['USER']}@{host}/{name['NAME']}"
        with psycopg.connect(url, password=name["PASSWORD"] or None, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        return answer

    monkeypatch.setattr(smtplib.SMTP, "data", data_then_cut)
    turn_at(WEEK_BEFORE)
    monkeypatch.undo()
    turn_at(WEEK_BEFORE + timedelta(minutes=5))

    assert (reminder_of(user).status, recipients(mail)) == ("sent", ["asha"])


# 5. A message that is no longer due is not sent. -----


def leave(user: User, workshop: Workshop) -> None:
    Membership.objects.get(user=user).leave(by=None, at=WEEK_BEFORE)


def cancel(user: User, workshop: Workshop) -> None:
    workshop.cancel(by=user, at=WEEK_BEFORE)


def erase(user: User, workshop: Workshop) -> None:
    User.objects.get(pk=user.pk).delete()


def answer(user: User, workshop: Workshop) -> None:
    membership = Membership.objects.get(user=user)
    workshop.attendances.create(
        membership=membership, answer=Attendance.Answer.APOLOGIES, answered_at=WEEK_BEFORE
    )


@pytest.mark.parametrize("act", [leave, cancel, erase, answer], ids=lambda act: act.__name__)
def test_5_message_that_stops_being_due_after_the_claim_is_not_sent(
    act: Callable[[User, Workshop], None], cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    """The change is committed after a worker has claimed and read the message."""
    user = join(cohort, "asha")
    generate(WEEK_BEFORE)
    batch = claim("a-worker", WEEK_BEFORE)
    act(user, workshop)

    with_worker(lambda worker: worker.deliver_batch(batch))

    assert recipients(mail) == []
    assert Message.objects.get(kind="week-before").status == "dropped"


def with_worker(do: Callable[[Worker], None]) -> None:
    worker = Worker(lambda: WEEK_BEFORE, get_connection(), token="a-worker")
    try:
        do(worker)
    finally:
        worker.mailer.close()


# 6. Each kind has a window: late messages are sent within it, and recorded as missed after it.


def test_6_late_message_is_sent_within_its_window_and_recorded_as_missed_after_it(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    """The loop runs a day after the first reminder is due, then only after the workshop starts."""
    join(cohort, "asha")
    turn_at(WEEK_BEFORE - MINUTE)

    late = turn_at(WEEK_BEFORE + timedelta(days=1))
    begun = turn_at(STARTS + MINUTE)

    assert (late.sent, begun.sent, begun.dropped) == (1, 0, 1)
    missed = Message.objects.get(kind="day-before")
    assert missed.reason.startswith("Missed: it could not be sent before it was too late.")
    assert recipients(mail) == ["asha"]


# 7. 4xx, refused connections and time-outs are retried in the window; 5xx fails only its row.


def test_7_temporary_failures_are_retried_and_permanent_ones_fail_only_their_row(
    cohort: Cohort, workshop: Workshop, mail: Mail
) -> None:
    later = ["later-421-", "later-450-", "later-451-", "choke-", "stall-", "asha"]
    for name in (*later, "refuse-550-", "refuse-552-"):
        join(cohort, name)

    for minutes in (0, 5, 10, 20, 40):
        turn_at(WEEK_BEFORE + minutes * MINUTE)

    assert recipients(mail) == sorted(later)
    failed = Message.objects.filter(failed_at__isnull=False).order_by("address")
    assert [message.address.split("@")[0] for message in failed] == ["refuse-550-", "refuse-552-"]


def test_7_tls_failure_fails_no_message_and_is_the_reason_of_each_delay(
    cohort: Cohort, workshop: Workshop, mail: Mail, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True
    people = [join(cohort, "asha"), join(cohort, "dev")]

    turn = turn_at(WEEK_BEFORE)

    assert (turn.sent, turn.failed) == (0, 0)
    assert ["STARTTLS" in reminder_of(user).reason for user in people] == [True, True]
    settings.EMAIL_USE_TLS = False
    assert turn_at(WEEK_BEFORE + timedelta(hours=2)).sent == 2


# 8. A new cohort, a late joiner or an import of old dates sends nothing due in the past. -----


def test_8_nothing_due_in_the_past_is_sent(cohort: Cohort, workshop: Workshop, mail: Mail) -> None:
    """A member joins after the reminders were due, and a workshop that is over is added."""
    now = STARTS - timedelta(hours=1)
    turn_at(LONG_AGO)
    join(cohort, "late", at=now)
    old = STARTS - timedelta(days=90)
    Workshop.objects.create(
        cohort=cohort,
        position=2,
        title="Long over",
        starts_at=old,
        ends_at=old + timedelta(hours=3),
        scheduled_at=now,
    )

    for moment in (now, STARTS + MINUTE):
        turn_at(moment)
    # Only the invitation, and the calendar entry of the workshop that is still to come.
    kinds = Message.objects.values_list("kind", flat=True)
    assert sorted(kinds) == ["calendar-entries", "invitation"]


# 9. Times are local in the cohort's time zone: 9:00 is 9:00 on both sides of a clock change. -----


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        (datetime(2027, 3, 28, 9, 0, tzinfo=UTC), datetime(2027, 3, 27, 9, 0, tzinfo=UTC)),
        (datetime(2027, 3, 29, 9, 0, tzinfo=UTC), datetime(2027, 3, 28, 8, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 9, 0, tzinfo=UTC), datetime(2027, 10, 30, 8, 0, tzinfo=UTC)),
        (datetime(2027, 11, 1, 9, 0, tzinfo=UTC), datetime(2027, 10, 31, 9, 0, tzinfo=UTC)),
    ],
)
def test_9_reminder_is_due_at_9am_local_time_on_both_sides_of_a_clock_change(
    starts: datetime, due: datetime, cohort: Cohort, workshop: Workshop
) -> None:
    Workshop.objects.update(starts_at=starts, ends_at=starts + timedelta(hours=3))
    join(cohort, "asha")

    generate(due - timedelta(seconds=1))
    assert not Message.objects.filter(kind="day-before").exists()
    generate(due)

    assert Message.objects.get(kind="day-before").due_at == due


def test_9_nonexistent_and_ambiguous_local_times_are_refused() -> None:
    london = ZoneInfo("Europe/London")
    with pytest.raises(ValidationError, match="1:30am does not exist"):
        local_moment(date(2027, 3, 28), time(1, 30), london)
    with pytest.raises(ValidationError, match="happens twice"):
        local_moment(date(2027, 10, 31), time(1, 30), london)


# 10. Sent messages are readable by their recipients, without secrets. GET saves no answer. -----


def test_10_sent_message_is_readable_by_its_recipient_and_get_saves_nothing(
    cohort: Cohort, workshop: Workshop, mail: Mail, outsider: User, settings: Settings
) -> None:
    user = join(cohort, "asha")
    turn_at(WEEK_BEFORE)
    message = reminder_of(user)
    page = reverse("home:message_detail", args=[message.public_id])

    assert message.subject in signed_in(user).get(page).content.decode()
    assert signed_in(outsider).get(page).status_code == 404
    sent = message_from_bytes(accepted(mail)[0].content, policy=policy.default).get_body(("plain",))
    assert sent is not None
    links = {word for word in sent.get_content().split() if word.startswith(settings.BASE_URL)}
    private = [link for link in links if link not in message.text]
    assert PRIVATE_LINK in message.text
    assert private
    for link in private:
        assert Client().get(link.removeprefix(settings.BASE_URL)).status_code == 200
    assert not Attendance.objects.exclude(answer="").exists()
    assert not OptOut.objects.exists()
