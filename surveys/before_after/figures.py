"""The figures of “Before and after”, as pure functions of answers.

A person's score change on a scale is the mean of (after - before) over those of its three
statements that they answered both times; it needs at least two. Statements that somebody skipped
never count, and people who answered only one of two waves don't count at all.

All sums are exact (`Fraction`), so the order of the people makes no difference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import sqrt

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from surveys.before_after.instrument import NO_CHANGE, SCALES, SIGHTS, Scale
from surveys.disclosure import ChangeDetail, change_detail_of
from surveys.models import Answers

# A person's change counts as up or down from this many points on; less is “about the same”.
SAME_BELOW = Fraction(1, 2)
# How many of a scale's three statements a person must have answered both times.
LEAST_STATEMENTS = 2
# How many of the six things a colleague must have seen for their answers to count.
LEAST_SIGHTS = 2
# The 95th percentiles of Student's t distribution, by degrees of freedom, for two-sided 90%
# intervals. For other numbers the next smaller one is used, so an interval is never too narrow.
STUDENT_T = {
    9: 1.833,
    10: 1.812,
    11: 1.796,
    12: 1.782,
    13: 1.771,
    14: 1.761,
    15: 1.753,
    16: 1.746,
    17: 1.740,
    18: 1.734,
    19: 1.729,
    20: 1.725,
    21: 1.721,
    22: 1.717,
    23: 1.714,
    24: 1.711,
    25: 1.708,
    26: 1.706,
    27: 1.703,
    28: 1.701,
    29: 1.699,
    30: 1.697,
    40: 1.684,
    60: 1.671,
    80: 1.664,
    120: 1.658,
    240: 1.651,
}


@dataclass(frozen=True)
class Change:
    """The change of several people on one scale. A figure that may not be shown is None.

    `people` is None if they are too few. `mean` is the mean of their changes, and `low` and `high`
    are the ends of its 90% interval. `up`, `same` and `down` are numbers of people. All means have
    one decimal place.
    """

    people: int | None = None
    mean: float | None = None
    up: int | None = None
    same: int | None = None
    down: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_shown(self) -> bool:
        return self.mean is not None

    @property
    def has_directions(self) -> bool:
        return self.up is not None

    @property
    def has_interval(self) -> bool:
        return self.low is not None

    @property
    def average(self) -> str:
        """Return the mean as a text with its sign, such as “+0.4”; empty if it is not shown."""
        return signed(self.mean)

    @property
    def interval(self) -> str:
        """Return the interval as a text such as “+0.1 to +0.7”; empty if it is not shown."""
        if self.low is None or self.high is None:
            return ""
        return _("%(low)s to %(high)s") % {"low": signed(self.low), "high": signed(self.high)}


@dataclass(frozen=True)
class ScaleChange:
    """The change on one scale, and the change that the same people see when they look back.

    `looking_back` is never shown without `change`. It is also not shown if too few people have both
    figures.
    """

    scale: Scale
    change: Change
    looking_back: Change

    @property
    def name(self) -> str:
        return str(self.scale.name)


def change_of(changes: Collection[Fraction], *, is_closed: bool) -> Change:
    """Return what may be shown of these changes, one for each person.

    mean = sum of changes / n. The 90% interval is mean ± t(0.95, n - 1) × s / √n, where s is the
    standard deviation with n - 1. Up counts changes of at least +0.5, down those of at most -0.5.
    """
    n = len(changes)
    detail = change_detail_of(n, is_closed=is_closed)
    if detail < ChangeDetail.MEAN:
        return Change()
    mean = Fraction(sum(changes), n)
    shown = Change(people=n, mean=one_decimal(mean))
    if detail < ChangeDetail.DIRECTIONS:
        return shown
    up = sum(change >= SAME_BELOW for change in changes)
    down = sum(change <= -SAME_BELOW for change in changes)
    low, high = interval(changes, mean) if detail >= ChangeDetail.INTERVAL else (None, None)
    return Change(n, shown.mean, up, n - up - down, down, low, high)


def interval(changes: Collection[Fraction], mean: Fraction) -> tuple[float, float]:
    n = len(changes)
    variance = sum((change - mean) ** 2 for change in changes) / (n - 1)
    half = Fraction(student_t(n - 1) * sqrt(variance / n))
    return one_decimal(mean - half), one_decimal(mean + half)


def signed(value: float | None) -> str:
    """Return the number with one decimal place and its sign; empty for None."""
    if value is None:
        return ""
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return sign + number_format(abs(value), decimal_pos=1)


def student_t(degrees: int) -> float:
    return STUDENT_T[max(known for known in STUDENT_T if known <= degrees)]


def one_decimal(value: Fraction) -> float:
    """Return the value to one decimal place, rounding half away from zero."""
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return float(exact.quantize(Decimal("0.1"), ROUND_HALF_UP)) + 0.0


def scale_changes(
    before: Mapping[str, Answers], after: Mapping[str, Answers], *, is_closed: bool
) -> tuple[ScaleChange, ...]:
    """Return the change on each scale. `before` and `after` map pseudonyms to answers."""
    pairs = [(before[one], after[one]) for one in before.keys() & after.keys()]
    return tuple(scale_change(scale, pairs, is_closed=is_closed) for scale in SCALES)


def scale_change(
    scale: Scale, pairs: Iterable[tuple[Answers, Answers]], *, is_closed: bool
) -> ScaleChange:
    """Return the change on one scale, over the people whose score change is known.

    A person's change looking back is the mean of their statements in the second wave, minus their
    answer in that wave about how they were at the start.
    """
    changes, looking_back = [], []
    for first, second in pairs:
        change = score_change(scale, first, second)
        if change is None:
            continue
        changes.append(change)
        if scale.looking_back in second:
            now = mean_of(second[name] for name in scale.statements if name in second)
            looking_back.append(now - second[scale.looking_back])
    return ScaleChange(
        scale,
        change_of(changes, is_closed=is_closed),
        change_of(looking_back, is_closed=is_closed),
    )


def score_change(scale: Scale, before: Answers, after: Answers) -> Fraction | None:
    """Return one person's change on a scale; None if they answered too few statements twice."""
    both = [name for name in scale.statements if name in before and name in after]
    if len(both) < LEAST_STATEMENTS:
        return None
    return mean_of(after[name] - before[name] for name in both)


def mean_of(numbers: Iterable[int]) -> Fraction:
    values = list(numbers)
    return Fraction(sum(values), len(values))


def sight_change(answers: Iterable[Answers], *, is_closed: bool) -> Change:
    """Return the change that colleagues have seen.

    One colleague's change is the mean, over the things they have seen, of their answer minus 3
    (“About the same”), from -2 to +2. Things they haven't seen never count, and a colleague who has
    seen fewer than two of the six doesn't count.
    """
    changes = []
    for one in answers:
        seen = [one[name] for name in SIGHTS if type(one.get(name)) is int]
        if len(seen) >= LEAST_SIGHTS:
            changes.append(mean_of(seen) - NO_CHANGE)
    return change_of(changes, is_closed=is_closed)
