"""The present state of a grouping, for pages: who is in which set, and which rules are broken."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from cohorts.models import Cohort, Membership
from sets.making.roster import Roster, person_of, roster_of
from sets.making.rules import Broken, Division
from sets.making.sizes import SMALLEST
from sets.models import Grouping, Set, SetMembership


@dataclass(frozen=True)
class SetNow:
    """A set, the places of the people who are in it now, and those of people who have left."""

    set: Set
    places: list[SetMembership]
    left: list[SetMembership]

    @property
    def is_too_small(self) -> bool:
        """Whether somebody has left the cohort, and fewer than four people are still here."""
        return bool(self.left) and len(self.places) < SMALLEST


@dataclass(frozen=True)
class Current:
    """A grouping, its sets with their present people, and the roster of people to be placed."""

    grouping: Grouping
    roster: Roster
    sets: list[SetNow]

    @cached_property
    def division(self) -> Division:
        people = dict(self.roster.people)
        for one in self.sets:
            for place in one.places:
                people.setdefault(place.membership.user_id, person_of(place.membership))
        numbers = {
            one.set.number: [place.membership.user_id for place in one.places] for one in self.sets
        }
        return Division(people, self.roster.rules, numbers)

    @cached_property
    def broken(self) -> dict[int, Broken]:
        """A dict that maps each set's number to the rules that the set breaks."""
        return {number: self.division.broken_by(number) for number in self.division.sets}

    @cached_property
    def placed(self) -> dict[int, SetMembership]:
        """The places of the people who are in a set now, by their user's pk."""
        return {place.membership.user_id: place for one in self.sets for place in one.places}

    @cached_property
    def unplaced(self) -> list[Membership]:
        """The participants without a set, ordered by name."""
        return [member for key, member in self.roster.members.items() if key not in self.placed]

    def set_number(self, number: int) -> SetNow | None:
        return next((one for one in self.sets if one.set.number == number), None)

    def name_of(self, key: int) -> str:
        """Return the name of the person whose user has this pk."""
        if place := self.placed.get(key):
            return str(place.membership.user)
        return str(self.roster.members[key].user)


def current_of(grouping: Grouping) -> Current:
    """Return the grouping as it is now. Makes five queries."""
    sets = list(grouping.sets.all())
    places = SetMembership.objects.filter(grouping=grouping, left_at=None).select_related(
        "membership__user", "membership__organisation"
    )
    by_set: dict[int, list[SetMembership]] = {one.pk: [] for one in sets}
    for place in places.order_by("membership__user__name", "pk"):
        by_set[place.set_id].append(place)
    found = []
    for one in sets:
        one.grouping = grouping
        here = [place for place in by_set[one.pk] if place.membership.is_active]
        left = [place for place in by_set[one.pk] if not place.membership.is_active]
        found.append(SetNow(one, here, left))
    return Current(grouping, roster_of(grouping), found)


def sets_of(cohort: Cohort) -> Grouping | None:
    """Return the cohort's published sets, or None. Makes one query."""
    found: Grouping | None = Grouping.objects.current().filter(cohort=cohort).first()
    return found
