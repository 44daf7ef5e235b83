"""The comparison of two versions of a frozen report, read from their CSV files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

from reports.models import FrozenReport

# The part, workshop and name of a figure.
Name = tuple[str, str, str]


@dataclass(frozen=True)
class Difference:
    """A figure that differs between two versions in its value, count or total.

    The cells of a version that does not have the figure are None.
    """

    name: Name
    before: tuple[str, str, str] | None
    after: tuple[str, str, str] | None


@dataclass(frozen=True)
class Comparison:
    """The figures of two versions that differ, and the number of those that are the same."""

    before: FrozenReport
    after: FrozenReport
    differences: list[Difference]
    same: int


def compare(before: FrozenReport, after: FrozenReport) -> Comparison:
    """Compare the figures in the CSV files of two versions."""
    old, new = cells_of(before), cells_of(after)
    names = list(dict.fromkeys([*new, *old]))
    differing = [name for name in names if old.get(name) != new.get(name)]
    return Comparison(
        before,
        after,
        [Difference(name, old.get(name), new.get(name)) for name in differing],
        len(names) - len(differing),
    )


def cells_of(report: FrozenReport) -> dict[Name, tuple[str, str, str]]:
    """Return the value, count and total of each figure in the report's CSV."""
    rows = csv.reader(io.StringIO(bytes(report.csv).decode("utf-8-sig"), newline=""))
    next(rows, None)
    return {(row[0], row[1], row[3]): (row[4], row[5], row[6]) for row in rows if len(row) > 6}
