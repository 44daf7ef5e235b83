"""Changes that facilitators make to sets: swapping and moving people, and pinning them.

Each function locks the grouping, and raises StaleError if it has changed since the page was shown.
In a draft, the existing `SetMembership` rows are updated. In published sets, a person's row ends, a
new row begins, and the people of the changed sets get an e-mail.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cohorts.models import Cohort, Membership
from sets.making.jobs import lock
from sets.making.sizes import LARGEST
from sets.models import Grouping, Set, SetMembership
from ui.version_token import StaleError, check_version


class CannotMoveError(Exception):
    """Raised if somebody can't be moved. The message is a translated sentence that says why."""


def lock_grouping(grouping: Grouping, seen: str) -> Grouping:
    """Return the grouping with its row locked. `seen` is the version that the page showed.

    Raises StaleError if the grouping has changed since, is being made again, or is replaced.
    """
    changed = _("These sets have changed since you opened this page. Look at them again.")
    current: Grouping | None = (
        Grouping.objects.select_for_update(of=("self",))
        .select_related("cohort")
        .filter(pk=grouping.pk, made_at__isnull=False, replaced_at=None)
        .first()
    )
    if current is None:
        raise StaleError(changed)
    check_version(seen, str(current.version), changed)
    return current


@transaction.atomic
def swap(
    *, grouping: Grouping, one: SetMembership, other: SetMembership, seen: str, at: datetime
) -> None:
    """Let two people of different sets change places. Raises StaleError or CannotMoveError."""
    current = lock_grouping(grouping, seen)
    one, other = place_now(current, one), place_now(current, other)
    if one.set_id == other.set_id:
        raise CannotMoveError(_("These two are in the same set already."))
    require_not_pinned(one, other)
    here, there = one.set, other.set
    put(current, one.membership, there, place=one, at=at)
    put(current, other.membership, here, place=other, at=at)
    record_change(current, here, there, at=at)


@transaction.atomic
def move(*, grouping: Grouping, place: SetMembership, to: Set, seen: str, at: datetime) -> None:
    """Move somebody to another set. Raises StaleError or CannotMoveError."""
    current = lock_grouping(grouping, seen)
    place = place_now(current, place)
    require_not_pinned(place)
    require_room(to)
    if place.set_id == to.pk:
        raise CannotMoveError(_("This person is in that set already."))
    here = place.set
    put(current, place.membership, to, place=place, at=at)
    record_change(current, here, to, at=at)


@transaction.atomic
def add(*, grouping: Grouping, member: Membership, to: Set, seen: str, at: datetime) -> None:
    """Put a participant who has no set into one. Raises StaleError or CannotMoveError."""
    current = lock_grouping(grouping, seen)
    here_now = Membership.objects.active().participating().filter(cohort=current.cohort_id)
    places = SetMembership.objects.filter(grouping=current, left_at=None)
    if places.filter(membership=member).exists() or not here_now.filter(pk=member.pk).exists():
        raise StaleError(_("This person is in a set already, or has left the cohort."))
    require_room(to)
    put(current, member, to, place=None, at=at)
    record_change(current, to, at=at)


@transaction.atomic
def set_pinned(*, place: SetMembership, is_pinned: bool, seen: str) -> None:
    """Pin somebody to their set, or unpin them. Raises StaleError."""
    current = lock_grouping(place.grouping, seen)
    SetMembership.objects.filter(pk=place.pk, left_at=None).update(is_pinned=is_pinned)
    Grouping.objects.filter(pk=current.pk).update(version=F("version") + 1)


@transaction.atomic
def discard(*, grouping: Grouping) -> None:
    """Delete a draft of sets, or tables. Published sets stay.

    Locks the cohort's row, so that a draft that is published concurrently is not deleted.
    """
    lock(Cohort(pk=grouping.cohort_id))
    Grouping.objects.filter(pk=grouping.pk, published_at=None).delete()


def place_now(grouping: Grouping, place: SetMembership) -> SetMembership:
    """Return the place, read from the database again. Raises StaleError if it has ended."""
    found: SetMembership | None = (
        SetMembership.objects.active()
        .filter(pk=place.pk, grouping=grouping)
        .select_related("set", "membership__user")
        .first()
    )
    if found is None:
        raise StaleError(_("This person has left the set since you opened this page."))
    return found


def require_not_pinned(*places: SetMembership) -> None:
    for place in places:
        if place.is_pinned:
            raise CannotMoveError(
                _("%(person)s is pinned. Unpin them first.") % {"person": place.membership.user}
            )


def require_room(to: Set) -> None:
    if SetMembership.objects.active().filter(set=to).count() >= LARGEST:
        raise CannotMoveError(_("This set is full: it has six people. Swap two people instead."))


def put(
    grouping: Grouping,
    member: Membership,
    to: Set,
    *,
    place: SetMembership | None,
    at: datetime,
) -> None:
    """Put somebody into a set. `place` is their present place in another set, if any."""
    if place and not grouping.is_published:
        SetMembership.objects.filter(pk=place.pk).update(set=to)
        return
    if place:
        SetMembership.objects.filter(pk=place.pk).update(left_at=max(at, place.joined_at))
    SetMembership.objects.create(grouping=grouping, set=to, membership=member, joined_at=at)


def record_change(grouping: Grouping, *sets: Set, at: datetime) -> None:
    Set.objects.filter(pk__in=[one.pk for one in sets]).update(
        version=F("version") + 1, changed_at=at
    )
    Grouping.objects.filter(pk=grouping.pk).update(version=F("version") + 1)
