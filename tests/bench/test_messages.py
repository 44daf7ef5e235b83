"""What messages may cost, and how the page tells it."""

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


def test_messages_within_their_bounds_fail_nothing() -> None:
    assert list(Messages(SENDING, OWING).failings()) == []


def test_each_bound_of_messages_is_said() -> None:
    slow = Messages(
        SENDING | {"ratio": 0.5, "cpu_ratio": 0.6, "gain": 3.0},
        OWING | {"owed": 3, "owed_seconds": 2.0, "again": 1, "statements": 3, "nothing_ms": 300.0},
    )
    assert list(slow.failings()) == [
        "Sending reaches 0.50 of Django's own; 0.6 is the least.",
        "Sending takes 0.60 of a Celery task's CPU; 0.35 is the most.",
        "Eight connections reach 3.0 times one; 6 is the least.",
        "3 messages came to be owed of 25000.",
        "To be owed took them 2.00 s; 1 is the most.",
        "Asked again, 1 more came to be owed.",
        "A rule takes 3 statements; 2 are the most.",
        "A turn that owes nothing took 300 ms; 200 are the most.",
    ]


def test_page_says_what_could_not_be_measured() -> None:
    told = Messages(SENDING | {"cpu_task": None, "cpu_ratio": None, "waits_for_disk": None}, {})
    assert list(told.failings()) == []
    assert "where Redis is installed" in told.written()
    assert "is measured on PostgreSQL" in told.written()


def test_page_says_whether_the_database_waits_for_its_disk() -> None:
    assert "PostgreSQL waited for its disk at each commit." in Messages(SENDING, OWING).written()
    apart = SENDING | {"waits_for_disk": False}
    assert (
        "PostgreSQL did not wait for its disk at each commit." in Messages(apart, OWING).written()
    )
