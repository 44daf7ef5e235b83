"""The limits that `make bench` sets for the cost of messages, and its report."""

from typing import Any

from bench.messages import Messages

SENDING: dict[str, Any] = {
    "plain": 500.0,
    "ours": 400.0,
    "ratio": 0.8,
    "ratio_written": 0.75,
    "waits_for_disk": True,
    "cpu": 2.0,
    "cpu_task": 8.0,
    "cpu_ratio": 0.25,
    "one": 11.0,
    "many": 77.0,
    "gain": 7.0,
}
OWING: dict[str, Any] = {
    "owed": 25_014,
    "owed_seconds": 0.8,
    "again": 0,
    "again_seconds": 0.4,
    "statements": 1,
    "nothing_ms": 150.0,
    "nothing_statements": 20,
    "writing": 90.0,
}


def test_messages_within_the_limits_pass() -> None:
    assert list(Messages(SENDING, OWING).failings()) == []


def test_each_exceeded_limit_is_reported() -> None:
    slow = Messages(
        SENDING | {"ratio": 0.5, "cpu_ratio": 0.6, "gain": 3.0},
        OWING | {"owed": 3, "owed_seconds": 2.0, "again": 1, "statements": 3, "nothing_ms": 300.0},
    )
    assert list(slow.failings()) == [
        "Sending reaches 0.50 of Django's speed; the limit is 0.6.",
        "Sending takes 0.60 of a Celery task's CPU time; the limit is 0.35.",
        "Eight connections reach 3.0 times one; the limit is 6.",
        "3 messages came due, not 25000.",
        "Evaluating the rules took 2.00 s; the limit is 1.",
        "A second evaluation made 1 more messages.",
        "A rule takes 3 statements; the limit is 2.",
        "A turn with nothing due took 300 ms; the limit is 200.",
    ]


def test_report_lists_what_was_not_measured() -> None:
    unmeasured = Messages(
        SENDING | {"cpu_task": None, "cpu_ratio": None, "waits_for_disk": None}, {}
    )
    assert list(unmeasured.failings()) == []
    assert "where Redis is installed" in unmeasured.written()
    assert "is measured on PostgreSQL" in unmeasured.written()


def test_report_says_whether_commits_wait_for_the_disk() -> None:
    assert "PostgreSQL waited for its disk at each commit." in Messages(SENDING, OWING).written()
    apart = SENDING | {"waits_for_disk": False}
    assert (
        "PostgreSQL did not wait for its disk at each commit." in Messages(apart, OWING).written()
    )
