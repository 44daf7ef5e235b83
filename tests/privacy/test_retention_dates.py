"""The dates on which data is deleted."""

from datetime import datetime

import pytest

from ui.dates import months_after


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        ((2027, 3, 31), 12, (2028, 3, 31)),
        ((2027, 1, 31), 1, (2027, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2027, 12, 5), 60, (2032, 12, 5)),
    ],
)
def test_months_after_uses_the_last_day_of_a_shorter_month(
    day: tuple[int, int, int], months: int, then: tuple[int, int, int]
) -> None:
    assert months_after(datetime(*day).date(), months) == datetime(*then).date()  # noqa: DTZ001
