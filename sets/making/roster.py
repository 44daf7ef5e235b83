"""The people who are put into a cohort's sets or tables, and the rules, read from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from cohorts.models import Cohort, Membership
from sets.making.rules import Pair, Person, Rules
from sets.models import Grouping, KeepApart, SetMembership
from workshops.models import Attendance, Workshop


@dataclass(frozen=True)
class Roster:
    """The participants by their user's pk, and the rules for them."""

    members: dict[int, Membership]
    rules: Rules

    @property
    def people(self) -> dict[int, Person]:
        return {key: person_of(member) for key, member in self.members.items()}


def person_of(member: Membership) -> Person:
    """Return the `Person` for a member. The member's organisation must be loaded."""
    organisation = member.organisation
    return Person(
        member.user_id, member.organisation_id, organisation.sector if organisation else ""
    )


def roster_of(grouping: Grouping) -> Roster:
    """Return the people who belong in the grouping now, and its rules. Makes three queries."""
    before = grouping.published_at
    members = (
        attending(grouping.workshop) if grouping.workshop else participants_of(grouping.cohort)
    )
    return Roster(members, rules_of(grouping.cohort, before=before))


def participants_of(cohort: Cohort) -> dict[int, Membership]:
    """Return the cohort's present participants by their user's pk. Makes one query."""
    found = Membership.objects.active().participating().filter(cohort=cohort).by_name()
    return {member.user_id: member for member in found}


def attending(workshop: Workshop) -> dict[int, Membership]:
    """Return the participants without apologies for the workshop who are not marked absent.

    Makes two queries.
    """
    away = {Attendance.Mark.APOLOGIES, Attendance.Mark.ABSENT}
    entries = Attendance.objects.filter(workshop=workshop)
    missing = {
        one.membership_id
        for one in entries
        if one.mark in away or (not one.mark and one.answer == Attendance.Answer.APOLOGIES)
    }
    return {
        key: member
        for key, member in participants_of(workshop.cohort).items()
        if member.pk not in missing
    }


def rules_of(cohort: Cohort, *, before: datetime | None) -> Rules:
    """Return the cohort's rules: the pairs to keep apart, and the pairs who have met in sets.

    Counts the sets published before `before`, or all published sets if it is None. Makes two
    queries.
    """
    apart = KeepApart.objects.filter(cohort=cohort).values_list("first__user", "second__user")
    earlier = Grouping.objects.published().filter(cohort=cohort)
    if before is not None:
        earlier = earlier.filter(published_at__lt=before)
    return Rules(
        apart=frozenset(frozenset(pair) for pair in apart), met=frozenset(pairs_met(earlier))
    )


def pairs_met(groupings: Iterable[Grouping]) -> set[Pair]:
    """Return the pairs of users who were in one set of these groupings at the same time."""
    stays = defaultdict(list)
    rows = SetMembership.objects.filter(grouping__in=groupings).values_list(
        "set", "membership__user", "joined_at", "left_at", "membership__left_at"
    )
    for number, user, joined, left, left_cohort in rows:
        ends = [moment for moment in (left, left_cohort) if moment is not None]
        stays[number].append((user, joined, min(ends) if ends else None))
    return {
        frozenset((one, other))
        for people in stays.values()
        for (one, since, until), (other, from_, to) in combinations(people, 2)
        if one != other and (to is None or since < to) and (until is None or from_ < until)
    }
