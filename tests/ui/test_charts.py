"""The geometry of charts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ui.charts import Bar, spread


def test_spread_places_bars_side_by_side() -> None:
    assert spread([0, 1, 1, 0, 2]) == [
        Bar(1, 0, 0, 0),
        Bar(2, 1, 0, 25),
        Bar(3, 1, 25, 25),
        Bar(4, 0, 50, 0),
        Bar(5, 2, 50, 50),
    ]
    assert spread([0, 1, 1, 0, 2])[4].middle == 75


def test_spread_reads_a_mapping_of_points() -> None:
    assert spread({2: 3, 5: 1}) == spread([0, 3, 0, 0, 1])


def test_spread_of_no_answers_has_no_width() -> None:
    assert [bar.width for bar in spread({})] == [0, 0, 0, 0, 0]


@given(st.lists(st.integers(min_value=0, max_value=500), min_size=5, max_size=5).filter(any))
def test_spread_fills_the_line(counts: list[int]) -> None:
    bars = spread(counts)
    assert abs(sum(bar.width for bar in bars) - 100) < 0.01
    assert all(abs(bar.x + bar.width - after.x) < 0.01 for bar, after in pairwise(bars))
