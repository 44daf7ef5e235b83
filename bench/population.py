"""A hundred cohorts: finished, running and planned, with people and workshops.

The rows are inserted in bulk, not by the application's own functions, which would take much longer.
The database's constraints ensure that they are consistent.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle, islice
from typing import Any, TypeVar

from django.db import connection, transaction

from accounts.models import User
from bench.past import Company, write_past
from cohorts.models import Cohort, Membership, Organisation, Sector
from programmes.default_programme import get_or_create_default
from programmes.models import WorkshopPlan
from programmes.text_validation import name_key
from workshops.models import Change, Workshop

BATCH = 1000
RHYTHM = timedelta(weeks=3)
MADE_BEFORE = timedelta(weeks=6)
STAGES = ("finished", "running", "finished", "running", "planned")
FACILITATORS, ORGANISATIONS = 20, 60
# How many cohorts the two busiest facilitators run.
FEW, MANY = 3, 50

Row = TypeVar("Row", Membership, Workshop)


@dataclass(frozen=True)
class Wanted:
    """A cohort to create: its name, its stage, and its number of participants."""

    name: str
    stage: str
    participants: int

    def first_day(self, now: datetime) -> datetime | None:
        """Return the day of the first workshop, or None for a cohort without dates.

        A running cohort has had three workshops, and has the fourth in a week.
        """
        weeks = {"finished": -20, "running": -8}.get(self.stage)
        return None if weeks is None else now + timedelta(weeks=weeks)


def hundred_cohorts() -> list[Wanted]:
    return [Wanted(f"Cohort {n}", stage, 22) for n, stage in enumerate(islice(cycle(STAGES), 100))]


@transaction.atomic
def populate(wanted: list[Wanted], now: datetime) -> list[Cohort]:
    """Create the cohorts with their members, workshops and past, and an administrator."""
    User.objects.create_superuser("administrator@example.org", "Ada Administrator")
    programme = get_or_create_default()
    cohorts = Cohort.objects.bulk_create(
        Cohort(programme=programme, name=one.name, place="Essex", made_at=made(one, now))
        for one in wanted
    )
    members = make_members(wanted, cohorts)
    make_busy_facilitators(wanted, cohorts)
    workshops = make_workshops(wanted, cohorts, list(programme.plans.order_by("position")), now)
    write_past([Company(members[cohort.pk], workshops[cohort.pk]) for cohort in cohorts], now)
    if connection.vendor == "postgresql":  # as autovacuum would do soon afterwards
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return cohorts


def made(one: Wanted, now: datetime) -> datetime:
    return (one.first_day(now) or now) - MADE_BEFORE


def make_members(wanted: list[Wanted], cohorts: list[Cohort]) -> dict[int, list[Membership]]:
    """Create the members. Return a dict that maps each cohort's pk to its memberships.

    The facilitators of a cohort come first.
    """
    facilitators = make_people(f"facilitator{n}" for n in range(FACILITATORS))
    names = (f"person{n}.{m}" for n, one in enumerate(wanted) for m in range(one.participants))
    people = iter(make_people(names))
    organisations, chance = make_organisations(), random.Random(1848)
    members = [
        Membership(
            cohort=cohort,
            user=user,
            role=role,
            organisation=chance.choice(organisations),
            job_title="Head of service",
            joined_at=cohort.made_at,
        )
        for n, (one, cohort) in enumerate(zip(wanted, cohorts, strict=True))
        for user, role in [
            (facilitators[n % FACILITATORS], Membership.Role.FACILITATOR),
            *((user, Membership.Role.PARTICIPANT) for user in islice(people, one.participants)),
        ]
    ]
    return by_cohort(Membership.objects.bulk_create(members, BATCH))


def make_busy_facilitators(wanted: list[Wanted], cohorts: list[Cohort]) -> None:
    """Create two users: a facilitator of FEW cohorts, and one of MANY.

    They facilitate running cohorts first, then planned ones, then finished ones.
    """
    order = {"running": 0, "planned": 1, "finished": 2}
    ranked = sorted(zip(wanted, cohorts, strict=True), key=lambda pair: order[pair[0].stage])
    for count in (FEW, MANY):
        user = User.objects.create_user(busy_email(count), f"Facilitator of {count}")
        Membership.objects.bulk_create(
            Membership(
                cohort=cohort,
                user=user,
                role=Membership.Role.FACILITATOR,
                joined_at=cohort.made_at,
            )
            for _, cohort in ranked[:count]
        )


def busy_email(cohorts: int) -> str:
    return f"facilitator.of.{cohorts}@example.org"


def make_people(names: Iterator[str]) -> list[User]:
    people = [User(email=f"{name}@example.org", name=f"{name.title()} Lee") for name in names]
    return User.objects.bulk_create(people, BATCH)


def make_organisations() -> list[Organisation]:
    names = [f"Organisation {n}" for n in range(ORGANISATIONS)]
    return Organisation.objects.bulk_create(
        Organisation(name=name, name_key=name_key(name), sector=sector)
        for name, sector in zip(names, cycle(Sector.values), strict=False)
    )


def make_workshops(
    wanted: list[Wanted], cohorts: list[Cohort], plans: list[WorkshopPlan], now: datetime
) -> dict[int, list[Workshop]]:
    workshops = [
        Workshop(cohort=cohort, **plan.content(), **times(one.first_day(now), plan, cohort))
        for one, cohort in zip(wanted, cohorts, strict=True)
        for plan in plans
    ]
    Workshop.objects.bulk_create(workshops, BATCH)
    Change.objects.bulk_create(
        (
            Change(workshop=one, kind="planned", at=one.scheduled_at, sequence=one.sequence)
            for one in workshops
            if one.scheduled_at
        ),
        BATCH,
    )
    return by_cohort(workshops)


def times(first: datetime | None, plan: WorkshopPlan, cohort: Cohort) -> dict[str, Any]:
    if first is None:
        return {}
    starts_at = first + (plan.position - 1) * RHYTHM
    return {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=plan.length_minutes),
        "scheduled_at": cohort.made_at,
        "version": 1,
        "sequence": 1,
        "venue": "The old library, Market Street",
    }


def by_cohort(rows: list[Row]) -> dict[int, list[Row]]:
    grouped: dict[int, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.cohort_id, []).append(row)
    return grouped
