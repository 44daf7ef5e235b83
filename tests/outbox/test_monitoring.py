"""Monitoring: overdue messages and their age, and messages sent and failed per hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from outbox.models import Heartbeat, Message
from outbox.monitoring import Hour, failed_lately, hours, queue_metrics, waiting_by_kind
from tests.factories import outcome_for
from tests.queries import CapturedQueries

pytestmark = pytest.mark.django_db

NOW = datetime(2027, 3, 17, 9, 20, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def owe(due_at: datetime, **facts: object) -> Message:
    number = Message.objects.count()
    usual = {
        "kind": "day-before",
        "key": f"key:{number}",
        "group_id": 1,
        "subject_id": 1,
        "made_at": due_at,
    }
    usual |= {"due_at": due_at, "try_at": due_at, "expires_at": due_at + 3 * DAY}
    return Message.objects.create(outcome=outcome_for(facts), **(usual | facts))


@pytest.mark.parametrize(
    ("due_at", "facts", "age"),
    [
        (NOW - 5 * MINUTE, {}, 5 * MINUTE),
        # A deferred message is overdue since its due time, not only since its retry time.
        (NOW - 5 * MINUTE, {"attempts": 2, "try_at": NOW + 2 * MINUTE}, 5 * MINUTE),
        # A message queued after its due time, because of downtime or a late attendance mark, is
        # overdue since it was queued.
        (NOW - 4 * DAY, {"made_at": NOW - MINUTE}, MINUTE),
        (
            NOW - 4 * DAY,
            {"made_at": NOW - 5 * MINUTE, "try_at": NOW + MINUTE, "attempts": 2},
            5 * MINUTE,
        ),
        # A message rescheduled for later after an attempt is overdue since the new time.
        (NOW - MINUTE, {"made_at": NOW - DAY, "attempts": 1}, MINUTE),
        # A message requeued because its address was corrected is overdue since then, a minute ago.
        (NOW - 2 * DAY, {"try_at": NOW - MINUTE}, MINUTE),
        # A message for which a facilitator chose “send now” before its due time is overdue since
        # then.
        (NOW + DAY, {"made_at": NOW - 3 * MINUTE, "try_at": NOW - 3 * MINUTE}, 3 * MINUTE),
        (
            NOW + DAY,
            {"made_at": NOW - 3 * MINUTE, "try_at": NOW + MINUTE, "attempts": 1},
            3 * MINUTE,
        ),
        # A message past its window is not yet dropped, because the sending loop has stopped.
        (NOW - 4 * DAY, {}, 4 * DAY),
        (NOW - HOUR, {"sent_at": NOW}, None),
        (NOW - HOUR, {"failed_at": NOW, "reason": "550"}, None),
        (NOW - HOUR, {"dropped_at": NOW, "reason": "Missed"}, None),
    ],
)
def test_overdue_age_is_counted_from_the_first_possible_sending_time(
    due_at: datetime, facts: dict[str, object], age: timedelta | None
) -> None:
    owe(due_at, **facts)

    now = queue_metrics(NOW)
    assert (now.overdue, now.oldest) == (0 if age is None else 1, age)


@pytest.mark.parametrize(
    ("age", "beats"), [(None, False), (9 * MINUTE, True), (10 * MINUTE, False)]
)
def test_loop_without_a_recent_heartbeat_has_stopped(age: timedelta | None, beats: bool) -> None:
    if age is not None:
        Heartbeat.record(NOW - age)
    assert (queue_metrics(NOW).beat_age, queue_metrics(NOW).beats) == (age, beats)


def test_sent_and_failed_messages_are_counted_by_the_hour() -> None:
    for ago in (MINUTE, 19 * MINUTE, 21 * MINUTE, 3 * HOUR, 9 * HOUR):
        owe(NOW - DAY, sent_at=NOW - ago)
    owe(NOW - DAY, failed_at=NOW - 70 * MINUTE, reason="550")

    nine = NOW.replace(minute=0)
    assert hours(NOW, 4) == [
        Hour(nine - 3 * HOUR, 1, 0),
        Hour(nine - 2 * HOUR, 0, 0),
        Hour(nine - HOUR, 1, 1),
        Hour(nine, 2, 0),
    ]
    now = queue_metrics(NOW)
    assert (now.sent_last_hour, now.failed_last_hour) == (3, 0)


@pytest.mark.sqlite
def test_monitoring_queries_use_indexes() -> None:
    """Tested on SQLite, whose query plans are easy to read. PostgreSQL has the same indexes."""
    with CapturedQueries() as queries:
        queue_metrics(NOW)
        hours(NOW, 48)
        waiting_by_kind(NOW)
        failed_lately(NOW, 20)
    statements = [query["sql"] for query in queries if '"outbox_message"' in query["sql"]]
    with connection.cursor() as cursor:
        plans = []
        for sql in statements:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans.append(" / ".join(step for *_, step in cursor.fetchall()))
    assert len(plans) == 8
    assert [
        plan for plan in plans if "USING INDEX message_" not in plan.replace("COVERING ", "")
    ] == []
