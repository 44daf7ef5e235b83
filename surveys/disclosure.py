"""What may be shown of anonymous answers and small groups: one place decides, for pages, files and commands alike."""

from __future__ import annotations

from enum import IntEnum

MINIMUM = 5
DISTRIBUTION_MINIMUM = 8


class Detail(IntEnum):
    """How much may be shown; each level holds the ones below."""

    NOTHING = 0
    FIGURES = 1  # mean, share, number, words
    DISTRIBUTION = 2  # how many chose each point


def is_large_enough(people: int) -> bool:
    """May so many people be shown as a group at all?"""
    return people >= MINIMUM


def detail_of(answers: int, *, is_closed: bool, outside: int = 0) -> Detail:
    """How much may be shown of so many answers.

    Nothing before the survey closes: whoever watches a result change learns the answer that changed it.
    Of a group within a survey, `outside` is how many answers are left when it is taken away: they can be worked out by
    subtraction, so they are shown no more freely than if they were asked for themselves.
    """
    fewest = min(answers, outside) if outside else answers
    if not is_closed or not is_large_enough(fewest):
        return Detail.NOTHING
    return Detail.DISTRIBUTION if fewest >= DISTRIBUTION_MINIMUM else Detail.FIGURES
