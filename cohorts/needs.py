"""What people need in order to take part: said once by themselves, counted for the venue, named only if they agree.

Until somebody has said it themselves, what a list or a facilitator wrote down stands in its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cohorts.models import Membership

FOOD = ("Vegetarian", "Vegan", "Halal", "Kosher", "Gluten-free", "Dairy-free", "Nut allergy")
ACCESS = (
    "Step-free access",
    "Hearing loop",
    "Large print",
    "A quiet space",
    "A parking place near the door",
)


def parts_of(needs: str) -> list[str]:
    """The single needs of a text, each once, as they were first written."""
    parts: dict[str, str] = {}
    for part in filter(None, map(str.strip, re.split(r"[,;]", needs))):
        parts.setdefault(part.casefold(), part)
    return list(parts.values())


def joined(parts: Iterable[str]) -> str:
    """One text of several needs; what stands in two of them is kept once."""
    return ", ".join(parts_of(", ".join(parts)))


def say(*, membership: Membership, needs: str, named: bool, at: datetime) -> None:
    """The person says what they need, or that they need nothing, and whether their name may stand beside it."""
    membership.needs, membership.needs_said_at, membership.needs_named = (
        needs,
        at,
        named and bool(needs),
    )
    membership.save(update_fields=["needs", "needs_said_at", "needs_named"])


@dataclass(frozen=True)
class Need:
    """One need, how many people have it, and who of them agreed to be named."""

    words: str
    count: int
    names: tuple[str, ...]


def counted(members: Iterable[Membership]) -> list[Need]:
    """What the venue must know, the commonest first. Capitals don't tell two needs apart."""
    people: dict[str, list[Membership]] = {}
    words: dict[str, str] = {need.casefold(): need for need in (*FOOD, *ACCESS)}
    for member in members:
        for part in parts_of(member.needs):
            words.setdefault(part.casefold(), part)
            people.setdefault(part.casefold(), []).append(member)
    needs = [
        Need(
            words[key],
            len(having),
            tuple(sorted(one.user.name for one in having if one.needs_named)),
        )
        for key, having in people.items()
    ]
    return sorted(needs, key=lambda need: (-need.count, need.words.casefold()))
