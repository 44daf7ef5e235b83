"""Tests of what the pages of workshops say of “Who do you know here?”."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort
from relationships.extras import rounds_at
from workshops.extras import WorkshopVisit
from workshops.models import Workshop

STARTS = datetime(2027, 2, 18, 9, 30, tzinfo=UTC)


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=3),
        scheduled_at=STARTS,
    )


def visit(
    workshop: Workshop, user: User, *, is_first: bool = False, is_last: bool = False
) -> WorkshopVisit:
    membership = workshop.cohort.memberships.get(user=user)
    return WorkshopVisit(
        workshop,
        is_first=is_first,
        is_last=is_last,
        is_participant=not membership.is_facilitator,
        user=user,
        membership=membership,
    )


def test_first_and_last_workshop_lead_each_role_to_its_page(
    workshop: Workshop, participant: User, facilitator: User
) -> None:
    own, rounds = (
        reverse(f"relationships:{name}", args=[workshop.cohort.public_id])
        for name in ("your_network", "round_list")
    )
    for place in ({"is_first": True}, {"is_last": True}):
        assert [one.url for one in rounds_at(visit(workshop, participant, **place))] == [own]
        assert [one.url for one in rounds_at(visit(workshop, facilitator, **place))] == [rounds]
    assert not list(rounds_at(visit(workshop, participant)))


def test_nothing_is_said_if_the_feature_is_off(workshop: Workshop, participant: User) -> None:
    workshop.cohort.uses_relationships = False
    assert not list(rounds_at(visit(workshop, participant, is_first=True)))
