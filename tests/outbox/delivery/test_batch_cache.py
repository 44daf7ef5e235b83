"""The batch cache: values are cached for one batch, for at most MAX_AGE seconds."""

import time

import pytest

from outbox.delivery.batch_cache import MAX_AGE, batch_cache, cached_per_batch

computed: list[int] = []


@cached_per_batch
def square(number: int) -> int:
    computed.append(number)
    return number * number


@pytest.fixture(autouse=True)
def clear_computed() -> None:
    computed.clear()


def test_nothing_is_cached_outside_a_batch() -> None:
    assert [square(3), square(3)] == [9, 9]
    assert computed == [3, 3]


def test_each_value_is_computed_once_per_batch() -> None:
    with batch_cache():
        assert [square(3), square(4), square(3)] == [9, 16, 9]
    assert computed == [3, 4]


def test_cache_is_empty_in_the_next_batch() -> None:
    for _ in range(2):
        with batch_cache():
            square(3)
    assert computed == [3, 3]


def test_cached_value_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    with batch_cache():
        square(3)
        later = time.monotonic() + MAX_AGE + 0.1
        monkeypatch.setattr(time, "monotonic", lambda: later)
        square(3)
    assert computed == [3, 3]
