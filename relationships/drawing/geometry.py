"""The geometry of a ring of sectors and the ribbons between them, in units of an SVG.

Up to three sectors are arcs of the ring, clockwise from the top, and a fourth is a small ring in
the middle: so no two of the six ribbons cross. Each ribbon has its own place on an arc, as wide as
if all pairs helped each other. No place depends on an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sin

Point = tuple[float, float]

CENTRE = 150.0
# The inner edge of the arcs, the middle of their band, and where the share within a sector stands.
RADIUS, BAND, OUTSIDE = 104.0, 114.0, 137.0
BAND_WIDTH = 14.0
# The middle of the band of the ring in the middle, and its outer edge.
INNER_BAND, INNER_RADIUS, INNER_BAND_WIDTH = 24.0, 28.0, 8.0
GAP = 8.0  # degrees between two arcs
SMALLEST_ARC = {1: 352.0, 2: 120.0, 3: 84.0}
# How wide a ribbon is if all pairs help each other.
FULL_WIDTH = {2: 56.0, 3: 56.0, 4: 34.0}


@dataclass(frozen=True)
class Arc:
    """The place of a sector: where its arc begins and ends, in degrees clockwise from the top."""

    begin: float
    end: float

    def at(self, part: float) -> float:
        return self.begin + (self.end - self.begin) * part

    @property
    def path(self) -> str:
        first, last = on_circle(self.begin, BAND), on_circle(self.end, BAND)
        is_large = int(self.end - self.begin > 180)
        return f"M{text(first)}A{BAND:g} {BAND:g} 0 {is_large} 1 {text(last)}"


@dataclass(frozen=True)
class Curve:
    """The middle line of a ribbon: a cubic Bézier curve by its four points."""

    points: tuple[Point, Point, Point, Point]

    @property
    def path(self) -> str:
        first, *rest = map(text, self.points)
        return f"M{first}C{' '.join(rest)}"

    def at(self, part: float) -> Point:
        rest = 1 - part
        weights = (rest**3, 3 * rest**2 * part, 3 * rest * part**2, part**3)
        x = sum(weight * point[0] for weight, point in zip(weights, self.points, strict=True))
        y = sum(weight * point[1] for weight, point in zip(weights, self.points, strict=True))
        return x, y


def arcs(people: Sequence[int]) -> list[Arc]:
    """Return the arcs of up to three sectors: the more people, the longer, but none too short."""
    number = len(people)
    smallest = SMALLEST_ARC[number]
    spare = 360 - number * (GAP + smallest)
    found, begin = [], GAP / 2
    for size in people:
        end = begin + smallest + spare * size / sum(people)
        found.append(Arc(begin, end))
        begin = end + GAP
    return found


def curves(people: Sequence[int]) -> dict[tuple[int, int], Curve]:
    """Return the ribbon of each two of two to four sectors with these numbers of people."""
    number = len(people)
    ring = arcs(people[:3])
    if number == 2:
        return {(0, 1): curve(ring[0].at(0.5), ring[1].at(0.5), bend=0.3)}
    # How far from the ends of an arc the ribbons to its neighbours begin.
    share, bend = (0.28, 0.5) if number == 3 else (0.2, 0.8)
    found = {
        (one, other): curve(ring[one].at(1 - share), ring[other].at(share), bend)
        for one, other in ((0, 1), (1, 2))
    }
    found[0, 2] = curve(ring[0].at(share), ring[2].at(1 - share), bend)
    if number == 4:
        for one, arc in enumerate(ring):
            found[one, 3] = spoke(arc.at(0.5))
    return found


def curve(begin: float, end: float, bend: float) -> Curve:
    """Return a ribbon that leaves the ring at right angles at both ends.

    The greater `bend`, up to 1, the nearer it stays to the ring.
    """
    return Curve(
        (
            on_circle(begin, RADIUS + 3),
            on_circle(begin, RADIUS * bend),
            on_circle(end, RADIUS * bend),
            on_circle(end, RADIUS + 3),
        )
    )


def spoke(angle: float) -> Curve:
    """Return a straight ribbon from the ring to the ring in the middle."""
    ends = RADIUS + 3, INNER_RADIUS - 2
    parts = (ends[0], ends[0] - 20, ends[1] + 20, ends[1])
    first, second, third, fourth = (on_circle(angle, radius) for radius in parts)
    return Curve((first, second, third, fourth))


def on_circle(angle: float, radius: float) -> Point:
    turned = radians(angle) - pi / 2
    return CENTRE + radius * cos(turned), CENTRE + radius * sin(turned)


def text(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"
