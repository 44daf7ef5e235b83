"""Access and dietary needs: entered by each member, counted for the venue, named with consent.

Until a member enters their own, the needs from an import or a facilitator apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from cohorts.models import Membership

# Stored values. Pages show their translated labels.
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
    """Return the translated label of a common need; any other need as it is."""
    return str(LABELS.get(need, need))


def parts_of(needs: str) -> list[str]:
    """Split a text into single needs, without duplicates."""
    parts: dict[str, str] = {}
    for part in filter(None, map(str.strip, re.split(r"[,;]", needs))):
        parts.setdefault(part.casefold(), part)
    return list(parts.values())


def joined(parts: Iterable[str]) -> str:
    """Join needs into one text, without duplicates."""
    return ", ".join(parts_of(", ".join(parts)))


def save_needs(*, membership: Membership, needs: str, named: bool, at: datetime) -> None:
    """Save what a member needs, and whether they may be named. Empty needs mean none."""
    membership.needs, membership.needs_said_at, membership.needs_named = (
        needs,
        at,
        named and bool(needs),
    )
    membership.save(update_fields=["needs", "needs_said_at", "needs_named"])


@dataclass(frozen=True)
class Need:
    """One need, the number of people with it, and those who agreed to be named."""

    words: str
    count: int
    names: tuple[str, ...]


def count_needs(members: Iterable[Membership]) -> list[Need]:
    """Count the needs, commonest first, ignoring case."""
    people: dict[str, list[Membership]] = {}
    words: dict[str, str] = {need.casefold(): need for need in (*FOOD, *ACCESS)}
    for member in members:
        for part in parts_of(member.needs):
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
