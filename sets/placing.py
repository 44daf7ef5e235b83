"""The sets that are offered to participants without a set, such as late joiners, and why."""

from __future__ import annotations

from dataclasses import dataclass

from cohorts.models import Membership
from sets.current import Current, SetNow
from sets.making.roster import person_of
from sets.making.rules import Broken, Division, Person
from sets.making.sizes import LARGEST


@dataclass(frozen=True)
class Offer:
    """A suggestion to put a participant without a set into the set that suits best.

    `to` is the set, or None if every set is full. `broken` are the rules that adding the
    participant would break. `is_smallest` says that no set has fewer people.
    """

    member: Membership
    to: SetNow | None
    broken: Broken
    is_smallest: bool


def offers(current: Current) -> list[Offer]:
    """Return an offer for each participant without a set.

    Each offer assumes that the earlier offers are accepted, so that two people are not both offered
    the last place in a set.
    """
    people = {**current.division.people}
    members = {number: list(keys) for number, keys in current.division.sets.items()}
    found = []
    for member in current.unplaced:
        people[member.user_id] = person_of(member)
        open_sets = [one for one in current.sets if len(members[one.set.number]) < LARGEST]
        costs = {
            one.set.number: broken_by_adding(current, people, members, member, one.set.number)
            for one in open_sets
        }
        ranked = sorted((costs[number].cost, len(members[number]), number) for number in costs)
        smallest = min((len(keys) for keys in members.values()), default=0)
        if not ranked:
            found.append(Offer(member, None, Broken(), is_smallest=False))
            continue
        number = ranked[0][-1]
        is_smallest = len(members[number]) == smallest
        found.append(Offer(member, current.set_number(number), costs[number], is_smallest))
        members[number].append(member.user_id)
    return found


def broken_by_adding(
    current: Current,
    people: dict[int, Person],
    members: dict[int, list[int]],
    member: Membership,
    number: int,
) -> Broken:
    """Return the breaches that adding the member to the set with this number would cause."""
    rules = current.roster.rules
    before = Division(people, rules, members)
    after = Division(people, rules, {**members, number: [*members[number], member.user_id]})
    return after.broken_by(number).without(before.broken_by(number))
