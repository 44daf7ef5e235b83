"""What a cohort's people tried, in numbers: how much was begun, and of how much it is written down what was learned."""

from __future__ import annotations

from dataclasses import dataclass

from cohorts.models import Cohort
from reflections.participation import begun_experiments
from reports.attendance import Share
from surveys.disclosure import is_large_enough


@dataclass(frozen=True)
class Experiments:
    """Shown once people enough have begun one that it points at nobody."""

    people: int
    learning: Share

    @property
    def started(self) -> int:
        return self.learning.of

    @property
    def note(self) -> str:
        return f"{self.learning.count} with what was learned written down"

    @property
    def is_shown(self) -> bool:
        return is_large_enough(self.people)


def experiments_of(cohort: Cohort) -> Experiments:
    """One query."""
    begun = begun_experiments(cohort)
    people = {author for author, _ in begun}
    return Experiments(len(people), Share(sum(learned for _, learned in begun), len(begun)))
