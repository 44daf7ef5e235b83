"""Bands for the share of attendees who wrote about a workshop, too wide to identify anybody.

Each band is worked out only once, when the workshop's survey closes. If it were worked out again,
somebody could find the exact number of writers by changing one mark on the register at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cohorts.models import Cohort
from reflections.participation import writing_about
from reports.attendance import Roll, call_rolls
from reports.models import WritersBand
from surveys.closing import closing_time
from surveys.disclosure import MINIMUM, is_large_enough
from workshops.models import Workshop, WorkshopQuerySet

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

    `low` is inclusive and `high` exclusive, except that a `high` of 1.0 includes everybody. Both
    bounds are None if too few people attended for a band to be shown, and if the band `is_pending`
    because the survey has not closed yet.
    """

    low: float | None = None
    high: float | None = None
    is_pending: bool = False

    def __str__(self) -> str:
        if self.is_pending:
            return _("after the feedback closes")
        if self.low is None or self.high is None:
            return _("not shown: fewer than %(minimum)d marked as attending") % {"minimum": MINIMUM}
        return str(LABELS[self.low, self.high])


HIDDEN = Band()
PENDING = Band(is_pending=True)


def bands_of(workshops: Iterable[Workshop]) -> dict[int, Band]:
    """Return a dict that maps each workshop's pk to its stored band or, if it has none, to PENDING.

    Makes one query.
    """
    pks = [workshop.pk for workshop in workshops]
    stored = {
        row.workshop_id: Band(row.low, row.high)
        for row in WritersBand.objects.filter(workshop__in=pks)
    }
    return {pk: stored.get(pk, PENDING) for pk in pks}


def store_bands(*, at: datetime, cohort: Cohort | None = None) -> int:
    """Work out and store the bands of the workshops whose survey has closed by `at`.

    Never changes a stored band. If two runs are concurrent, the bands of the first are stored.
    Without a `cohort`, works out the bands of all cohorts. Returns the number of bands worked out.
    """
    closed = closed_without_band(at)
    if cohort:
        closed = closed.filter(cohort=cohort)
    found = []
    for one, group in groupby(closed, key=lambda workshop: workshop.cohort):
        members = list(one.memberships.participating())
        for roll in call_rolls(list(group), members):
            band = band_of(roll, until=roll.workshop.closes)  # type: ignore[attr-defined]
            found.append(WritersBand(workshop=roll.workshop, low=band.low, high=band.high))
    WritersBand.objects.bulk_create(found, ignore_conflicts=True)
    return len(found)


def closed_without_band(at: datetime) -> WorkshopQuerySet:
    """Return the workshops without a band whose survey has closed by `at`, ordered by cohort.

    Adds the annotation `closes`: when the survey closed.
    """
    found: WorkshopQuerySet = (
        Workshop.objects.took_place(at)
        .filter(writers_band=None)
        .annotate(closes=closing_time())
        .filter(closes__lte=at)
        .select_related("cohort")
        .order_by("cohort", "position")
    )
    return found


def band_of(roll: Roll, *, until: datetime) -> Band:
    """Return the band for the attendees on the roll. Makes at most three queries."""
    if not is_large_enough(len(roll.attended)):
        return HIDDEN
    writing = writing_about(roll.workshop, among=roll.attended, until=until)
    return band(writers=writing.writers, attended=len(roll.attended), sharers=writing.sharers)


def band(*, writers: int, attended: int, sharers: int = 0) -> Band:
    """Return the band of the share `writers` / `attended`.

    Facilitators know how many writers have shared what they wrote (`sharers`). If this number is
    the highest number of writers in a band, the band would reveal that nobody else has written. So
    the band is merged with the next higher one, whether or not others have written. docs/figures.md
    says what facilitators can still learn from reflections that are shared later.
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
