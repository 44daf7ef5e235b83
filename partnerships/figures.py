"""The figures about work started together. Pure functions of counts and statuses.

Sources of the formulas: docs/figures.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from partnerships.models.checks import Contribution
from partnerships.models.partnerships import ALIVE

# A share of survival is shown from this many partnerships due, and a share of contribution from
# this many answers.
MINIMUM = 5
# The answers that say that the programme made a difference.
CONTRIBUTED = (Contribution.NO, Contribution.LATER)


@dataclass(frozen=True)
class Survival:
    """How many partnerships are still running at the check after `months`.

    `due` partnerships were asked, `alive` of these answered that the work is still running, and
    `silent` of these did not answer.
    """

    months: int
    due: int = 0
    alive: int = 0
    silent: int = 0

    @property
    def is_shown(self) -> bool:
        """Return whether the counts are shown: once one partnership has been asked."""
        return self.due > 0

    @property
    def has_range(self) -> bool:
        return self.due >= MINIMUM

    @property
    def low(self) -> float | None:
        """alive / due: the share if everybody silent has stopped. None below MINIMUM due."""
        return self.alive / self.due if self.has_range else None

    @property
    def high(self) -> float | None:
        """(alive + silent) / due: the share if everybody silent still runs."""
        return (self.alive + self.silent) / self.due if self.has_range else None


def survival(months: int, statuses: Iterable[str]) -> Survival:
    """Return the survival at a check from the status of each partnership due.

    A status is empty if nobody has answered. Silence counts neither as alive nor as dead.
    """
    found = list(statuses)
    return Survival(
        months=months,
        due=len(found),
        alive=sum(status in ALIVE for status in found),
        silent=found.count(""),
    )


@dataclass(frozen=True)
class Made:
    """The contribution of the programme: how many of the answers say that it made a difference."""

    count: int = 0
    answers: int = 0

    @property
    def is_shown(self) -> bool:
        return self.answers >= MINIMUM

    @property
    def share(self) -> float | None:
        """(would not have happened + later or smaller) / answers. None below MINIMUM answers."""
        return self.count / self.answers if self.is_shown else None


def made(contributions: Iterable[str]) -> Made:
    """Return the contribution from the latest answer of each partnership, leaving out empty ones.

    “I can’t say” is an answer, so it is in the denominator.
    """
    found = [one for one in contributions if one]
    return Made(count=sum(one in CONTRIBUTED for one in found), answers=len(found))
