"""Bands for the share of attendees who wrote about a workshop, too wide to identify anybody."""

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
# The text of each band by its bounds. Bands that were merged have texts of their own.
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
    """A range of the share of attendees who wrote a reflection about a workshop.

    `low` is inclusive and `high` exclusive, except that a `high` of 1.0 means no upper bound:
    people who did not attend may write too, so the share may be 1 or more. Both bounds are None if
    too few people attended for a band to be shown.
    """

    low: float | None = None
    high: float | None = None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            return _("not shown: fewer than %(minimum)d attended") % {"minimum": MINIMUM}
        return str(LABELS[self.low, self.high])


HIDDEN = Band()


def reflection_rates(cohort: Cohort, rolls: Sequence[Roll]) -> dict[int, Band]:
    """Return a dict that maps each workshop's pk to its `Band`. Makes one query."""
    writing = writing_per_workshop(cohort)
    return {
        roll.workshop.pk: band_of(roll, writing.get(roll.workshop.pk, Writing())) for roll in rolls
    }


def band_of(roll: Roll, writing: Writing) -> Band:
    return band(writers=writing.writers, attended=len(roll.attended), sharers=writing.sharers)


def band(*, writers: int, attended: int, sharers: int = 0) -> Band:
    """Return the band of the share `writers` / `attended`.

    Facilitators know the `sharers`, the writers who have shared what they wrote. A band with room
    for no more writers than these would reveal that nobody else has written. So that band is merged
    with the next higher one, whether or not others have written. docs/figures.md says what
    facilitators can still learn by comparing the bands of two moments.

    There may be more writers than attendees, because people who did not attend may write too.
    """
    if not is_large_enough(attended):
        return HIDDEN
    low = 0.0
    for edge in EDGES:
        # The largest number of writers in a band that ends at this edge.
        most = ceil(edge * attended) - 1
        if most == sharers:
            continue
        if writers <= most:
            return Band(low, edge)
        low = edge
    return Band(low, 1.0)
