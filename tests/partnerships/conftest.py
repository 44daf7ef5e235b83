"""Fixtures: four people of a cohort that began in January 2027, and what two of them started."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation, Sector
from partnerships import actions
from partnerships.actions import OutsideContact
from partnerships.agreement import agree
from partnerships.models import Partnership, Party
from programmes.text_validation import name_key

MADE = datetime(2027, 1, 4, 10, tzinfo=UTC)
BEGUN = date(2027, 2, 1)
STARTED_AT = datetime(2027, 2, 1, 12, tzinfo=UTC)
# 9am three months later is 8am in UTC, because of British Summer Time.
THREE_MONTHS = datetime(2027, 5, 1, 8, tzinfo=UTC)
SIX_MONTHS = datetime(2027, 8, 1, 8, tzinfo=UTC)
TWELVE_MONTHS = datetime(2028, 2, 1, 9, tzinfo=UTC)
OUTSIDE = OutsideContact("Chris Webb", "chris@homes.example", "Tyne Homes", Sector.VOLUNTARY)
FACTS: dict[str, Any] = {
    "title": "Warm homes after hospital",
    "what": "Housing knows of each discharge two days before.",
    "kind": "information",
    "begun_on": BEGUN,
    "first_step": "Meet on the ward",
    "first_step_on": date(2027, 2, 8),
}


def organisation(name: str, sector: str = Sector.VOLUNTARY) -> Organisation:
    found, _made = Organisation.objects.get_or_create(
        name_key=name_key(name), defaults={"name": name, "sector": sector}
    )
    return found


Join = Callable[..., Membership]
StartWork = Callable[..., Partnership]


@pytest.fixture(autouse=True)
def _begun(cohort: Cohort) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(made_at=MADE)
    cohort.made_at = MADE


@pytest.fixture
def member(participant: User) -> Membership:
    """The participant’s membership, of Tynewick Council."""
    Membership.objects.filter(user=participant).update(joined_at=MADE)
    return Membership.objects.get(user=participant)


@pytest.fixture
def join(cohort: Cohort) -> Join:
    """A function that adds a participant of an organisation to the cohort."""

    def join(name: str, of: str, sector: str = Sector.VOLUNTARY) -> Membership:
        user = User.objects.create_user(f"{name.lower().replace(' ', '.')}@example.org", name)
        return Membership.objects.create(
            cohort=cohort, user=user, organisation=organisation(of, sector), joined_at=MADE
        )

    return join


@pytest.fixture
def other(join: Join) -> Membership:
    return join("Dev Patel", "Tyne Mind")


@pytest.fixture
def start_work(cohort: Cohort, member: Membership, other: Membership) -> StartWork:
    """A function that starts work of `member` with `other`, or with the given people."""

    def start_work(
        *,
        members: list[Membership] | None = None,
        outside: OutsideContact | None = None,
        at: datetime = STARTED_AT,
        agreed: bool = False,
        by: Membership | None = None,
        **facts: Any,
    ) -> Partnership:
        partnership = actions.start(
            cohort=cohort,
            facts=FACTS | facts,
            members=[other] if members is None else members,
            outside=outside,
            by=by or member,
            may_be_named=False,
            at=at,
        )
        if agreed:
            later = at + timedelta(minutes=1)
            for party in partnership.parties.filter(agreed_at=None):
                agree(party=party, may_be_named=False, at=later)
        return Partnership.objects.get(pk=partnership.pk)

    return start_work


@pytest.fixture
def partnership(start_work: StartWork) -> Partnership:
    """Work that only the participant has reported."""
    return start_work()


@pytest.fixture
def confirmed(start_work: StartWork) -> Partnership:
    """Work that both sides have confirmed."""
    return start_work(agreed=True)


def party_of(partnership: Partnership, membership: Membership | None) -> Party:
    return Party.objects.get(partnership=partnership, membership=membership)
