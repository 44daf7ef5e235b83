"""Fixtures: a cohort of participants from several organisations, and published sets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from sets.making import jobs
from sets.models import Grouping, Set
from sets.publishing import publish, publish_version

MOMENT = datetime(2026, 2, 2, 10, 0, tzinfo=UTC)
LATER = MOMENT + timedelta(hours=1)
SECTORS = (Sector.PUBLIC, Sector.VOLUNTARY, Sector.PRIVATE)

Fill = Callable[..., list[Membership]]
MakeSets = Callable[..., Grouping]


@pytest.fixture
def fill(cohort: Cohort) -> Fill:
    """A function that adds participants to the cohort, each from one of several organisations."""

    def fill(number: int, *, organisations: int = 12) -> list[Membership]:
        known = User.objects.count()
        found = []
        for place in range(known, known + number):
            sector = SECTORS[place % organisations % 3]
            name = f"Organisation {place % organisations}"
            organisation = Organisation.objects.named(name)
            if organisation is None:
                organisation = Organisation(name=name, sector=sector)
                organisation.full_clean()
                organisation.save()
            user = User.objects.create_user(f"person-{place}@example.org", f"Person {place:03}")
            found.append(
                Membership.objects.create(
                    cohort=cohort, user=user, organisation=organisation, joined_at=MOMENT
                )
            )
        return found

    return fill


@pytest.fixture
def make_sets(cohort: Cohort, facilitator: User) -> MakeSets:
    """A function that has sets made, and publishes them unless it is told not to."""

    def make_sets(
        number: int = 2, *, seed: int = 1, is_published: bool = True, at: datetime = MOMENT
    ) -> Grouping:
        grouping = jobs.ask_for_sets(
            cohort, number_of_sets=number, seed=seed, by=facilitator, at=at
        )
        jobs.make_pending()
        grouping.refresh_from_db()
        if is_published:
            seen = publish_version(grouping)
            publish(grouping=grouping, seen=seen, by=facilitator, at=at)
            grouping.refresh_from_db()
        return grouping

    return make_sets


@pytest.fixture
def published(participant: User, fill: Fill, make_sets: MakeSets) -> Grouping:
    """Two published sets of four, one of which the participant is in."""
    fill(7)
    Membership.objects.update(joined_at=MOMENT)
    return make_sets(2)


@pytest.fixture
def own_set(published: Grouping, participant: User) -> Set:
    """The participant's set."""
    found: Set = Set.objects.joined_by(participant).get()
    return found


@pytest.fixture
def other_set(published: Grouping, own_set: Set) -> Set:
    """The set that the participant is not in."""
    found: Set = published.sets.exclude(pk=own_set.pk).get()
    return found


def person_in(found: Set, *, besides: User | None = None) -> User:
    """Return somebody who is in the set now."""
    places = found.places.active().select_related("membership__user").order_by("pk")
    place = places.exclude(membership__user=besides).first() if besides else places.first()
    assert place is not None
    user: User = place.membership.user
    return user
