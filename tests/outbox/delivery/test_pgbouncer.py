"""Tests of sending and of pages through a real PgBouncer in transaction mode."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from config import environment
from outbox.delivery.loop import take_turn
from outbox.models import Message
from tests.services import Letterbox
from workshops.models import Workshop

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

DUE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
PEOPLE = 45


@pytest.fixture
def everybody(cohort: Cohort, facilitator: User) -> list[str]:
    people = User.objects.bulk_create(
        User(email=f"p{n}@example.org", name=f"P {n}") for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(cohort=cohort, user=user, joined_at=LONG_AGO) for user in people
    )
    starts = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=LONG_AGO,
    )
    return sorted(user.email for user in people)


def test_turn_over_several_connections_sends_each_message_once(
    everybody: list[str], behind_pgbouncer: None, smtp_server: Letterbox, settings: Settings
) -> None:
    settings.EMAIL_CONNECTIONS = 4

    first = take_turn(lambda: DUE)
    second = take_turn(lambda: DUE + timedelta(minutes=1))

    assert (first.owed, first.sent) == (PEOPLE, PEOPLE)
    assert (second.owed, second.sent) == (0, 0)
    assert sorted(mail["To"] for mail in smtp_server.messages) == everybody
    assert Message.objects.filter(sent_at=DUE, claim="").count() == PEOPLE


def test_pages_can_be_opened_repeatedly(
    everybody: list[str], cohort: Cohort, facilitator: User, behind_pgbouncer: None
) -> None:
    client = Client()
    client.force_login(facilitator)
    for name in ("home:cohort_detail", "home:message_list"):
        answers = [client.get(reverse(name, args=[cohort.public_id])) for _ in range(8)]
        assert [answer.status_code for answer in answers] == [200] * 8


def test_no_statement_is_prepared_on_server_connections(
    everybody: list[str], behind_pgbouncer: None, smtp_server: Letterbox
) -> None:
    take_turn(lambda: DUE)

    assert connection.connection.prepare_threshold is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone()[0] == 0


def test_only_transaction_pooling_disables_prepared_statements(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for pooler, threshold in [("", 0), ("session", 0), ("transaction", None)]:
        monkeypatch.setattr(environment, "DATABASE_POOLER", pooler)
        options = environment.postgresql_options()
        assert options["prepare_threshold"] == threshold
        assert ("options" in options) is (pooler != "transaction")
