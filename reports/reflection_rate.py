"""The share of a workshop's people who wrote, in bands too wide to identify anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Cohort
from reflections.participation import Writing, writing_per_workshop
from reports.attendance import Roll
from surveys.disclosure import MINIMUM, is_large_enough

EDGES = (0.25, 0.5, 0.75)
LABELS = {
    (0.0, 0.25): gettext_lazy("fewer than a quarter"),
    (0.0, 0.5): gettext_lazy("fewer than a half"),
    (0.0, 0.75): gettext_lazy("fewer than three quarters"),
    (0.25, 0.5): gettext_lazy("a quarter to a half"),
    (0.25, 0.75): gettext_lazy("a quarter to three quarters"),
    (0.25, 1.0): gettext_lazy("a quarter or more"),
    (0.5, 0.75): gettext_lazy("a half to three quarters"),
    (0.5, 1.0): gettext_lazy("a half or more"),
    (0.75, 1.0): gettext_lazy("three quarters or more"),
}


@dataclass(frozen=True)
class Band:
    """A range of shares from `low` to below `high`; None if it may not be shown."""

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return _("not shown: fewer than %(minimum)d attended") % {"minimum": MINIMUM}
        return str(LABELS[self.low, self.high])


HIDDEN = Band()


def reflection_rates(cohort: Cohort, rolls: Sequence[Roll]) -> dict[int, Band]:
    """Return the band of each workshop by its pk. One query."""
    writing = writing_per_workshop(cohort)
    return {
        roll.workshop.pk: band_of(roll, writing.get(roll.workshop.pk, Writing())) for roll in rolls
    }


def band_of(roll: Roll, writing: Writing) -> Band:
    return band(writers=writing.writers, attended=len(roll.attended), sharers=writing.sharers)


def band(*, writers: int, attended: int, sharers: int = 0) -> Band:
    """Return the band of so many writers among so many who attended.

    People who shared what they wrote are known by name. If a band had room for those alone, it
    would reveal that nobody else has written. That band is merged with the next, whether or not
    others wrote. docs/figures.md says what comparing two moments can reveal.

    People who did not attend may write too, so there can be more writers than people who attended.
    """
    if not is_large_enough(attended):
        return HIDDEN
    low = 0.0
    for edge in EDGES:
        most = ceil(edge * attended) - 1
        if most == sharers:
            continue
        if writers <= most:
            return Band(low, edge)
        low = edge
    return Band(low, 1.0)
