"""The pre-send check: one UPDATE, which matches a message only if it may be sent now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.precheck import claim_for_sending, mark_sent, precheck_of
from outbox.models import Message
from outbox.queueing import generate
from outbox.rules import Rule, all_rules
from tests.factories import STARTS
from tests.queries import CapturedQueries
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

DUE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
TOKEN = "a-worker"


@pytest.fixture
def message(cohort: Cohort, participant: User) -> Message:
    """A due reminder, which the worker TOKEN has claimed and rendered."""
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


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_precheck_of_every_rule_is_valid_sql(rule: Rule, db: None) -> None:
    given = dict.fromkeys(
        ("claim", "key", "address", "subject", "text", "html", "reply_to", "sender", "calendar"), ""
    )
    assert (
        precheck_of(rule)(pk=0, recipient=0, subject_id=0, now=DUE, as_of=DUE, since=DUE, **given)
        == 0
    )


def test_precheck_stores_the_rendered_email_and_renews_the_lease(message: Message) -> None:
    rule = all_rules()["day-before"]
    claimed_until = timezone.now() + timedelta(seconds=20)
    Message.objects.update(claimed_until=claimed_until)

    assert claim_for_sending(message, rule, TOKEN, DUE)

    message.refresh_from_db()
    assert (message.subject, message.text, message.attempts) == ("Reminder", "Dear …", 1)
    assert message.claimed_until is not None
    assert message.claimed_until > claimed_until


def test_precheck_is_one_query(message: Message) -> None:
    rule = all_rules()["day-before"]
    claim_for_sending(message, rule, TOKEN, DUE)

    with CapturedQueries() as queries:
        assert claim_for_sending(message, rule, TOKEN, DUE)

    assert len(queries) == 1


@pytest.mark.parametrize(
    "what", ["another's", "lease over", "too late", "not due", "new address", "closed"]
)
def test_precheck_refuses_a_message_that_may_not_be_sent_now(what: str, message: Message) -> None:
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


def test_precheck_does_not_match_a_sent_message(message: Message) -> None:
    assert mark_sent(message, DUE)

    assert not claim_for_sending(message, all_rules()["day-before"], TOKEN, DUE)
    assert not mark_sent(message, DUE + timedelta(minutes=1))
    assert Message.objects.get(pk=message.pk).sent_at == DUE


@pytest.mark.postgresql
def test_precheck_is_prepared_once_for_all_messages(message: Message) -> None:
    rule = all_rules()["day-before"]
    claim_for_sending(message, rule, TOKEN, DUE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        [before] = cursor.fetchone()

    message.pk, message.subject_id = 5_000_000_000, 70_000
    assert not claim_for_sending(message, rule, TOKEN, DUE)

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] == before > 0
