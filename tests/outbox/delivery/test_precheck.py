"""The fence as a statement that is written once: it lets go what is owed, and nothing that is not."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DataError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg.pq import TransactionStatus

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.precheck import claim_for_sending, commit_and_claim_next, fence_of
from outbox.models import Message
from outbox.queueing import generate
from outbox.rules import Rule, all_rules
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

STARTS = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
DUE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
TOKEN = "a-worker"


@pytest.fixture
def message(cohort: Cohort, participant: User) -> Message:
    """A reminder that is due, claimed by a worker and written."""
    Membership.objects.update(joined_at=LONG_AGO)
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
    )
    generate(DUE)
    found = Message.objects.get(kind="day-before")
    found.claim, found.claimed_until = TOKEN, timezone.now() + timedelta(minutes=1)
    found.save()
    found.address, found.subject, found.text = participant.email, "Reminder", "Dear …"
    return found


def message_before(message: Message) -> Message:
    """One that the mail server has by now."""
    same = {
        name: getattr(message, name)
        for name in ("kind", "group_id", "subject_id", "made_at", "due_at", "expires_at")
    }
    return Message.objects.create(key="the one before", try_at=DUE, **same)


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_fence_of_every_rule_can_be_asked(rule: Rule, db: None) -> None:
    given = dict.fromkeys(
        ("claim", "key", "address", "subject", "text", "html", "reply_to", "calendar"), ""
    )
    assert (
        fence_of(rule)(pk=0, recipient=0, subject_id=0, now=DUE, as_of=DUE, since=DUE, **given) == 0
    )


def test_fence_keeps_what_was_written_and_runs_the_lease_anew(message: Message) -> None:
    rule = all_rules()["day-before"]
    claimed_until = timezone.now() + timedelta(seconds=20)
    Message.objects.update(claimed_until=claimed_until)

    assert claim_for_sending(message, rule, TOKEN, DUE)

    message.refresh_from_db()
    assert (message.subject, message.text, message.attempts) == ("Reminder", "Dear …", 1)
    assert message.claimed_until is not None
    assert message.claimed_until > claimed_until


def test_fence_is_one_statement(message: Message) -> None:
    rule = all_rules()["day-before"]
    claim_for_sending(message, rule, TOKEN, DUE)

    with CaptureQueriesContext(connection) as asked:
        assert claim_for_sending(message, rule, TOKEN, DUE)

    assert len(asked) == 1


@pytest.mark.parametrize(
    "what", ["another's", "lease over", "too late", "not due", "new address", "closed"]
)
def test_fence_stays_shut(what: str, message: Message) -> None:
    now, token = DUE, TOKEN
    match what:
        case "another's":
            token = "another-worker"
        case "lease over":
            Message.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        case "too late":
            now = STARTS
        case "not due":
            Workshop.objects.update(
                starts_at=STARTS + timedelta(days=1), ends_at=STARTS + timedelta(days=2)
            )
        case "new address":
            User.objects.update(email="new@example.org")
        case "closed":
            User.objects.update(is_active=False)

    assert not claim_for_sending(message, all_rules()["day-before"], token, now)
    assert Message.objects.get(pk=message.pk).attempts == 0


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_true", [True, False])
def test_commitment_and_the_next_fence_are_one_trip(message: Message, is_true: bool) -> None:
    rule = all_rules()["day-before"]
    sent = message_before(message)
    if not is_true:
        User.objects.update(email="new@example.org")
    done = []

    passed = commit_and_claim_next(
        sent,
        message,
        rule,
        TOKEN,
        DUE,
        lambda: done.append(connection.connection.info.transaction_status),
    )

    assert passed == (True, is_true)
    assert done == [TransactionStatus.ACTIVE]
    assert Message.objects.get(pk=sent.pk).sent_at == DUE
    assert Message.objects.get(pk=message.pk).text == ("Dear …" if is_true else "")
    assert (transaction_of(sent) == transaction_of(message)) is is_true


@pytest.mark.postgresql
def test_what_goes_wrong_meanwhile_leaves_the_connection_in_order(message: Message) -> None:
    def meanwhile() -> None:
        raise ZeroDivisionError

    rule, sent = all_rules()["day-before"], message_before(message)
    with pytest.raises(ZeroDivisionError):
        commit_and_claim_next(sent, message, rule, TOKEN, DUE, meanwhile)

    assert Message.objects.get(pk=sent.pk).sent_at == DUE
    assert Message.objects.get(pk=message.pk).text == "Dear …"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_trip_that_fails_raises_and_has_written_nothing(message: Message) -> None:
    rule, sent = all_rules()["day-before"], message_before(message)
    message.subject = "much too long " * 100

    with pytest.raises(DataError):
        commit_and_claim_next(sent, message, rule, TOKEN, DUE)

    assert Message.objects.get(pk=sent.pk).sent_at is None


def transaction_of(message: Message) -> int:
    """Which wrote the row as it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM outbox_message WHERE id = %s", [message.pk])
        return int(cursor.fetchone()[0])


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_commitment_waits_for_nobody_who_holds_the_next_message(message: Message) -> None:
    """Else two who each hold what the other wants would stand still."""
    rule = all_rules()["day-before"]
    sent = message_before(message)
    other = connection.copy()
    other.set_autocommit(False)
    with closing(other), other.cursor() as cursor:
        cursor.execute("SELECT FROM outbox_message WHERE id = %s FOR UPDATE", [message.pk])
        assert commit_and_claim_next(sent, message, rule, TOKEN, DUE) == (True, False)

    assert Message.objects.get(pk=sent.pk).sent_at == DUE
    assert claim_for_sending(message, rule, TOKEN, DUE)
