"""The list of days that dates keep clear of: what stands in it, what comes in, and who may change what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Cohort
from workshops.models import ClosedDays
from workshops.planning.closed_days_import import Period


def require_keeper(closed: ClosedDays, user: User) -> None:
    """Raises PermissionDenied to facilitators where the days hold for every cohort: an administrator keeps these."""
    if closed.cohort_id is None and not user.is_administrator:
        raise PermissionDenied


@dataclass(frozen=True)
class TakenIn:
    """What became of the periods of a file."""

    added: list[ClosedDays]
    known: int
    past: int


@transaction.atomic
def take_in(
    *,
    periods: Sequence[Period],
    kind: str,
    cohort: Cohort | None,
    today: date,
    by: User,
    at: datetime,
) -> TakenIn:
    """Adds those that are not over and not in the list yet; a second time changes nothing. No cohort: for every one."""
    to_come = [period for period in periods if period.last >= today]
    there = ClosedDays.objects.filter(kind=kind, cohort=cohort, last__gte=today)
    known = {Period(one.first, one.last, one.name) for one in there}
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
        for period in to_come
        if period not in known
    ]
    # Somebody else may take the same file in at this moment.
    ClosedDays.objects.bulk_create(added, ignore_conflicts=True)
    return TakenIn(added, len(to_come) - len(added), len(periods) - len(to_come))
