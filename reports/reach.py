"""The people, organisations and sectors that a cohort reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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


def reach_of(
    members: Iterable[Membership], workshops: Sequence[Workshop], moment: datetime
) -> Reach:
    """Count the people, organisations and sectors among the participants `members`.

    `workshops` are all of the cohort's workshops, except cancelled ones. Each person counts once,
    with the organisation of their latest membership.
    """
    enrolled = enrolled_members(members, workshops, moment)
    latest = {
        member.user_id: member for member in sorted(enrolled, key=lambda member: member.joined_at)
    }
    organisations = [member.organisation for member in latest.values()]
    sectors = Counter(Sector(one.sector) if one else Sector.OTHER for one in organisations)
    return Reach(
        len(latest), len({one.pk for one in organisations if one}), merge_small_sectors(sectors)
    )


def reach_in(values: Mapping[str, Any]) -> Reach:
    """Return the reach that is stored in a frozen report's `values`.

    Reach is not counted again for a frozen report, because an organisation's sector can be
    corrected at any time.
    """
    people, organisations = values["reach.people"][0], values.get("reach.organisations", [0])[0]
    if not isinstance(people, int):  # the two bounds of a figure that is not shown
        return Reach(0, 0, [])
    counts = [(sector, values.get(f"reach.sector.{sector.value}")) for sector in Sector]
    return Reach(people, organisations, [(sector, row[1]) for sector, row in counts if row])


def enrolled_members(
    members: Iterable[Membership], workshops: Sequence[Workshop], moment: datetime
) -> list[Membership]:
    """Return the memberships that had not ended when the first workshop began.

    Leaves out those that began after the last workshop had ended, because no workshop followed that
    could reach them. If no workshop has taken place by `moment`, returns those that have not ended.
    """
    held = [one for one in workshops if one.took_place(moment)]
    began = min((one.starts_at for one in held if one.starts_at), default=None)
    all_held = len(held) == len(workshops)
    ended = max((one.ends_at for one in held if one.ends_at), default=None) if all_held else None
    return [
        member
        for member in members
        if (member.left_at is None or (began is not None and member.left_at > began))
        and (ended is None or member.joined_at <= ended)
    ]


def merge_small_sectors(sectors: Counter[Sector]) -> list[tuple[Sector, int]]:
    """Return each sector's number of people. Sectors with too few people count as “Other”.

    If “Other” would reveal the number of people in one small sector, larger sectors are merged into
    “Other” too, the smallest first, until it doesn't.
    """
    large = [
        sector for sector in Sector if sector != Sector.OTHER and is_large_enough(sectors[sector])
    ]
    large.sort(key=lambda sector: sectors[sector], reverse=True)
    merged = [sector for sector in Sector if sectors[sector] and sector not in large]
    while merged and large and gives_away_a_sector(merged, sectors):
        merged.append(large.pop())
    shown: dict[Sector, int] = {one: sectors[one] for one in Sector if one in large}
    if merged:
        shown[Sector.OTHER] = sum(sectors[sector] for sector in merged)
    return list(shown.items())


def gives_away_a_sector(merged: Sequence[Sector], sectors: Counter[Sector]) -> bool:
    """Return whether the merged sectors are only one named sector, or are too few people."""
    is_one_named_sector = len(merged) == 1 and merged[0] != Sector.OTHER
    return is_one_named_sector or not is_large_enough(sum(sectors[one] for one in merged))
