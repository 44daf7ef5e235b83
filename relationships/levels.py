"""The five levels of “Who do you know here?”, and the people on a list grouped by sector."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.public_id import ALPHABET, LENGTH
from cohorts.models import Membership
from cohorts.models.organisations import Sector
from relationships.models import Levels

# The lowest levels at which two people count as knowing, and as helping, each other.
KNOWS, HELPS = 1, 3
LEVEL_TEXTS: dict[int, str | Promise] = {
    0: _("We haven’t met"),
    1: _("We’ve met, or I know who they are"),
    2: _("We’ve talked about our work"),
    3: _("We help each other: advice, information, a way in"),
    4: _("We’re doing something together"),
}
PREFIX = "level-"
NAME = re.compile(rf"{PREFIX}([{ALPHABET}]{{{LENGTH}}})")


class WrongLevelsError(Exception):
    """Raised if a form has two answers about one person, or an answer that is no level."""


def levels_in(data: QueryDict) -> dict[str, int]:
    """Return the levels in a form, by the public id of a membership. Raises WrongLevelsError."""
    levels = {}
    for name in data:
        if not name.startswith(PREFIX):
            continue
        found, values = NAME.fullmatch(name), data.getlist(name)
        if found is None or len(values) != 1 or values[0] not in map(str, LEVEL_TEXTS):
            raise WrongLevelsError
        levels[found[1]] = int(values[0])
    return levels


def sector_of(member: Membership) -> str:
    return member.organisation.sector if member.organisation else Sector.OTHER


def by_sector(members: Iterable[Membership]) -> list[Membership]:
    """Return the members by sector, then by name. The order is the same in each round."""
    order = Sector.values
    return sorted(
        members,
        key=lambda one: (order.index(sector_of(one)), one.user.name.casefold(), one.pk),
    )


@dataclass(frozen=True)
class Row:
    """A person to answer about. `level` is None if nothing has been said about them."""

    membership: Membership
    level: int | None

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.membership.public_id}"

    @property
    def sector(self) -> str:
        return sector_of(self.membership)


@dataclass(frozen=True)
class Group:
    sector: Sector
    rows: list[Row]


def groups_of(members: Iterable[Membership], levels: Levels) -> list[Group]:
    """Return the members' rows grouped by sector."""
    rows = [Row(member, levels.get(member.pk)) for member in by_sector(members)]
    return [
        Group(Sector(sector), list(found))
        for sector, found in groupby(rows, key=lambda row: row.sector)
    ]
