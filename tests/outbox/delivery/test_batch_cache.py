"""What is asked once a sitting is asked once a sitting, and never believed for long."""

import time

import pytest

from outbox.delivery.batch_cache import MAX_AGE, batch_cache, cached_per_batch

asked: list[int] = []


@cached_per_batch
def square(number: int) -> int:
    asked.append(number)
    return number * number


@pytest.fixture(autouse=True)
def nothing_asked() -> None:
    asked.clear()


def test_outside_a_sitting_all_is_asked_each_time() -> None:
    assert [square(3), square(3)] == [9, 9]
    assert asked == [3, 3]


def test_at_one_sitting_each_thing_is_asked_once() -> None:
    with batch_cache():
        assert [square(3), square(4), square(3)] == [9, 16, 9]
    assert asked == [3, 4]


def test_another_sitting_asks_afresh() -> None:
    for _ in range(2):
        with batch_cache():
            square(3)
    assert asked == [3, 3]


def test_nothing_is_believed_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    with batch_cache():
        square(3)
        later = time.monotonic() + MAX_AGE + 0.1
        monkeypatch.setattr(time, "monotonic", lambda: later)
        square(3)
    assert asked == [3, 3]
