"""The people who can read a shared reflection or experiment, and who could if it were shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import OuterRef

from accounts.models import User
from cohorts.models import Cohort, Membership
from reflections.audience.rules import Audience, in_audience
from reflections.models import Experiment, Reflection, Reply
from ui.numbers import joined_by_and
from ui.version_token import version_token


@dataclass(frozen=True)
class PossibleReaders:
    """The people with whom a user can share a reflection or experiment in a cohort.

    `is_member` and `is_facilitator` are about the user. `facilitators` and `everybody` are the
    other current members.
    """

    is_member: bool
    is_facilitator: bool
    facilitators: list[User]
    everybody: list[User]

    def of(self, audience: str) -> list[User]:
        return {
            Audience.FACILITATORS.value: self.facilitators,
            Audience.COHORT.value: self.everybody,
        }.get(audience, [])

    def may_widen_to(self, audience: str) -> bool:
        """Return whether the user may share with this audience.

        The user must be in the cohort now, and the audience must have other members.
        """
        return self.is_member and bool(self.of(audience))

    def confirmation(self, audience: str) -> dict[str, Any]:
        """Return the template context of the page that confirms a wider audience.

        `agreed` is a token of the readers that the page names. The page's form sends the token
        back, so that the confirmation counts only for these readers.
        """
        return {
            "audience": audience,
            "readers": self.of(audience),
            "agreed": self.token(audience),
        }

    def token(self, audience: str) -> str:
        return readers_token(audience, self.of(audience))

    @property
    def named(self) -> str:
        """Return a token for each reader of each audience, separated by spaces.

        A form that names these readers has the tokens in a hidden input (see `unnamed`).
        """
        return " ".join(
            readers_token(audience, [person])
            for audience in (Audience.FACILITATORS, Audience.COHORT)
            for person in self.of(audience)
        )

    def unnamed(self, audience: str, named: str) -> list[User]:
        """Return the readers in this audience that a submitted form did not name.

        `named` are the tokens in the form's hidden input. The readers without a token there joined
        the audience while the page was open.
        """
        tokens = named.split()
        return [
            person
            for person in self.of(audience)
            if readers_token(audience, [person]) not in tokens
        ]


def possible_readers(cohort: Cohort, user: User) -> PossibleReaders:
    """Return the people with whom the user can share in this cohort. Makes one query."""
    members = list(cohort.memberships.active().by_name())
    others = [member for member in members if member.user_id != user.pk]
    own = [member for member in members if member.user_id == user.pk]
    return PossibleReaders(
        is_member=bool(own),
        is_facilitator=any(member.is_facilitator for member in own),
        facilitators=[member.user for member in others if member.is_facilitator],
        everybody=[member.user for member in others],
    )


def possible_readers_of(entry: Reflection | Experiment, user: User) -> PossibleReaders:
    """Return the people who could read the user's entry if it had each of the audiences.

    For the entry's present audience and narrower ones, these are people who can read the entry now.
    Members who joined after it was shared can't, and are included only in a wider audience. Makes
    up to three queries.
    """
    others = possible_readers(entry.cohort, user)
    if entry.shared_at is None:
        return others
    others = replace(others, facilitators=readers_in(entry, Audience.FACILITATORS))
    if entry.audience == Audience.COHORT:
        others = replace(others, everybody=readers_in(entry, Audience.COHORT))
    return others


def readers_of(entry: Reflection | Experiment) -> list[User]:
    """Return the people who can read the reflection or experiment now, ordered by name.

    The author is left out. Makes one query, or none if the entry is not shared.
    """
    return readers_in(entry, entry.audience)


def readers_in(entry: Reflection | Experiment, audience: str) -> list[User]:
    """Return the people who could read a shared entry if it had this audience, ordered by name.

    The audience must not be wider than the entry's own, so that the time of sharing is the same.
    The author is left out. Makes one query, or none if the entry is not shared.
    """
    if entry.shared_at is None:
        return []
    memberships = Membership.objects.filter(user=OuterRef("pk"), cohort=entry.cohort_id)
    can_read = in_audience(
        memberships, audience, shared_at=entry.shared_at, changed_at=entry.changed_at
    )
    return list(User.objects.filter(can_read).exclude(pk=entry.author_id).order_by("name", "pk"))


def reads_more_than(user: User, other: User) -> bool:
    """Return whether the user can read something in a cohort that the other user can't.

    Makes up to three queries.
    """
    cohorts = user.memberships.values("cohort")
    querysets: tuple[Any, ...] = (
        Reflection.objects.filter(cohort__in=cohorts),
        Experiment.objects.filter(cohort__in=cohorts),
        Reply.objects.filter(reflection__cohort__in=cohorts),
    )
    return any(
        rows.readable_by(user).exclude(pk__in=rows.readable_by(other).values("pk")).exists()
        for rows in querysets
    )


def name_list(people: Sequence[User]) -> str:
    """Return first names such as “Ruth and Tom”, or full names where first names are the same."""
    first_names = Counter(person.first_name for person in people)
    return joined_by_and(
        person.first_name if first_names[person.first_name] == 1 else person for person in people
    )


def readers_token(audience: str, people: Sequence[User]) -> str:
    """Return a version token of an audience and its readers, whose order doesn't matter."""
    return version_token(str(audience), *sorted(person.public_id for person in people))
