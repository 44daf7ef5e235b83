"""Statistical disclosure control: how much may be shown of anonymous answers and small groups.

Pages, files and commands all ask this module.
"""

from __future__ import annotations

from enum import IntEnum

MINIMUM = 5
DISTRIBUTION_MINIMUM = 8


class Detail(IntEnum):
    """How much may be shown. Each level includes the ones below."""

    NOTHING = 0
    FIGURES = 1  # mean, share, number, words
    DISTRIBUTION = 2  # how many chose each point


def is_large_enough(people: int) -> bool:
    """Return whether figures about a group of this size may be shown."""
    return people >= MINIMUM


def detail_of(answers: int, *, is_closed: bool, outside: int = 0) -> Detail:
    """Return how much may be shown of this many answers.

    Nothing is shown before the survey closes, because a result that changes reveals the answer that
    changed it. For a group within a survey, `outside` is the number of answers not in the group.
    Those can be worked out by subtraction, so the smaller of the two numbers decides.
    """
    fewest = min(answers, outside) if outside else answers
    if not is_closed or not is_large_enough(fewest):
        return Detail.NOTHING
    return Detail.DISTRIBUTION if fewest >= DISTRIBUTION_MINIMUM else Detail.FIGURES
