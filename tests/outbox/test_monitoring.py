"""What those who run it are told: what is overdue and since when, what was sent and failed hour by hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from outbox.models import Heartbeat, Message
from outbox.monitoring import Hour, failed_lately, hours, queue_metrics, waiting_by_kind
from tests.factories import outcome_for

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
        # Backing off is waiting all the same, for as long as it has been owed.
        (NOW - 5 * MINUTE, {"attempts": 2, "try_at": NOW + 2 * MINUTE}, 5 * MINUTE),
        # Owed late, to somebody marked days after it, or found late after a stop of the loop, which the beat has told.
        (NOW - 4 * DAY, {"made_at": NOW - MINUTE}, MINUTE),
        (
            NOW - 4 * DAY,
            {"made_at": NOW - 5 * MINUTE, "try_at": NOW + MINUTE, "attempts": 2},
            5 * MINUTE,
        ),
        # Timed for later after it was tried: late from then.
        (NOW - MINUTE, {"made_at": NOW - DAY, "attempts": 1}, MINUTE),
        # Somebody has just corrected the address of what failed days ago: nobody is late.
        (NOW - 2 * DAY, {"try_at": NOW - MINUTE}, MINUTE),
        # Sent before its time, it is late from when it could go.
        (NOW + DAY, {"made_at": NOW - 3 * MINUTE, "try_at": NOW - 3 * MINUTE}, 3 * MINUTE),
        (
            NOW + DAY,
            {"made_at": NOW - 3 * MINUTE, "try_at": NOW + MINUTE, "attempts": 1},
            3 * MINUTE,
        ),
        # Too late to go and not yet ended, as nothing turns.
        (NOW - 4 * DAY, {}, 4 * DAY),
        (NOW - HOUR, {"sent_at": NOW}, None),
        (NOW - HOUR, {"failed_at": NOW, "reason": "550"}, None),
        (NOW - HOUR, {"dropped_at": NOW, "reason": "Missed"}, None),
    ],
)
def test_overdue_is_counted_from_when_it_could_have_gone(
    due_at: datetime, facts: dict[str, object], age: timedelta | None
) -> None:
    owe(due_at, **facts)

    now = queue_metrics(NOW)
    assert (now.overdue, now.oldest) == (0 if age is None else 1, age)


@pytest.mark.parametrize(
    ("age", "beats"), [(None, False), (9 * MINUTE, True), (10 * MINUTE, False)]
)
def test_loop_that_has_not_turned_lately_has_stopped(age: timedelta | None, beats: bool) -> None:
    if age is not None:
        Heartbeat.record(NOW - age)
    assert (queue_metrics(NOW).beat_age, queue_metrics(NOW).beats) == (age, beats)


def test_hours_hold_what_was_sent_and_failed_in_each() -> None:
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
def test_none_of_it_reads_the_whole_table() -> None:
    """As SQLite tells its plans plainest; PostgreSQL has the same indexes."""
    with CaptureQueriesContext(connection) as queries:
        queue_metrics(NOW)
        hours(NOW, 48)
        waiting_by_kind(NOW)
        failed_lately(NOW, 20)
    asked = [query["sql"] for query in queries if '"outbox_message"' in query["sql"]]
    with connection.cursor() as cursor:
        plans = []
        for sql in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plans.append(" / ".join(step for *_, step in cursor.fetchall()))
    assert len(plans) == 7
    assert [
        plan for plan in plans if "USING INDEX message_" not in plan.replace("COVERING ", "")
    ] == []
