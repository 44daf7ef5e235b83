"""The geometry of charts."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ui.charts import Bar, columns, spread


def test_spread_places_bars_in_one_row() -> None:
    assert spread([0, 1, 1, 0, 2]) == [
        Bar(1, 0, 0, 0),
        Bar(2, 1, 0, 25),
        Bar(3, 1, 25, 25),
        Bar(4, 0, 50, 0),
        Bar(5, 2, 50, 50),
    ]
    assert spread([0, 1, 1, 0, 2])[4].middle == 75


def test_spread_accepts_a_mapping() -> None:
    assert spread({2: 3, 5: 1}) == spread([0, 3, 0, 0, 1])


def test_spread_without_answers_has_bars_of_no_width() -> None:
    assert [bar.width for bar in spread({})] == [0, 0, 0, 0, 0]


@given(st.lists(st.integers(min_value=0, max_value=500), min_size=5, max_size=5).filter(any))
def test_spread_fills_the_width(counts: list[int]) -> None:
    bars = spread(counts)
    assert abs(sum(bar.width for bar in bars) - 100) < 0.01
    assert all(abs(bar.x + bar.width - after.x) < 0.01 for bar, after in pairwise(bars))


@dataclass(frozen=True)
class Hour:
    begins: datetime
    sent: int
    failed: int


def test_columns_show_sent_above_and_failed_below_the_line() -> None:
    begins = datetime(2027, 3, 17, 9, tzinfo=UTC)
    full, failed, few, none = columns(
        [Hour(begins, *counts) for counts in ((200, 0), (0, 100), (1, 0), (0, 0))]
    )

    assert (full.x, full.width, full.top, full.above, full.below) == (0, 20, 0, 70, 0)
    assert (failed.x, failed.above, failed.below) == (25, 0, 15)
    assert (few.above, few.top) == (2, 68)
    assert (none.above, none.below) == (0, 0)
    assert columns([]) == []
