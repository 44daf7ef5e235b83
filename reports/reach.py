"""The people, organisations and sectors that a cohort reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cohorts.models import Membership, Sector
from surveys.disclosure import is_large_enough
from workshops.models import Workshop


@dataclass(frozen=True)
class Reach:
    """Counts of people, organisations and sectors, shown only if there are enough people."""

    people: int
    organisations: int
    sectors: list[tuple[Sector, int]]

    @property
    def is_shown(self) -> bool:
        return is_large_enough(self.people)


def reach_of(members: Iterable[Membership], held: Sequence[Workshop]) -> Reach:
    """Count each person once, with the organisation of their latest membership."""
    enrolled = stayed_for_the_first(members, held)
    latest = {
        member.user_id: member for member in sorted(enrolled, key=lambda member: member.joined_at)
    }
    organisations = [member.organisation for member in latest.values()]
    sectors = Counter(Sector(one.sector) if one else Sector.OTHER for one in organisations)
    return Reach(
        len(latest), len({one.pk for one in organisations if one}), with_small_ones_joined(sectors)
    )


def stayed_for_the_first(
    members: Iterable[Membership], held: Sequence[Workshop]
) -> list[Membership]:
    """Return members who had not left before the first workshop began, or active ones before it."""
    began = min((workshop.starts_at for workshop in held if workshop.starts_at), default=None)
    return [
        member
        for member in members
        if member.left_at is None or (began is not None and member.left_at > began)
    ]


def with_small_ones_joined(sectors: Counter[Sector]) -> list[tuple[Sector, int]]:
    """Return the sectors in their order, with those of too few people counted under “Other”."""
    shown: dict[Sector, int] = {
        sector: sectors[sector]
        for sector in Sector
        if sector != Sector.OTHER and is_large_enough(sectors[sector])
    }
    if others := sectors.total() - sum(shown.values()):
        shown[Sector.OTHER] = others
    return list(shown.items())
