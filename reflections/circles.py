"""Who is told what is shared: one rule, asked from the person's side (what may I read?) and the entry's (who can?)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from cohorts.models import MembershipQuerySet

Moment = datetime | OuterRef


def told(circle: MembershipQuerySet, *, shared_at: Moment, changed_at: Moment) -> Q:
    """True for whoever was in the circle as it was shared, and is in it still or was until after the last change.

    Who joined later doesn't see what was shared before; who left sees nothing that was shared or changed since. A
    stay that ends as the next begins (another role) is one stay.
    """
    there = circle.filter(joined_at__lte=shared_at).filter(Q(left_at=None) | Q(left_at__gt=shared_at))
    since = circle.filter(Q(left_at=None) | Q(left_at__gt=changed_at))
    return Q(Exists(there)) & Q(Exists(since))


def heard(circle: MembershipQuerySet, *, written_at: Moment) -> Q:
    """True for whoever is in the circle still, or left it only after this was written."""
    return Q(Exists(circle.filter(Q(left_at=None) | Q(left_at__gt=written_at))))
