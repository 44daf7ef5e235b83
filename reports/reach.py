"""Whom a cohort reached: people, organisations, sectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cohorts.models import Membership, Sector
from surveys.disclosure import is_large_enough
from workshops.models import Workshop


@dataclass(frozen=True)
class Reach:
    """Whom the cohort reached, once there are enough of them to be shown."""

    people: int
    organisations: int
    sectors: list[tuple[Sector, int]]

    @property
    def is_shown(self) -> bool:
        return is_large_enough(self.people)


def reach_of(members: Iterable[Membership], held: Sequence[Workshop]) -> Reach:
    """Each person counts once, with the organisation that they came from last."""
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
    """Those who had not left before the first of the held workshops began; before there is one, those here now."""
    began = min((workshop.starts_at for workshop in held if workshop.starts_at), default=None)
    return [
        member
        for member in members
        if member.left_at is None or (began is not None and member.left_at > began)
    ]


def with_small_ones_joined(sectors: Counter[Sector]) -> list[tuple[Sector, int]]:
    """The sectors in their order; those of too few people are counted with the others."""
    shown: dict[Sector, int] = {
        sector: sectors[sector]
        for sector in Sector
        if sector != Sector.OTHER and is_large_enough(sectors[sector])
    }
    if others := sectors.total() - sum(shown.values()):
        shown[Sector.OTHER] = others
    return list(shown.items())
