"""Who is told what is shared: one rule, asked from the person's side (what may I read?) and the entry's (who can?)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from cohorts.models import Membership, MembershipQuerySet

Moment = datetime | OuterRef
Circle = Callable[[MembershipQuerySet], MembershipQuerySet]


def everybody(memberships: MembershipQuerySet) -> MembershipQuerySet:
    return memberships


def facilitators(memberships: MembershipQuerySet) -> MembershipQuerySet:
    return memberships.facilitating()


def told(theirs: MembershipQuerySet, circle: Circle, *, shared_at: Moment, changed_at: Moment) -> Q:
    """True for whoever was in the circle as it was shared, and did not leave it until after the last change.

    Who joined later doesn't see what was shared before; who left sees nothing that was shared or changed since, nor
    when they come back. `theirs` are somebody's memberships of the cohort.
    """
    left_before_the_change = circle(theirs).filter(left_at__gt=shared_at, left_at__lte=changed_at)
    return heard(theirs, circle, written_at=shared_at) & ~Q(
        Exists(left_before_the_change.exclude(Exists(going_on(circle))))
    )


def heard(theirs: MembershipQuerySet, circle: Circle, *, written_at: Moment) -> Q:
    """True for whoever was in the circle as this was written, whether or not they are in it still."""
    return Q(Exists(circle(theirs).filter(lasting_beyond(written_at), joined_at__lte=written_at)))


def going_on(circle: Circle) -> MembershipQuerySet:
    """The membership that begins as another ends, perhaps in another role: then the two are one stay."""
    same = Membership.objects.filter(user=OuterRef("user"), cohort=OuterRef("cohort"))
    return circle(same).filter(
        lasting_beyond(OuterRef("left_at")), joined_at__lte=OuterRef("left_at")
    )


def lasting_beyond(moment: Moment) -> Q:
    return Q(left_at=None) | Q(left_at__gt=moment)
