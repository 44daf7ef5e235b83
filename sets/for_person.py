"""A summary of a participant's set for their pages: name, next meeting, and change wish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from cohorts.models import Cohort, Membership
from sets.introductions.overview import unanswered
from sets.models import ChangeWish, Meeting, Set, SetMembership


@dataclass(frozen=True)
class OwnSet:
    """A participant's set and introductions, as their pages summarise them.

    `set` is None if they are in no set now. `starts_at`, `ends_at` and `place` are those of the
    set's next meeting. `has_wish` is whether they wrote what they would like to change, and
    `is_asked_to_meet` whether they have yet to answer about an introduction.
    """

    set: Set | None
    starts_at: datetime | None
    ends_at: datetime | None
    place: str
    has_wish: bool
    is_asked_to_meet: bool


def own_set_of(membership: Membership, moment: datetime) -> OwnSet | None:
    """Return the summary of the participant's set and introductions.

    Returns None, without a query, if the cohort uses neither sets nor introductions. Otherwise
    makes one query, and another if the participant has a set.
    """
    cohort = membership.cohort
    if not (cohort.uses_sets or cohort.uses_introductions):
        return None
    places = SetMembership.objects.active().filter(
        membership=OuterRef("pk"),
        grouping__workshop=None,
        grouping__published_at__isnull=False,
        grouping__replaced_at=None,
        membership__cohort__uses_sets=True,
    )
    coming = Meeting.objects.to_come(moment).filter(set=OuterRef("own_set"))
    found: Any = (
        Membership.objects.filter(pk=membership.pk)
        .annotate(own_set=Subquery(places.values("set")[:1]))
        .annotate(
            starts_at=Subquery(coming.values("starts_at")[:1]),
            ends_at=Subquery(coming.values("ends_at")[:1]),
            meeting_place=Subquery(coming.values("place")[:1]),
            has_wish=Exists(ChangeWish.objects.filter(membership=OuterRef("pk"))),
            is_asked_to_meet=Exists(unanswered(moment).filter(membership=OuterRef("pk"))),
        )
        .values("own_set", "starts_at", "ends_at", "meeting_place", "has_wish", "is_asked_to_meet")
        .get()
    )
    own = found["own_set"]
    return OwnSet(
        Set.objects.select_related("grouping").get(pk=own) if own else None,
        found["starts_at"],
        found["ends_at"],
        found["meeting_place"] or "",
        has_wish=found["has_wish"],
        is_asked_to_meet=found["is_asked_to_meet"],
    )


def set_in(cohort: Cohort, members: list[Membership], user_id: int) -> Set | None:
    """Return the set that the user is in now; None if there is none. Makes at most one query."""
    mine = [one for one in members if one.user_id == user_id and one.is_active]
    if not cohort.uses_sets or not mine:
        return None
    places = SetMembership.objects.active().filter(
        membership=mine[0],
        grouping__workshop=None,
        grouping__published_at__isnull=False,
        grouping__replaced_at=None,
    )
    place = places.select_related("set__grouping").first()
    return place.set if place else None
