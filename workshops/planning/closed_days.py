"""The import of closed days, and the check of who may edit them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Cohort
from workshops.models import ClosedDays
from workshops.planning.closed_days_files.lines import Line, Period


def require_editor(closed: ClosedDays, user: User) -> None:
    """Raise PermissionDenied if the days apply to every cohort and the user is no administrator.

    The caller has checked that the user runs the cohort.
    """
    if closed.cohort_id is None and not user.is_administrator:
        raise PermissionDenied


@dataclass(frozen=True)
class ImportResult:
    """The periods that an import added, and how many it left out.

    `known_count` periods were already listed, and `past_count` periods were in the past.
    """

    added: list[ClosedDays]
    known_count: int
    past_count: int


def choices(
    *, lines: Sequence[Line], kind: str, cohort: Cohort | None, today: date
) -> dict[int, Line]:
    """Return a dict that maps the indexes of lines to the lines of a file that can be added.

    Leaves out periods that are already listed, and periods in the past.
    """
    known = known_periods(kind=kind, cohort=cohort, today=today)
    return {
        index: line
        for index, line in enumerate(lines)
        if line.period.last >= today and line.period not in known
    }


def known_periods(*, kind: str, cohort: Cohort | None, today: date) -> set[Period]:
    """Return the listed periods of this kind and scope that end on or after `today`."""
    listed = ClosedDays.objects.filter(kind=kind, cohort=cohort, last__gte=today)
    return {Period(one.first, one.last, one.name) for one in listed}


@transaction.atomic
def import_periods(
    *,
    periods: Sequence[Period],
    kind: str,
    cohort: Cohort | None,
    today: date,
    by: User,
    at: datetime,
) -> ImportResult:
    """Add the periods that end on or after `today` and are not listed yet.

    If `cohort` is None, they apply to every cohort. Importing the same periods again adds nothing.
    """
    upcoming = [period for period in periods if period.last >= today]
    known = known_periods(kind=kind, cohort=cohort, today=today)
    added = [
        ClosedDays(
            kind=kind,
            cohort=cohort,
            name=period.name,
            first=period.first,
            last=period.last,
            made_by=by,
            made_at=at,
        )
        for period in upcoming
        if period not in known
    ]
    # Ignore conflicts, because somebody else may import the same file concurrently.
    ClosedDays.objects.bulk_create(added, ignore_conflicts=True)
    return ImportResult(added, len(upcoming) - len(added), len(periods) - len(upcoming))
