"""One workshop moved, cancelled or reinstated: of two who do so at once one comes second, and is told of the first."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from workshops.changes.change_log import ChangedMeanwhile, changes_of
from workshops.models import Change, Workshop
from workshops.planning.scheduling import clash, slots_beside
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
    kept_because: str = "",
) -> Change | None:
    """Gives it another time or place; None if it has that already, as after a double click.

    Raises ChangedMeanwhile, and ValidationError if another workshop is in its way.
    """
    hold_series(workshop)
    if arrangement == workshop.arrangement:
        return None
    refuse_if_changed(workshop, seen)
    if not workshop.is_cancelled and (words := in_the_way(workshop, arrangement.slot)):
        raise ValidationError(words)
    return workshop.arrange(arrangement, by=by, at=at, reason=reason, kept_because=kept_because)


@transaction.atomic
def cancel(
    *, workshop: Workshop, seen: str, by: User, at: datetime, reason: str = ""
) -> Change | None:
    """None if it is cancelled already. Raises ChangedMeanwhile."""
    workshop.hold()
    if workshop.is_cancelled:
        return None
    refuse_if_changed(workshop, seen)
    return workshop.cancel(by=by, at=at, reason=reason)


@transaction.atomic
def reinstate(
    *,
    workshop: Workshop,
    seen: str,
    by: User,
    at: datetime,
    reason: str = "",
    kept_because: str = "",
) -> Change | None:
    """None if it is on already. Raises ChangedMeanwhile, and ValidationError if another workshop is in its way."""
    hold_series(workshop)
    if not workshop.is_cancelled:
        return None
    refuse_if_changed(workshop, seen)
    if words := in_the_way(workshop, workshop.slot):
        raise ValidationError(words)
    return workshop.reinstate(by=by, at=at, reason=reason, kept_because=kept_because)


def hold_series(workshop: Workshop) -> None:
    """Holds those beside it, too: of two that move into each other's way the second is refused."""
    beside = (
        Workshop.objects.select_for_update().filter(cohort=workshop.cohort_id).order_by("position")
    )
    list(beside.values("pk"))
    workshop.hold()


def refuse_if_changed(workshop: Workshop, seen: str) -> None:
    if changes_of(workshop, seen):
        raise ChangedMeanwhile


def in_the_way(workshop: Workshop, slot: Slot | None) -> str:
    """A sentence about a workshop of the series that is over too late or begins too early for this slot."""
    return (
        clash(workshop.position, slot, slots_beside(workshop), workshop.cohort.zone) if slot else ""
    )
