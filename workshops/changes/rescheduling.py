"""Functions that move, cancel and reinstate one workshop.

Concurrent changes are serialised by row locks; the second user gets a StaleError.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from ui.version_token import StaleError
from workshops.changes.change_log import changes_of
from workshops.models import Change, Workshop
from workshops.planning.scheduling import clash, other_slots
from workshops.times import Arrangement, Slot


@transaction.atomic
def move(
    *,
    workshop: Workshop,
    arrangement: Arrangement,
    seen: str,
    by: User,
    at: datetime,
    reason: str = "",
    override_reason: str = "",
) -> Change | None:
    """Change the time or place of the workshop. Return None if neither changes.

    Locks the rows of the cohort's workshops. Raises StaleError if the workshop has changed since
    the version token `seen`, and ValidationError if the new slot clashes with another workshop.
    """
    lock_series(workshop)
    if arrangement == workshop.arrangement:
        return None
    check_unchanged(workshop, seen)
    if not workshop.is_cancelled and (problem := clash_with_others(workshop, arrangement.slot)):
        raise ValidationError(problem)
    return workshop.arrange(
        arrangement, by=by, at=at, reason=reason, override_reason=override_reason
    )


@transaction.atomic
def cancel(
    *, workshop: Workshop, seen: str, by: User, at: datetime, reason: str = ""
) -> Change | None:
    """Cancel the workshop. Return None if it is already cancelled.

    Locks the workshop's row. Raises StaleError if the workshop has changed since the version token
    `seen`.
    """
    workshop.lock_for_update()
    if workshop.is_cancelled:
        return None
    check_unchanged(workshop, seen)
    return workshop.cancel(by=by, at=at, reason=reason)


@transaction.atomic
def reinstate(
    *,
    workshop: Workshop,
    seen: str,
    by: User,
    at: datetime,
    reason: str = "",
    override_reason: str = "",
) -> Change | None:
    """Reinstate the workshop at its old time and place. Return None if it is not cancelled.

    Locks rows and raises StaleError and ValidationError as `move` does.
    """
    lock_series(workshop)
    if not workshop.is_cancelled:
        return None
    check_unchanged(workshop, seen)
    if problem := clash_with_others(workshop, workshop.slot):
        raise ValidationError(problem)
    return workshop.reinstate(by=by, at=at, reason=reason, override_reason=override_reason)


def lock_series(workshop: Workshop) -> None:
    """Lock the rows of the cohort's workshops, and refresh this workshop.

    Without the lock, two concurrent moves could each be valid and yet clash with each other.
    """
    series = (
        Workshop.objects.select_for_update().filter(cohort=workshop.cohort_id).order_by("position")
    )
    list(series.values("pk"))
    workshop.lock_for_update()


def check_unchanged(workshop: Workshop, seen: str) -> None:
    """Raise StaleError if the workshop has changed since the version token `seen`."""
    if changes_of(workshop, seen):
        raise StaleError(
            _("This workshop was changed while you had the page open. Nothing was saved.")
        )


def clash_with_others(workshop: Workshop, slot: Slot | None) -> str:
    """Return an error if the slot clashes with another workshop of the cohort, or ""."""
    if slot is None:
        return ""
    return clash(workshop.position, slot, other_slots(workshop), workshop.cohort.zone)
