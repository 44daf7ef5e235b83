"""The geometry of charts, as SVG attributes, because the CSP allows no inline style."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

POINTS = range(1, 6)
# The background and text colour of each answer. PDFs need them here, because no style sheet applies
# inside an SVG there. On pages, style sheets override these colours. They are the colours of light
# mode in static/css/tokens.css.
PAINTS = {
    1: ("#a8432b", "#ffffff"),
    2: ("#d9a28a", "#2b140c"),
    3: ("#d8cdb9", "#1c2b2a"),
    4: ("#7fb5a9", "#06201d"),
    5: ("#0d5b53", "#ffffff"),
}


@dataclass(frozen=True)
class Bar:
    """A segment of a stacked bar that is 100 wide: the answers at one point of the scale."""

    point: int
    count: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 3)

    @property
    def ground(self) -> str:
        return PAINTS[self.point][0]

    @property
    def ink(self) -> str:
        return PAINTS[self.point][1]


def spread(counts: Sequence[int] | Mapping[int, int]) -> list[Bar]:
    """Return a segment for each point from 1 to 5. A point that nobody chose has width 0.

    A sequence of counts is in the order of the points; a mapping is from point to count.
    """
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


class Plotted(Protocol):
    """A protocol: a point of a line chart, which has no value if it is not shown.

    `mark` is the short text above it, and `words` a sentence that says the same.
    """

    @property
    def label(self) -> str: ...

    @property
    def value(self) -> float | None: ...

    @property
    def mark(self) -> str: ...

    @property
    def words(self) -> str: ...

    @property
    def is_rounded(self) -> bool: ...


@dataclass(frozen=True)
class Dot:
    """A point on a line chart of 100 by 100, from the left and from the top.

    `y` is None if the point has no value. `from_x` and `from_y` are where its line begins: at the
    point before, if both have a value.
    """

    point: Plotted
    x: float
    y: float | None
    from_x: float | None = None
    from_y: float | None = None


# The y coordinates of the largest and the smallest value. There are labels above and below.
TOP, BOTTOM = 22.0, 72.0


def line(points: Sequence[Plotted], least: float, most: float) -> list[Dot]:
    """Return a dot for each point, at the same distance from each other."""
    dots: list[Dot] = []
    for place, point in enumerate(points):
        x, y = round(100 * (place + 0.5) / len(points), 3), height_of(point.value, least, most)
        before = dots[-1] if dots else None
        if before is None or before.y is None or y is None:
            dots.append(Dot(point, x, y))
        else:
            dots.append(Dot(point, x, y, before.x, before.y))
    return dots


def height_of(value: float | None, least: float, most: float) -> float | None:
    if value is None:
        return None
    return round(BOTTOM - (BOTTOM - TOP) * (value - least) / (most - least), 3)


class Counted(Protocol):
    """A protocol: the start of an hour, and how many messages were sent and failed in that hour."""

    @property
    def begins(self) -> datetime: ...

    @property
    def sent(self) -> int: ...

    @property
    def failed(self) -> int: ...


@dataclass(frozen=True)
class Column:
    """An hour on a chart of 100 by 100: messages sent above the baseline, and failed below it."""

    hour: Counted
    x: float
    width: float
    above: float
    below: float

    @property
    def top(self) -> float:
        return round(BASELINE - self.above, 3)


# The y coordinate of the baseline, and the least height of a bar for one or more messages.
BASELINE, MIN_HEIGHT = 70.0, 2.0


def columns(hours: Sequence[Counted]) -> list[Column]:
    """Return a column for each hour. The largest number fills its side of the baseline."""
    most = max((max(hour.sent, hour.failed) for hour in hours), default=0)
    width = 100 / len(hours) if hours else 0

    def height(number: int, room: float) -> float:
        return round(max(room * number / most, MIN_HEIGHT), 3) if number else 0.0

    return [
        Column(
            hour,
            x=round(place * width, 3),
            width=round(width * 0.8, 3),
            above=height(hour.sent, BASELINE),
            below=height(hour.failed, 100 - BASELINE),
        )
        for place, hour in enumerate(hours)
    ]
