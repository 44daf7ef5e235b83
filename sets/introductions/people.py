"""The people in an introduction, as the others in it see them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from cohorts.models import Membership
from sets.models import Introducee


@dataclass(frozen=True)
class Acquaintance:
    """Somebody to meet. `wish` is what they'd like to change; `email` is empty until introduced."""

    name: str
    first_name: str
    organisation: str
    sector: str
    wish: str
    email: str = ""


def others_of(introducee: Introducee, *, introduced: bool = False) -> list[Acquaintance]:
    """Return the others in the same introduction who are in the cohort now, by name.

    If `introduced`, returns only people who were introduced to this person, with their addresses.
    Makes one query.
    """
    return others_of_each([introducee], introduced=introduced)[introducee.pk]


def others_of_each(
    introducees: Collection[Introducee], *, introduced: bool = False
) -> dict[int, list[Acquaintance]]:
    """Return what `others_of` returns for each introducee, by pk. One query."""
    rows = Introducee.objects.present().filter(
        introduction__in=[one.introduction_id for one in introducees]
    )
    if introduced:
        rows = rows.introduced()
    people = rows.select_related(
        "membership__user", "membership__organisation", "membership__change_wish"
    ).order_by("membership__user__name", "pk")
    found = list(people) if introducees else []
    return {
        mine.pk: [
            acquaintance(one.membership, shows_email=introduced)
            for one in found
            if one.introduction_id == mine.introduction_id and one.pk != mine.pk
        ]
        for mine in introducees
    }


def acquaintance(membership: Membership, *, shows_email: bool) -> Acquaintance:
    wish = getattr(membership, "change_wish", None)
    return Acquaintance(
        name=membership.user.name,
        first_name=membership.user.first_name,
        organisation=str(membership.organisation or ""),
        sector=membership.organisation.sector if membership.organisation else "",
        wish=wish.text if wish else "",
        email=membership.user.email if shows_email else "",
    )
