"""Tests who can read a shared entry, for every kind of membership history.

The expected readers are found by counting the days on which a person was in the audience.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from reflections.audience.readers import (
    name_list,
    possible_readers,
    readers_of,
    readers_token,
)
from reflections.entries import change, reply, share, write
from reflections.experiments.actions import answer, start
from reflections.models import Audience, Experiment, Reflection, Reply

BEGINNING = datetime(2027, 1, 1, tzinfo=UTC)
SHARED, TODAY = 10, 30
JOINED, LEFT = (0, 10, 15, 25), (5, 10, 15, 20, 25, None)
PARTICIPANT, FACILITATOR = Membership.Role.PARTICIPANT, Membership.Role.FACILITATOR


def day(number: int) -> datetime:
    return BEGINNING + timedelta(days=number)


@dataclass(frozen=True)
class Stay:
    role: str
    joined: int
    left: int | None

    @property
    def days(self) -> set[int]:
        return set(range(self.joined, TODAY + 1 if self.left is None else self.left))


def single_stays() -> list[Stay]:
    return [
        Stay(role, joined, left)
        for role, joined, left in product((PARTICIPANT, FACILITATOR), JOINED, LEFT)
        if left is None or joined < left
    ]


def histories() -> Iterator[tuple[Stay, ...]]:
    """Yield every history of a person's memberships (“stays”) to test.

    A history has up to three stays, with a gap or a change of role between them.
    """
    yield ()
    for first in single_stays():
        yield (first,)
        for second in single_stays():
            if (
                first.left in (second.joined, 10, 15)
                and second.joined >= 10
                and second.left in (20, None)
            ):
                yield (first, second)
    for roles in product((PARTICIPANT, FACILITATOR), repeat=3):
        for away in (0, 2):
            times = ((0, 13), (13, 16), (16 + away, None))
            yield tuple(Stay(role, *time) for role, time in zip(roles, times, strict=True))


def days_in_audience(history: tuple[Stay, ...], audience: str) -> set[int]:
    counting = {Audience.FACILITATORS: (FACILITATOR,), Audience.COHORT: (PARTICIPANT, FACILITATOR)}
    return {
        one
        for stay in history
        if stay.role in counting.get(Audience(audience), ())
        for one in stay.days
    }


def should_read(history: tuple[Stay, ...], audience: str, last_changed: int) -> bool:
    """Return whether a person was in the audience on every day from sharing to the last edit."""
    return set(range(SHARED, last_changed + 1)) <= days_in_audience(history, audience)


@pytest.fixture
def people(cohort: Cohort) -> dict[int, tuple[Stay, ...]]:
    """Create a user for each history. Return a dict that maps each user's pk to their history.

    Every second user is an administrator, which must make no difference.
    """
    given = list(histories())
    users = User.objects.bulk_create(
        User(
            email=f"person{number}@example.org",
            name=f"Person {number}",
            is_administrator=bool(number % 2),
        )
        for number in range(len(given))
    )
    Membership.objects.bulk_create(
        Membership(
            cohort=cohort,
            user=user,
            role=stay.role,
            joined_at=day(stay.joined),
            left_at=None if stay.left is None else day(stay.left),
        )
        for user, history in zip(users, given, strict=True)
        for stay in history
    )
    return {user.pk: history for user, history in zip(users, given, strict=True)}


@pytest.fixture
def writer(cohort: Cohort) -> User:
    user = User.objects.create_user("writer@example.org", "Wren Writer")
    Membership.objects.create(cohort=cohort, user=user, joined_at=day(0))
    return user


@pytest.mark.parametrize("last_changed", [SHARED, 20])
@pytest.mark.parametrize("audience", Audience)
def test_readers_were_in_the_audience_from_sharing_to_last_edit(
    people: dict[int, tuple[Stay, ...]],
    cohort: Cohort,
    writer: User,
    audience: Audience,
    last_changed: int,
) -> None:
    entry = write(
        author=writer, cohort=cohort, body="First words", audience=audience, at=day(SHARED)
    )
    if last_changed != SHARED:
        entry = change(reflection=entry, body="Other words", by=writer, at=day(last_changed))
    expected = {
        pk for pk, history in people.items() if should_read(history, audience, last_changed)
    }
    readers = {pk for pk in people if Reflection.objects.readable_by(User(pk=pk)).exists()}
    assert readers == expected
    assert {user.pk for user in readers_of(entry)} == expected
    assert bool(expected) == (audience != Audience.ONLY_ME)
    assert Reflection.objects.readable_by(writer).get() == entry


@pytest.mark.parametrize("answered", [10, 15, 29])
@pytest.mark.parametrize("audience", [Audience.FACILITATORS, Audience.COHORT])
def test_replies_are_read_by_readers_present_when_written(
    people: dict[int, tuple[Stay, ...]],
    cohort: Cohort,
    writer: User,
    audience: Audience,
    answered: int,
) -> None:
    entry = write(author=writer, cohort=cohort, body="Words", audience=audience, at=day(SHARED))
    reply(reflection=entry, author=writer, body="More words", at=day(answered))
    expected = {
        pk
        for pk, history in people.items()
        if should_read(history, audience, SHARED)
        and answered in days_in_audience(history, audience)
    }
    assert {pk for pk in people if Reply.objects.readable_by(User(pk=pk)).exists()} == expected
    assert expected


@pytest.mark.parametrize("last_changed", [SHARED, 20])
@pytest.mark.parametrize("audience", Audience)
def test_experiments_have_the_same_readers_as_reflections(
    people: dict[int, tuple[Stay, ...]],
    cohort: Cohort,
    writer: User,
    audience: Audience,
    last_changed: int,
) -> None:
    kept = start(author=writer, cohort=cohort, words="To ask", audience=audience, at=day(SHARED))
    if last_changed != SHARED:
        kept = answer(experiment=kept, outcome="tried", by=writer, at=day(last_changed))
    expected = {
        pk for pk, history in people.items() if should_read(history, audience, last_changed)
    }
    assert {pk for pk in people if Experiment.objects.readable_by(User(pk=pk)).exists()} == expected
    assert {user.pk for user in readers_of(kept)} == expected


def test_members_of_another_cohort_read_nothing(
    cohort: Cohort, programme: Programme, writer: User
) -> None:
    elsewhere = Cohort.objects.create(programme=programme, name="Essex", place="Essex")
    for role in (PARTICIPANT, FACILITATOR):
        user = User.objects.create_user(f"{role}@example.org", role)
        Membership.objects.create(cohort=elsewhere, user=user, role=role, joined_at=day(0))
    write(author=writer, cohort=cohort, body="Words", audience=Audience.COHORT, at=day(SHARED))
    strangers = User.objects.exclude(pk=writer.pk)
    assert [Reflection.objects.readable_by(user).count() for user in strangers] == [0, 0]


def test_widening_reveals_no_replies_to_the_narrower_audience(
    cohort: Cohort, writer: User, facilitator: User, participant: User
) -> None:
    Membership.objects.update(joined_at=day(0))
    entry = write(
        author=writer, cohort=cohort, body="Words", audience=Audience.FACILITATORS, at=day(10)
    )
    private = reply(reflection=entry, author=facilitator, body="Between us", at=day(11))
    share(reflection=entry, audience=Audience.COHORT, by=writer, at=day(12))
    later = reply(reflection=entry, author=facilitator, body="To all", at=day(13))
    assert list(Reply.objects.readable_by(participant)) == [later]
    assert list(Reply.objects.readable_by(facilitator)) == [private, later]
    assert list(Reply.objects.readable_by(writer)) == [private, later]


def test_narrowing_hides_replies_and_sharing_again_does_not_reveal_them(
    cohort: Cohort, writer: User, facilitator: User, participant: User
) -> None:
    Membership.objects.update(joined_at=day(0))
    entry = write(author=writer, cohort=cohort, body="Words", audience=Audience.COHORT, at=day(10))
    said = reply(reflection=entry, author=participant, body="Mine", at=day(11))
    entry = share(reflection=entry, audience=Audience.FACILITATORS, by=writer, at=day(12))
    assert not Reply.objects.readable_by(participant).exists()
    assert list(Reply.objects.readable_by(facilitator)) == [said]
    entry = share(reflection=entry, audience=Audience.ONLY_ME, by=writer, at=day(13))
    assert not Reply.objects.readable_by(facilitator).exists()
    assert list(Reply.objects.readable_by(writer)) == [said]
    share(reflection=entry, audience=Audience.FACILITATORS, by=writer, at=day(14))
    assert not Reply.objects.readable_by(facilitator).exists()


def test_possible_readers_are_the_other_current_members(
    cohort: Cohort, writer: User, facilitator: User, participant: User
) -> None:
    gone = User.objects.create_user("gone@example.org", "Gone")
    Membership.objects.create(cohort=cohort, user=gone, joined_at=day(0), left_at=day(1))
    mine, theirs, past = (
        possible_readers(cohort, writer),
        possible_readers(cohort, facilitator),
        possible_readers(cohort, gone),
    )
    assert mine.facilitators == [facilitator]
    assert mine.everybody == [participant, facilitator]
    assert (
        theirs.is_facilitator,
        theirs.facilitators,
        theirs.may_widen_to(Audience.FACILITATORS),
    ) == (
        True,
        [],
        False,
    )
    assert (past.is_member, past.may_widen_to(Audience.COHORT)) == (False, False)


def test_name_list_uses_first_names_unless_ambiguous() -> None:
    ruth, tom, other = User(name="Ruth Okafor"), User(name="Tom Reed"), User(name="Tom Hill")
    assert name_list([]) == ""
    assert name_list([ruth]) == "Ruth"
    assert name_list([ruth, tom]) == "Ruth and Tom"
    assert name_list([ruth, tom, other]) == "Ruth, Tom Reed and Tom Hill"


def test_readers_token_depends_on_the_readers_and_the_audience() -> None:
    ruth, tom = User(name="Ruth"), User(name="Tom")
    assert readers_token("cohort", [ruth, tom]) == readers_token("cohort", [tom, ruth])
    assert (
        len(
            {
                readers_token("cohort", [ruth, tom]),
                readers_token("cohort", [ruth]),
                readers_token("me", [ruth]),
            }
        )
        == 3
    )
