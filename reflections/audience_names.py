"""Who could read an entry, by name: before it is shared, and since."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.audience import everybody, facilitators, told
from reflections.models import Audience, Experiment, Reflection


@dataclass(frozen=True)
class Circles:
    """The others in a cohort, as its member sees them who thinks of sharing something now."""

    is_member: bool
    is_facilitator: bool
    facilitators: list[User]
    everybody: list[User]

    def readers(self, audience: str) -> list[User]:
        return {
            Audience.FACILITATORS.value: self.facilitators,
            Audience.COHORT.value: self.everybody,
        }.get(audience, [])

    def may_widen_to(self, audience: str) -> bool:
        """Who left shares nothing more, and nothing is shared with a circle that has nobody in it."""
        return self.is_member and bool(self.readers(audience))

    def question(self, audience: str) -> dict[str, Any]:
        """What is asked before something is shared more widely; a yes brings `agreed` back."""
        readers = self.readers(audience)
        return {
            "audience": audience,
            "readers": readers,
            "counted": counted(readers),
            "agreed": seal_of(audience, readers),
        }

    @property
    def named(self) -> str:
        """Goes along with a page that shows these circles, and says by its return whom it named in which."""
        return " ".join(
            mark_of(audience, person)
            for audience in (Audience.FACILITATORS, Audience.COHORT)
            for person in self.readers(audience)
        )

    def unnamed(self, audience: str, named: str) -> list[User]:
        """Those of them whom the page that brought this did not name: they came while it was open."""
        marks = named.split()
        return [
            person for person in self.readers(audience) if mark_of(audience, person) not in marks
        ]


def circles(cohort: Cohort, user: User) -> Circles:
    """One query."""
    members = list(cohort.memberships.active().by_name())
    others = [member for member in members if member.user_id != user.pk]
    mine = [member for member in members if member.user_id == user.pk]
    return Circles(
        is_member=bool(mine),
        is_facilitator=any(member.is_facilitator for member in mine),
        facilitators=[member.user for member in others if member.is_facilitator],
        everybody=[member.user for member in others],
    )


def readers_of(reflection: Reflection | Experiment) -> list[User]:
    """Everybody but its author who can read it now, by name. One query; none if it is not shared."""
    if reflection.shared_at is None:
        return []
    theirs = Membership.objects.filter(user=OuterRef("pk"), cohort=reflection.cohort_id)
    circle = facilitators if reflection.audience == Audience.FACILITATORS else everybody
    is_told = told(theirs, circle, shared_at=reflection.shared_at, changed_at=reflection.changed_at)
    return list(
        User.objects.filter(is_told).exclude(pk=reflection.author_id).order_by("name", "pk")
    )


def named(people: Sequence[User]) -> str:
    """“Ruth and Tom”; in full where two have the same first name."""
    firsts = Counter(person.first_name for person in people)
    names = [
        person.first_name if firsts[person.first_name] == 1 else str(person) for person in people
    ]
    return listed(names)


def listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def counted(people: Sequence[User]) -> str:
    return "1 person" if len(people) == 1 else f"{len(people)} people"


def seal_of(audience: str, people: Sequence[User]) -> str:
    """Stands for exactly these readers, so that a yes to them is no yes to somebody who joined meanwhile."""
    text = " ".join([audience, *sorted(person.public_id for person in people)])
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(audience: str, person: User) -> str:
    """A seal of one reader, short enough for two dozen of them to go along each time that words are saved."""
    return seal_of(audience, [person])[:12]
