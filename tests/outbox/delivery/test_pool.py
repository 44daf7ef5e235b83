"""Several concurrent connections to the mail server."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connections, transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.circuit_breaker import CircuitBreaker
from outbox.delivery.loop import take_turn
from outbox.delivery.pool import Shares, deliver, run_in_threads
from outbox.delivery.worker import Worker
from outbox.models import Message
from outbox.queueing import generate
from tests.factories import STARTS
from tests.services import Letterbox
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

DUE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2027, 1, 4, 10, 0, tzinfo=UTC)
PEOPLE = 45


@pytest.fixture(autouse=True)
def database_for_threads(transactional_db: None, tmp_path: Path) -> Iterator[None]:
    """Move SQLite's database from memory to a file, so that threads wait for its locks."""
    first = connections["default"]
    if first.vendor != "sqlite":
        yield
        return
    first.ensure_connection()
    in_memory, in_a_file = first.settings_dict["NAME"], tmp_path / "test.sqlite3"
    with closing(sqlite3.connect(in_a_file)) as file:
        first.connection.backup(file)
    first.settings_dict["NAME"] = str(in_a_file)
    connections["default"] = connections.create_connection("default")
    yield
    connections["default"].close()
    connections["default"] = first
    first.settings_dict["NAME"] = in_memory


@pytest.fixture
def reminded(database_for_threads: None, cohort: Cohort, settings: Settings) -> Cohort:
    """A cohort whose members are all owed a reminder. Turns may open four SMTP connections."""
    settings.EMAIL_CONNECTIONS = 4
    people = User.objects.bulk_create(
        User(email=f"p{n}@example.org", name=f"P {n}") for n in range(PEOPLE)
    )
    Membership.objects.bulk_create(
        Membership(cohort=cohort, user=user, joined_at=LONG_AGO) for user in people
    )
    Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=LONG_AGO,
    )
    return cohort


@pytest.fixture
def until() -> datetime:
    return DUE + timedelta(seconds=200)


def clock() -> datetime:
    return DUE


def broken_clock() -> datetime:
    raise RuntimeError("No hands.")


def unreachable_server() -> BaseEmailBackend:
    return get_connection(port=9)


def addressees(server: Letterbox) -> list[str]:
    return sorted(mail["To"] for mail in server.messages)


def everybody() -> list[str]:
    return sorted(User.objects.filter(email__startswith="p").values_list("email", flat=True))


def test_turn_over_several_connections_sends_each_message_once(
    reminded: Cohort, smtp_server: Letterbox
) -> None:
    turn = take_turn(clock)

    assert (turn.owed, turn.sent, turn.waiting, turn.failed, turn.dropped) == (
        PEOPLE,
        PEOPLE,
        0,
        0,
        0,
    )
    assert addressees(smtp_server) == everybody()
    assert Message.objects.filter(sent_at=DUE, claim="").count() == PEOPLE


def test_number_of_connections_depends_on_the_queue(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    generate(DUE)

    for waiting, opened in [(45, 4), (0, 1), (3, 1), (10, 1), (11, 2), (31, 4)]:
        some = list(Message.objects.order_by("pk").values_list("pk", flat=True)[:waiting])
        Message.objects.filter(pk__in=some).update(outcome="pending", sent_at=None)
        outcomes = deliver(clock, until)
        assert (len(outcomes), sum(each.sent for each in outcomes)) == (opened, waiting)


def test_delivery_over_a_given_connection_opens_no_other(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    generate(DUE)

    assert [each.sent for each in deliver(clock, until, get_connection())] == [PEOPLE]


def test_delivery_inside_a_transaction_sends_uncommitted_messages(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    with transaction.atomic():
        generate(DUE)
        assert [each.sent for each in deliver(clock, until)] == [PEOPLE]


def test_failed_connection_does_not_stop_the_others(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    """One of two connections is refused. At most one message is postponed; the others are sent."""
    generate(DUE)
    breaker = CircuitBreaker(workers=2)
    workers = [
        Worker(clock, mail, breaker=breaker, share=lambda: 5)
        for mail in (unreachable_server(), get_connection())
    ]

    run_in_threads(workers, breaker, until)

    shut_out, let_in = (worker.outcomes for worker in workers)
    assert (shut_out.sent, shut_out.failed, let_in.waiting) == (0, 0, 0)
    assert shut_out.waiting <= 1
    assert let_in.sent >= PEOPLE - 5
    assert not breaker.is_tripped
    assert let_in.sent + shut_out.waiting + Message.objects.sendable(DUE).count() == PEOPLE
    assert not Message.objects.exclude(claim="").exists()


def test_exception_in_a_thread_is_raised_when_the_others_have_ended(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    generate(DUE)
    breaker = CircuitBreaker()
    workers = [Worker(each, get_connection(), breaker=breaker) for each in (broken_clock, clock)]

    with pytest.raises(RuntimeError, match="No hands"):
        run_in_threads(workers, breaker, until)

    assert addressees(smtp_server) == everybody()


def test_tripped_breaker_stops_every_worker(
    reminded: Cohort, smtp_server: Letterbox, until: datetime
) -> None:
    generate(DUE)
    breaker = CircuitBreaker()
    assert [breaker.record_failure() for _ in range(3)] == [False, False, True]

    run_in_threads(
        [Worker(clock, get_connection(), breaker=breaker) for _ in range(2)], breaker, until
    )

    assert smtp_server.messages == []
    assert Message.objects.sendable(DUE).count() == PEOPLE


def test_workers_shares_of_the_queue_decrease_until_it_is_recounted() -> None:
    counts = iter([3, 0])
    shares = Shares(workers=4, left=400, count=lambda: next(counts))

    taken: list[int] = []
    while sum(taken) < 400:
        taken.append(shares.take())

    assert taken == sorted(taken, reverse=True)
    assert (taken[0], taken[-1], sum(taken)) == (50, 1, 400)
    assert [shares.take() for _ in range(4)] == [1, 1, 1, 1]  # the last finds no message
