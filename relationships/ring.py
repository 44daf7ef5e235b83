"""The geometry of a person's network in SVG: the person in the middle of a ring of others.

Each person has the same place in every picture, and no place depends on an answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

SIZE = 300
CENTRE = SIZE / 2
RADIUS = 122
MARK, FEWEST_PER_MARK = 8, 30  # half the width of a mark, if no more people than that


@dataclass(frozen=True)
class Spoke:
    """One person on the ring. `level` is None or 0 if no line leads to them."""

    x: float
    y: float
    sector: str
    level: int
    half: float

    @property
    def left(self) -> float:
        return round(self.x - self.half, 1)

    @property
    def top(self) -> float:
        return round(self.y - self.half, 1)

    @property
    def width(self) -> float:
        return round(2 * self.half, 1)


def ring(people: Sequence[tuple[str, int | None]]) -> list[Spoke]:
    """Return the places of people, given as sector and level, clockwise from the top."""
    half = MARK * min(1.0, FEWEST_PER_MARK / max(len(people), 1))
    spokes = []
    for number, (sector, level) in enumerate(people):
        angle = 2 * pi * number / len(people)
        x, y = CENTRE + RADIUS * sin(angle), CENTRE - RADIUS * cos(angle)
        spokes.append(Spoke(round(x, 1), round(y, 1), sector, level or 0, round(half, 1)))
    return spokes
