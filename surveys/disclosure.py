"""Statistical disclosure control: how much may be shown of anonymous answers and small groups.

Pages, files and commands all use the rules of this module.
"""

from __future__ import annotations

from enum import IntEnum

# Figures are shown only if they are about at least this many people or answers.
MINIMUM = 5
# The distribution of answers is shown only if there are at least this many.
DISTRIBUTION_MINIMUM = 8


class Detail(IntEnum):
    """A level of detail at which answers may be shown. Each level includes the lower levels."""

    NOTHING = 0
    FIGURES = 1  # The number of answers, their mean, the share of 4 and 5, and what people wrote.
    DISTRIBUTION = 2  # How many people chose each point of the scale.


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
    return Detail.DISTRIBUTION if fewest >= DISTRIBUTION_MINIMUM else Detail.FIGURES
