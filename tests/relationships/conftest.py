"""Fixtures: a cohort with rounds, six workshops in spring 2027, and participants of two sectors."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from relationships.answers import save_answers
from relationships.closing import close_due_rounds
from relationships.models import Levels, Occasion, Round
from relationships.opening import open_due_rounds
from relationships.planning import plan_rounds_of
from tests.surveys.before_after.conftest import make_series
from tests.surveys.conftest import LONG_AGO
from workshops.models import Workshop

START_OPENS = datetime(2027, 1, 7, 9, tzinfo=UTC)
START_OPEN = datetime(2027, 1, 8, 12, tzinfo=UTC)
START_CLOSED = datetime(2027, 1, 14, 13, tzinfo=UTC)  # when the first workshop ends
END_OPENS = datetime(2027, 4, 30, 8, tzinfo=UTC)  # 9am in British Summer Time
END_OPEN = datetime(2027, 4, 30, 12, tzinfo=UTC)
END_CLOSED = END_OPENS + timedelta(days=14)
LATER_OPENS = datetime(2027, 10, 28, 8, tzinfo=UTC)
LATER_CLOSED = LATER_OPENS + timedelta(days=21)

Rounds = dict[str, Round]
Answer = Callable[..., None]


@pytest.fixture
def series(cohort: Cohort) -> list[Workshop]:
    return make_series(cohort)


@pytest.fixture
def rounds(cohort: Cohort, series: list[Workshop]) -> Rounds:
    """The cohort's rounds by occasion. None is open."""
    plan_rounds_of(cohort, at=LONG_AGO)
    return {one.occasion: one for one in Round.objects.filter(cohort=cohort)}


@pytest.fixture
def people(cohort: Cohort) -> list[Membership]:
    """Twelve participants, of a council, a charity and a firm in turn."""
    return make_people(cohort, 12)


def make_people(cohort: Cohort, number: int, *, at: datetime = LONG_AGO) -> list[Membership]:
    organisations = []
    for name, sector in (
        ("Tyne Valley Council", Sector.PUBLIC),
        ("Northfold Foodbank", Sector.VOLUNTARY),
        ("Harbour Home Care", Sector.PRIVATE),
    ):
        known = Organisation.objects.named(name)
        if known is None:
            known = Organisation(name=name, sector=sector)
            known.full_clean()
            known.save()
        organisations.append(known)
    before = User.objects.count()
    return [
        Membership.objects.create(
            cohort=cohort,
            user=User.objects.create_user(f"person-{place}@example.org", f"Person {place:02}"),
            organisation=organisations[place % 3],
            joined_at=at,
        )
        for place in range(before, before + number)
    ]


@pytest.fixture
def start(rounds: Rounds, people: list[Membership]) -> Round:
    """The first round, open, with twelve people on its list."""
    return opened(rounds[Occasion.START], at=START_OPENS)


def opened(one: Round, *, at: datetime) -> Round:
    """Open the rounds that are due, and return this one as it is then."""
    open_due_rounds(at=at)
    return Round.objects.select_related("cohort").get(pk=one.pk)


def closed(one: Round, *, at: datetime) -> Round:
    close_due_rounds(at=at)
    return Round.objects.select_related("cohort").get(pk=one.pk)


def finish(one: Round, member: Membership, levels: Levels, *, at: datetime = START_OPEN) -> None:
    save_answers(one=one, membership=member, levels=levels, at=at, is_finished=True)
