"""Statistical disclosure control: how much may be shown of anonymous answers and small groups.

Pages, files and commands all use the rules of this module.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import IntEnum

# Figures are shown only if they are about at least this many people or answers.
MINIMUM = 5
# Exact figures, and what fewer than MINIMUM people wrote, are shown only if there are at least this
# many answers. From fewer, a mean and a share often say how everybody answered: of five people, a
# mean of 4.6 with a share of 80% are 5, 5, 5, 5 and 3.
EXACT_MINIMUM = 8


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


def rounded_mean(answers: Collection[int]) -> float:
    """Return the mean of answers from 1 to 5 to the nearest half, at least 1.5 and at most 4.5.

    Rounds quarters up. The limits are shown as “1.5 or less” and “4.5 or more”: a mean of 1 or 5
    would say how everybody answered.
    """
    halves = (4 * sum(answers) + len(answers)) // (2 * len(answers))
    return min(max(halves, 3), 9) / 2


def shows_words(written: int, answers: int) -> bool:
    """Return whether texts may be shown that `written` people wrote with these many answers."""
    return is_large_enough(written) or answers >= EXACT_MINIMUM
