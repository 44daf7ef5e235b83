"""The change between two rounds as it is shown on pages and in files, read from `RoundFigures`.

Disclosure control (`surveys.disclosure`) was applied when the figures were stored, as the second
round closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Sector
from surveys.disclosure import PanelDetail
from ui.numbers import percent

PHRASES = {
    Sector.PUBLIC: gettext_lazy("the public sector"),
    Sector.VOLUNTARY: gettext_lazy("the voluntary and community sector"),
    Sector.PRIVATE: gettext_lazy("the private sector"),
    Sector.OTHER: gettext_lazy("other sectors"),
}

# The colours of light mode in static/css/tokens.css, for PDFs, where no style sheet applies inside
# an SVG. On pages, style sheets override them.
INKS = {"public": "#2a6496", "voluntary": "#b8621b", "private": "#7a4a93", "other": "#5b6664"}


@dataclass(frozen=True)
class Count:
    """A count out of a total (`of`), exact or known only to be in a range (`low` to `high`)."""

    low: int
    high: int
    of: int

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    @property
    def text(self) -> str:
        """Return the count as a text such as “19”, “fewer than 5” or “more than 40”."""
        if self.is_exact:
            return str(self.low)
        if not self.low:
            return _("fewer than %(number)d") % {"number": self.high + 1}
        if self.high >= self.of:
            return _("more than %(number)d") % {"number": self.low - 1}
        return _("%(low)d to %(high)d") % {"low": self.low, "high": self.high}

    @property
    def brief(self) -> str:
        """Return the count as a text such as “19”, “under 5” or “over 40”."""
        if self.is_exact or 0 < self.low <= self.high < self.of:
            return self.text
        if not self.low:
            return _("under %(number)d") % {"number": self.high + 1}
        return _("over %(number)d") % {"number": self.low - 1}

    @property
    def share(self) -> str:
        """Return the share as a text such as “35%”, “under 12%” or “over 88%”."""
        if self.is_exact:
            rounded = percent(self.low / self.of)
            return {"0%": _("under 1%"), "100%": _("over 99%")}.get(rounded, rounded)
        low, high = self.bounds
        if not self.low:
            return _("under %(share)s") % {"share": f"{high}%"}
        if self.high >= self.of:
            return _("over %(share)s") % {"share": f"{low}%"}
        return _("%(low)s to %(high)s") % {"low": f"{low}%", "high": f"{high}%"}

    @property
    def bounds(self) -> tuple[int, int]:
        """Return the lower and the upper bound of the share, in whole per cent.

        If the share may be 0, the upper bound is exclusive. If it may be 100%, the lower bound is
        exclusive.
        """
        if not self.low:
            return 0, ceil(Fraction(100 * (self.high + 1), self.of))
        if self.high >= self.of:
            return floor(Fraction(100 * (self.low - 1), self.of)), 100
        return floor(Fraction(100 * self.low, self.of)), ceil(Fraction(100 * self.high, self.of))

    @property
    def middle(self) -> Fraction:
        """Return the share, or the end of its range that a drawing shows."""
        return Fraction(self.low if self.low else self.high, self.of)

    def is_above(self, other: Count) -> bool | None:
        """Return whether this share is greater than the other; None if the ranges overlap."""
        if Fraction(self.low, self.of) > Fraction(other.high, other.of):
            return True
        if Fraction(self.high, self.of) <= Fraction(other.low, other.of):
            return False
        return None


@dataclass(frozen=True)
class BeforeAfter:
    """One figure before and after. Either is None if it may not be shown."""

    before: Count | None
    after: Count | None

    @property
    def counts(self) -> str:
        return arrow(
            self.before.brief if self.before else "", self.after.brief if self.after else ""
        )

    @property
    def shares(self) -> str:
        return arrow(
            self.before.share if self.before else "", self.after.share if self.after else ""
        )


def arrow(before: str, after: str) -> str:
    """Return a text such as “19 → 73”; only one of them if the other is not shown."""
    if before and after:
        return _("%(before)s → %(after)s") % {"before": before, "after": after}
    return before or after


@dataclass(frozen=True)
class Group:
    """A sector, together with the smaller sectors that are counted with it.

    `others` are sectors with too few people to be shown alone. `sector` is empty if the group
    consists only of such sectors.
    """

    sector: str
    others: tuple[str, ...]
    people: int

    @property
    def mark(self) -> str:
        return self.sector or Sector.OTHER

    @property
    def ink(self) -> str:
        return INKS[self.mark]

    @property
    def name(self) -> str:
        return self.named(dict(Sector.choices), _("Other sectors"))

    @property
    def phrase(self) -> str:
        """Return the name as it stands in a sentence."""
        return self.named(PHRASES, _("the other sectors"))

    def named(self, names: Mapping[Any, Any], others: str) -> str:
        if not self.sector:
            return others
        name = names[self.sector]
        return _("%(sector)s and others") % {"sector": name} if self.others else str(name)


@dataclass(frozen=True)
class Cell:
    """The pairs of people of two groups, or within one group."""

    one: Group
    other: Group
    of: int
    change: BeforeAfter

    @property
    def is_across(self) -> bool:
        return self.one is not self.other

    @property
    def name(self) -> str:
        if not self.is_across:
            return _("Within %(sector)s") % {"sector": self.one.phrase}
        return _("%(one)s – %(other)s") % {"one": self.one.name, "other": self.other.name}


@dataclass(frozen=True)
class Comparison:
    """All that is shown of the change between two rounds.

    `rates` are, for “before”, “after” and “both”, how many answered and how many were asked;
    `outside` is how many of the panel are not of its largest organisation.
    Everything from `helping` on is None or empty if it may not be shown.
    """

    rates: Mapping[str, tuple[int, int]]
    panel: int
    outside: int
    pairs: int
    detail: PanelDetail
    helping: BeforeAfter
    new: Count | None
    lost: Count | None
    together: BeforeAfter
    edge: Count | None
    across: BeforeAfter
    groups: tuple[Group, ...]
    cells: tuple[Cell, ...]

    @property
    def is_shown(self) -> bool:
        return self.detail > PanelDetail.NOTHING

    @property
    def is_indicative(self) -> bool:
        return self.detail == PanelDetail.INDICATIVE

    @property
    def shows_all(self) -> bool:
        return self.detail == PanelDetail.ALL

    @property
    def people_to_turn_to(self) -> str:
        """Return how many people each can turn to, before and after: “1.9 → 6.4”."""
        before, after = self.helping.before, self.helping.after
        return arrow(
            each_of(before, self.panel) if before else "",
            each_of(after, self.panel) if after else "",
        )

    def cells_across(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_across]


def each_of(pairs: Count, people: int) -> str:
    """Return 2 × pairs / people with one decimal place, such as “6.4” or “less than 0.9”."""
    if pairs.is_exact:
        return decimal(Fraction(2 * pairs.low, people), ROUND_HALF_UP)
    if not pairs.low:
        most = decimal(Fraction(2 * (pairs.high + 1), people), ROUND_CEILING)
        return _("less than %(number)s") % {"number": most}
    least = decimal(Fraction(2 * (pairs.low - 1), people), ROUND_FLOOR)
    return _("more than %(number)s") % {"number": least}


def decimal(value: Fraction, rounding: str) -> str:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return number_format(exact.quantize(Decimal("0.1"), rounding), decimal_pos=1)


def read(counts: Mapping[str, Any]) -> Comparison:
    """Return what `relationships.figures.compare` found, as it was stored."""
    panel, pairs = counts["panel"], counts["pairs"]
    groups = tuple(
        Group(one["sector"], tuple(one["others"]), one["people"])
        for one in counts.get("groups", ())
    )
    across = counts.get("across", {"of": 0, "ranges": NEITHER})
    return Comparison(
        rates={name: (rate[0], rate[1]) for name, rate in counts["rates"].items()},
        panel=panel,
        outside=counts["outside"],
        pairs=pairs,
        detail=PanelDetail[counts["detail"].upper()],
        helping=both(counts.get("helping", NEITHER), pairs),
        new=count(counts.get("new"), pairs),
        lost=count(counts.get("lost"), pairs),
        together=both(counts.get("together", NEITHER), pairs),
        edge=count(counts.get("edge"), panel),
        across=both(across["ranges"], across["of"]),
        groups=groups,
        cells=tuple(
            Cell(
                groups[cell["groups"][0]],
                groups[cell["groups"][1]],
                cell["of"],
                both(cell["ranges"], cell["of"]),
            )
            for cell in counts.get("cells", ())
        ),
    )


NEITHER = (None, None)


def both(ranges: Sequence[Sequence[int] | None], of: int) -> BeforeAfter:
    before, after = (count(one, of) for one in ranges)
    return BeforeAfter(before, after)


def count(shown: Sequence[int] | None, of: int) -> Count | None:
    return None if shown is None else Count(shown[0], shown[1], of)
