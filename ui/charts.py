"""The geometry of charts, drawn on the server as SVG attributes, since the policy allows no inline style."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

POINTS = range(1, 6)


@dataclass(frozen=True)
class Bar:
    """How many answered with this point of the scale, and where that stands on a line of 100."""

    point: int
    count: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)


def spread(counts: Sequence[int] | Mapping[int, int]) -> list[Bar]:
    """Five bars side by side; points that nobody chose have no width, and with no answers at all none has."""
    numbers = _numbers(counts)
    total = sum(numbers)
    bars, before = [], 0
    for point, count in zip(POINTS, numbers, strict=True):
        share = 100 / total if total else 0
        bars.append(Bar(point, count, x=round(before * share, 3), width=round(count * share, 3)))
        before += count
    return bars


def _numbers(counts: Sequence[int] | Mapping[int, int]) -> list[int]:
    if isinstance(counts, Mapping):
        return [counts.get(point, 0) for point in POINTS]
    return list(counts)
