"""Statistical disclosure control: how much may be shown of anonymous answers and small groups.

Pages, files and commands all use the rules of this module.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import IntEnum

# Figures are shown only if they are about at least this many people or answers.
MINIMUM = 5
# Exact figures, and what fewer than MINIMUM people wrote, are shown only if there are at least this
# many answers. From fewer, a mean and a share often say how everybody answered: of five people, a
# mean of 4.6 with a share of 80% are 5, 5, 5, 5 and 3.
EXACT_MINIMUM = 8
# An interval of a mean is shown only if it is about at least this many people: from fewer it is too
# wide to say anything.
INTERVAL_MINIMUM = 10
# Relationships between people are counted only if at least this many people answered both rounds,
# and shares of pairs only if there are at least this many pairs.
PANEL_MINIMUM = PAIRS_MINIMUM = 10
# All figures about relationships are shown only if at least this many percent answered, and only
# the first of them, as indicative, from the second number on.
PANEL_PERCENT, INDICATIVE_PERCENT = 80, 65

# The least and the greatest number that a count may be, as far as it may be shown. The two are the
# same if the count itself may be shown.
Range = tuple[int, int]


class Detail(IntEnum):
    """A level of detail at which answers may be shown. Each level includes the lower levels."""

    NOTHING = 0
    ROUNDED_MEAN = 1  # The mean to the nearest half (see `rounded_mean`).
    EXACT = 2  # The number of answers, their mean, and how many people chose each point.


def is_large_enough(people: int) -> bool:
    """Return whether figures about a group of this size may be shown."""
    return people >= MINIMUM


def detail_of(answers: int, *, is_closed: bool, outside: int = 0) -> Detail:
    """Return the level of detail in which this number of answers may be shown.

    Nothing is shown before the survey closes, because a change in a figure would reveal the answer
    that changed it. For a group within a survey, `outside` is the number of answers from people
    outside the group. Figures about those answers can be worked out by subtraction, so the smaller
    of the two numbers decides.
    """
    fewest = min(answers, outside) if outside else answers
    if not is_closed or not is_large_enough(fewest):
        return Detail.NOTHING
    return Detail.EXACT if fewest >= EXACT_MINIMUM else Detail.ROUNDED_MEAN


class ChangeDetail(IntEnum):
    """A level of detail at which a change may be shown. Each level includes the lower levels."""

    NOTHING = 0
    MEAN = 1  # The mean of the people's changes.
    DIRECTIONS = 2  # Also how many people went up, stayed the same and went down.
    INTERVAL = 3  # Also the interval of the mean.


def change_detail_of(people: int, *, is_closed: bool) -> ChangeDetail:
    """Return the level of detail in which the change of this number of people may be shown.

    `people` is the number of pairs: people who answered both before and after. Nothing is shown
    before both have closed.
    """
    if not is_closed or not is_large_enough(people):
        return ChangeDetail.NOTHING
    if people < EXACT_MINIMUM:
        return ChangeDetail.MEAN
    return ChangeDetail.INTERVAL if people >= INTERVAL_MINIMUM else ChangeDetail.DIRECTIONS


def rounded_mean(answers: Collection[int], *, least: int = 1, most: int = 5) -> float:
    """Return the mean of answers from `least` to `most` to the nearest half, quarters rounded up.

    It is at least half a point from both ends, which are shown as “1.5 or less” and “4.5 or more”:
    a mean at an end would say how everybody answered.
    """
    halves = (4 * sum(answers) + len(answers)) // (2 * len(answers))
    return min(max(halves, 2 * least + 1), 2 * most - 1) / 2


def shows_words(written: int, answers: int) -> bool:
    """Return whether texts may be shown that `written` people wrote with these many answers."""
    return is_large_enough(written) or answers >= EXACT_MINIMUM


class PanelDetail(IntEnum):
    """A level of detail at which relationships may be shown. Each level includes the lower ones."""

    NOTHING = 0
    INDICATIVE = 1  # Only how many people each can turn to.
    ALL = 2


def panel_detail_of(panel: int, rates: Collection[tuple[int, int]], *, outside: int) -> PanelDetail:
    """Return the level of detail in which relationships among these many people may be shown.

    `panel` is the number of people who answered both rounds, and `outside` is how many of them are
    not of the largest organisation: relationships across organisations are theirs. `rates` are
    numbers of people who answered and numbers of people asked, and the lowest rate decides.
    """
    if panel < PANEL_MINIMUM or not is_large_enough(outside):
        return PanelDetail.NOTHING
    if not all(asked for _answered, asked in rates):
        return PanelDetail.NOTHING
    percent = min(100 * answered // asked for answered, asked in rates)
    if percent < INDICATIVE_PERCENT:
        return PanelDetail.NOTHING
    return PanelDetail.ALL if percent >= PANEL_PERCENT else PanelDetail.INDICATIVE


def is_exact(count: int, of: int) -> bool:
    """Return whether this count of pairs or people may be shown as it is.

    It may if at least MINIMUM are counted and at least MINIMUM are not. People know their own
    answers. Whoever says “we help each other” and reads that no pair does knows what the other
    said, and so does everybody who reads that all pairs do.
    """
    return count >= MINIMUM and of - count >= MINIMUM


def range_of(count: int, of: int) -> Range | None:
    """Return what may be shown of a count: the count, or only that it is near one of its ends."""
    if of < PAIRS_MINIMUM:
        return None
    if is_exact(count, of):
        return count, count
    return (0, MINIMUM - 1) if count < MINIMUM else (of - MINIMUM + 1, of)


def ranges_of_parts(
    parts: Sequence[tuple[int, int]], hidden: Collection[int] = ()
) -> list[Range | None]:
    """Return what may be shown of counts whose sum is shown. A part is a count and its `of`.

    `hidden` are the places of parts that may not be shown at all.

    Whoever knows the sum and all parts but one knows this one too. So if a part may not be shown
    as it is, the exact part of the fewest pairs is shown as a range as well, and nothing at all
    unless every number in the ranges of the others fits the sum.
    """
    ranges = [None if number in hidden else range_of(*part) for number, part in enumerate(parts)]
    exact = [number for number, one in enumerate(ranges) if one and one[0] == one[1]]
    if len(exact) == len([part for part in parts if part[1]]):
        return ranges
    if not exact:
        return [None for _part in parts]
    partner = min(exact, key=lambda number: (parts[number][1], number))
    count, of = parts[partner]
    inexact = [number for number in range(len(parts)) if number not in exact]
    known = [ranges[number] or (0, parts[number][1]) for number in inexact]
    rest = count + sum(parts[number][0] for number in inexact)
    least, most = sum(low for low, _high in known), sum(high for _low, high in known)
    if rest - most < MINIMUM or rest - least > of - MINIMUM:
        return [None for _part in parts]
    ranges[partner] = (rest - most, rest - least)
    return ranges


def ranges_of_change(
    before: int, after: int, both: int, of: int
) -> tuple[Range | None, Range | None]:
    """Return what may be shown of the numbers of new and of lost pairs.

    `both` is the number of pairs counted both before and after. The numbers before and after are
    shown, so the new pairs tell the lost ones, those counted both times and those never counted.
    """
    new, lost, never = after - both, before - both, of - before - after + both
    if not (is_exact(before, of) and is_exact(after, of)):
        return None, None
    if min(new, lost, both, never) >= MINIMUM:
        return (new, new), (lost, lost)
    rise, few = after - before, (0, MINIMUM - 1)
    is_clear = min(before, after, of - before, of - after) >= 2 * MINIMUM
    if is_clear and lost < MINIMUM and rise >= 0:
        return (rise, rise + MINIMUM - 1), few
    if is_clear and new < MINIMUM and rise <= 0:
        return few, (-rise, -rise + MINIMUM - 1)
    return None, None
