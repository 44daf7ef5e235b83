"""The rules about counts of pairs, tried on every count that there can be.

A count may be shown as it is if at least five pairs are counted and at least five are not. Of every
other count, whatever else is shown, it stays open which of five numbers it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.disclosure import (
    MINIMUM,
    PanelDetail,
    Range,
    is_exact,
    panel_detail_of,
    range_of,
    ranges_of_change,
    ranges_of_parts,
)

Counts = tuple[int, ...]
counts = st.integers(min_value=0, max_value=60)


def pinned_down(
    seen: Iterable[tuple[Hashable, Counts]], sizes: Counts, least: int = MINIMUM
) -> list[object]:
    """Return what is shown wherever it leaves open fewer than `least` numbers for a count."""
    by_shown: defaultdict[Hashable, list[Counts]] = defaultdict(list)
    for shown, found in seen:
        by_shown[shown].append(found)
    return [
        (shown, number, values)
        for shown, all_found in by_shown.items()
        for number, of in enumerate(sizes)
        for values in [{found[number] for found in all_found}]
        if len(values) < min(least, of + 1) and not all(is_exact(value, of) for value in values)
    ]


@pytest.mark.parametrize(
    ("panel", "answered", "asked", "detail"),
    [
        (10, 10, 10, PanelDetail.ALL),
        (9, 9, 9, PanelDetail.NOTHING),
        (16, 16, 20, PanelDetail.ALL),
        (19, 19, 24, PanelDetail.INDICATIVE),
        (13, 13, 20, PanelDetail.INDICATIVE),
        (20, 20, 31, PanelDetail.NOTHING),
    ],
)
def test_relationships_are_shown_from_ten_people_and_eighty_percent(
    panel: int, answered: int, asked: int, detail: PanelDetail
) -> None:
    rates = [(asked, asked), (answered, asked)]
    assert panel_detail_of(panel, rates, outside=panel - 1) == detail


def test_relationships_of_nobody_are_not_shown() -> None:
    assert panel_detail_of(0, [(0, 0)], outside=0) == PanelDetail.NOTHING
    assert panel_detail_of(10, [(0, 0)], outside=10) == PanelDetail.NOTHING


@pytest.mark.parametrize(("outside", "detail"), [(5, PanelDetail.ALL), (4, PanelDetail.NOTHING)])
def test_relationships_of_a_few_with_one_organisation_are_not_shown(
    outside: int, detail: PanelDetail
) -> None:
    assert panel_detail_of(20, [(20, 20)], outside=outside) == detail


@given(count=counts, of=counts)
def test_shown_range_contains_the_count(count: int, of: int) -> None:
    shown = range_of(min(count, of), of)
    assert shown is None or shown[0] <= min(count, of) <= shown[1]


@pytest.mark.parametrize("of", [10, 11, 25])
def test_a_count_near_its_ends_could_be_five_numbers(of: int) -> None:
    assert pinned_down(((range_of(count, of), (count,)) for count in range(of + 1)), (of,)) == []


@pytest.mark.parametrize(
    "sizes", [(25, 25), (10, 25), (10, 10), (25, 4), (12, 14, 11), (10, 10, 16), (20, 12, 5)]
)
def test_a_part_is_not_told_by_the_others_and_their_sum(sizes: Counts) -> None:
    seen = [
        ((sum(found), *ranges_of_parts(list(zip(found, sizes, strict=True)))), found)
        for found in product(*(range(of + 1) for of in sizes))
        if is_exact(sum(found), sum(sizes))
    ]
    assert len({shown for shown, _found in seen}) > len(sizes)
    assert pinned_down(seen, sizes) == []


@given(parts=st.lists(st.tuples(counts, counts), min_size=1, max_size=6))
def test_shown_parts_contain_their_counts(parts: list[tuple[int, int]]) -> None:
    parts = [(min(part), max(part)) for part in parts]
    for (count, _of), shown in zip(parts, ranges_of_parts(parts), strict=True):
        assert shown is None or shown[0] <= count <= shown[1]


@pytest.mark.parametrize("of", [10, 15, 20, 25, 31])
def test_new_and_lost_pairs_tell_neither_each_other_nor_those_that_stayed(of: int) -> None:
    seen: list[tuple[Hashable, Counts]] = []
    for before, after in product(range(of + 1), repeat=2):
        margins = range_of(before, of), range_of(after, of)
        for both in range(max(0, before + after - of), min(before, after) + 1):
            shown = margins, ranges_of_change(before, after, both, of)
            new, lost = after - both, before - both
            seen.append((shown, (before, after, both, new, lost, of - before - new)))
    assert pinned_down(seen, (of,) * 6) == []


@given(before=counts, after=counts, both=counts, of=counts)
def test_shown_change_contains_the_change(before: int, after: int, both: int, of: int) -> None:
    both = min(both, before, after)
    of = max(of, before + after - both)
    ranges: tuple[Range | None, Range | None] = ranges_of_change(before, after, both, of)
    for shown, number in zip(ranges, (after - both, before - both), strict=True):
        assert shown is None or shown[0] <= number <= shown[1]
