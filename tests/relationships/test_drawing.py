from __future__ import annotations

from itertools import combinations
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relationships.comparison import read
from relationships.drawing import geometry
from relationships.drawing.pictures import Picture, pictures_of
from tests.relationships.closed import counts_of

sizes = st.lists(st.integers(5, 60), min_size=2, max_size=4)
PLACES = [place / 40 for place in range(41)]


def pictures(sectors: int, before: float = 0.2) -> list[Picture]:
    return pictures_of(read(counts_of(sectors, before=before)), "Before", "After")


@given(sizes)
def test_ribbons_do_not_cross_even_if_everybody_helps_everybody(people: list[int]) -> None:
    full = geometry.FULL_WIDTH[len(people)]
    found = geometry.curves(people)
    assert set(found) == set(combinations(range(len(people)), 2))
    lines = [[curve.at(place) for place in PLACES] for curve in found.values()]
    for one, other in combinations(lines, 2):
        assert min(dist(here, there) for here in one for there in other) >= full


@given(sizes)
def test_each_ribbon_has_its_own_place_on_the_arcs_of_its_sectors(people: list[int]) -> None:
    arcs = geometry.arcs(people[:3])
    half = geometry.FULL_WIDTH[len(people)] / 2
    for pair, curve in geometry.curves(people).items():
        for number, end in zip(pair, (0, 1), strict=True):
            if number == 3:
                assert dist(curve.at(end), (geometry.CENTRE,) * 2) < geometry.INNER_RADIUS
                continue
            corners = [geometry.on_circle(angle, geometry.RADIUS) for angle in limits(arcs[number])]
            assert all(dist(curve.at(end), corner) >= half - 4 for corner in corners)
            on_arc = [geometry.on_circle(arcs[number].at(part), 107) for part in PLACES]
            assert min(dist(curve.at(end), point) for point in on_arc) < 8


def limits(arc: geometry.Arc) -> tuple[float, float]:
    return arc.begin, arc.end


@given(sizes)
def test_arcs_do_not_overlap_and_none_is_too_short(people: list[int]) -> None:
    arcs = geometry.arcs(people[:3])
    ends = [angle for arc in arcs for angle in limits(arc)]
    assert ends == sorted(ends)
    assert ends[0] >= 0
    assert ends[-1] <= 360
    assert all(arc.end - arc.begin >= geometry.SMALLEST_ARC[len(arcs)] - 0.001 for arc in arcs)


@pytest.mark.parametrize("sectors", [2, 3, 4])
def test_both_rounds_have_the_same_places_and_scale(sectors: int) -> None:
    before, after = pictures(sectors)
    assert [one.path for one in before.sectors] == [one.path for one in after.sectors]
    assert [one.path for one in before.ribbons] == [one.path for one in after.ribbons]
    shares = [
        (float(one.width), int(one.label.text.rstrip("%")))
        for shown in (before, after)
        for one in shown.ribbons
        if one.label.text[0].isdigit() and "–" not in one.label.text
    ]
    assert shares
    full = geometry.FULL_WIDTH[sectors]
    assert all(abs(width - full * share / 100) <= 0.31 for width, share in shares)


@pytest.mark.parametrize("sectors", [2, 3, 4])
def test_words_of_a_picture_say_every_share_in_it(sectors: int) -> None:
    shown = read(counts_of(sectors))
    _before, after = pictures_of(shown, "Before", "After")
    for cell in shown.cells:
        share = cell.change.after.share if cell.change.after else "not shown"
        assert f"{cell.name}: {share}." in after.words
    labels = {one.label.text for one in after.ribbons}
    labels |= {one.label.text for one in after.sectors}
    exact = {
        cell.change.after.share
        for cell in shown.cells
        if cell.change.after and cell.change.after.is_exact
    }
    assert exact <= labels


def test_share_that_is_only_known_to_be_in_a_range_is_striped() -> None:
    before, after = pictures(3, before=0.1)
    assert [one.label.text for one in before.ribbons] == ["<7%", "16%", "8–17%"]
    assert [one.is_striped for one in before.ribbons] == [True, False, True]
    assert not any(one.is_striped for one in after.ribbons)


def test_round_of_which_only_the_total_is_shown_has_it_in_the_middle() -> None:
    counts = counts_of(3, before=0.1)
    for cell in counts["cells"]:
        cell["ranges"][0] = None
    before, _after = pictures_of(read(counts), "Before", "After")
    assert before.ribbons == ()
    assert before.total
    assert before.total.text == "10%"
    assert "All sectors: 10%." in before.words
