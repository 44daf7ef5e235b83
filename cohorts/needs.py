"""Access and dietary needs, which each member enters. The venue gets a count of each need.

The count names only the members who have agreed to be named. Until a member enters their own needs,
those from an import or from a facilitator are used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cohorts.models import Membership

# These values are stored in the database. Pages show the translations in LABELS.
FOOD = ("Vegetarian", "Vegan", "Halal", "Kosher", "Gluten-free", "Dairy-free", "Nut allergy")
ACCESS = (
    "Step-free access",
    "Hearing loop",
    "Large print",
    "A quiet space",
    "A parking place near the door",
)
LABELS = {
    "Vegetarian": _("Vegetarian"),
    "Vegan": _("Vegan"),
    "Halal": _("Halal"),
    "Kosher": _("Kosher"),
    "Gluten-free": _("Gluten-free"),
    "Dairy-free": _("Dairy-free"),
    "Nut allergy": _("Nut allergy"),
    "Step-free access": _("Step-free access"),
    "Hearing loop": _("Hearing loop"),
    "Large print": _("Large print"),
    "A quiet space": _("A quiet space"),
    "A parking place near the door": _("A parking place near the door"),
}


def label_of(need: str) -> str:
    """Return the translated label of a common need, or any other need unchanged."""
    return str(LABELS.get(need, need))


def split_needs(needs: str) -> list[str]:
    """Split a text at commas and semicolons into needs. Drops duplicates, ignoring case."""
    parts: dict[str, str] = {}
    for part in filter(None, map(str.strip, re.split(r"[,;]", needs))):
        parts.setdefault(part.casefold(), part)
    return list(parts.values())


def join_needs(parts: Iterable[str]) -> str:
    """Join needs into one text, separated by commas. Drops duplicates, ignoring case."""
    return ", ".join(split_needs(", ".join(parts)))


@transaction.atomic
def save_needs(*, membership: Membership, needs: str, named: bool, at: datetime) -> None:
    """Save the needs that a member has entered, and whether the member agrees to be named.

    Empty `needs` mean that the member has none. `named` is then saved as False.
    """
    membership.needs, membership.needs_said_at, membership.needs_named = (
        needs,
        at,
        named and bool(needs),
    )
    membership.save(update_fields=["needs", "needs_said_at", "needs_named"])
    User.objects.record_act(membership.user_id, at=at)


@dataclass(frozen=True)
class Need:
    """A need, the number of members who have it, and the names of those who agreed to be named."""

    words: str
    count: int
    names: tuple[str, ...]


def count_needs(members: Iterable[Membership]) -> list[Need]:
    """Return the needs of these members with their counts, the commonest first. Ignores case."""
    people: dict[str, list[Membership]] = {}
    words: dict[str, str] = {need.casefold(): need for need in (*FOOD, *ACCESS)}
    for member in members:
        for part in split_needs(member.needs):
            words.setdefault(part.casefold(), part)
            people.setdefault(part.casefold(), []).append(member)
    needs = [
        Need(
            label_of(words[key]),
            len(having),
            tuple(sorted(one.user.name for one in having if one.needs_named)),
        )
        for key, having in people.items()
    ]
    return sorted(needs, key=lambda need: (-need.count, need.words.casefold()))
