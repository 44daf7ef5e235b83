"""The experiments of a cohort in numbers: how many were started, and how many led to learning."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from cohorts.models import Cohort
from reflections.participation import started_experiments
from reports.attendance import Share
from surveys.disclosure import is_large_enough


@dataclass(frozen=True)
class Experiments:
    """Counts of a cohort's experiments. They are shown only if enough people have started one."""

    people: int
    learning: Share

    @property
    def started(self) -> int:
        return self.learning.of

    @property
    def note(self) -> str:
        return _("%(count)d with what was learned written down") % {"count": self.learning.count}

    @property
    def is_shown(self) -> bool:
        return is_large_enough(self.people)


def experiments_of(cohort: Cohort) -> Experiments:
    """Return the counts of the cohort's experiments. Makes one query."""
    started = started_experiments(cohort)
    people = {author for author, _learned in started}
    learning = Share(sum(learned for _author, learned in started), len(started))
    return Experiments(len(people), learning)
