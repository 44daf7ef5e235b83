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
    """The numbers of people and organisations reached, shown only if there are enough people."""

    people: int
    organisations: int
    sectors: list[tuple[Sector, int]]

    @property
    def is_shown(self) -> bool:
        return is_large_enough(self.people)


def reach_of(members: Iterable[Membership], held: Sequence[Workshop]) -> Reach:
    """Count the people, organisations and sectors among the participants `members`.

    Members who left before the first of the `held` workshops don't count. Each person counts once,
    with the organisation of their latest membership.
    """
    enrolled = enrolled_members(members, held)
    latest = {
        member.user_id: member for member in sorted(enrolled, key=lambda member: member.joined_at)
    }
    organisations = [member.organisation for member in latest.values()]
    sectors = Counter(Sector(one.sector) if one else Sector.OTHER for one in organisations)
    return Reach(
        len(latest), len({one.pk for one in organisations if one}), merge_small_sectors(sectors)
    )


def enrolled_members(members: Iterable[Membership], held: Sequence[Workshop]) -> list[Membership]:
    """Return the memberships that had not ended when the first workshop began.

    If no workshop has been held, returns those that have not ended.
    """
    began = min((workshop.starts_at for workshop in held if workshop.starts_at), default=None)
    return [
        member
        for member in members
        if member.left_at is None or (began is not None and member.left_at > began)
    ]


def merge_small_sectors(sectors: Counter[Sector]) -> list[tuple[Sector, int]]:
    """Return each sector's number of people. Sectors with too few people count as “Other”."""
    shown: dict[Sector, int] = {
        sector: sectors[sector]
        for sector in Sector
        if sector != Sector.OTHER and is_large_enough(sectors[sector])
    }
    if others := sectors.total() - sum(shown.values()):
        shown[Sector.OTHER] = others
    return list(shown.items())
