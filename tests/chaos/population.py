"""Cohorts whose members are owed messages now, because of the times of their workshops."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from workshops.models import Workshop

LONDON = ZoneInfo("Europe/London")
# A group is four cohorts of equal size. Each member of the first is owed the day-before reminder.
# Each member of the second is owed the week-before reminder; of the third, a survey; of the fourth,
# an invitation and a calendar entry. So four members, one of each cohort, are owed PER_GROUP
# messages.
PER_GROUP = 5
REFUSED, CHOKED = ("refuse-550-", "refuse-551-", "refuse-552-"), "choke-"


@dataclass(frozen=True)
class Owed:
    """A message that must be sent, unless an act (see acts.py) or a refused address prevents it."""

    key: str
    person: int
    workshop: int
    address: str


def populate(messages: int, now: datetime, chance: random.Random) -> list[Owed]:
    """Create cohorts whose members are owed at least this many messages; return the messages."""
    User.objects.create_superuser("ada@example.org", "Ada Administrator")
    programme = Programme.objects.create(
        name="Leading Change Together", purpose="To lead together."
    )
    size = 25 if messages >= 500 else 3
    groups = -(-messages // (PER_GROUP * size))
    owed: list[Owed] = []
    for number in range(groups):
        for kind in ("day-before", "week-before", "survey", "invitation"):
            owed += cohort_of(kind, f"{kind} {number}", size, programme, now, chance)
    return owed


def starts_of(kind: str, now: datetime) -> datetime:
    local = now.astimezone(LONDON).replace(minute=0, second=0, microsecond=0)
    if kind == "day-before":
        # The workshop is at 8pm, and its reminder became due at 9am on the day before.
        day = local + timedelta(days=1) if local.hour >= 10 else local
        return day.replace(hour=20)
    return (
        local
        + {
            "week-before": timedelta(days=5),
            "survey": timedelta(hours=-6),
            "invitation": timedelta(days=20),
        }[kind]
    )


def cohort_of(
    kind: str, name: str, size: int, programme: Programme, now: datetime, chance: random.Random
) -> list[Owed]:
    made = now - (timedelta(hours=1) if kind == "invitation" else timedelta(days=60))
    # Without the optional features, because their messages come due at times that a storm doesn't
    # choose, such as while it is being counted.
    cohort = Cohort.objects.create(
        programme=programme,
        name=name,
        place="Essex",
        made_at=made,
        **dict.fromkeys(Cohort.FEATURES, False),
    )
    starts = starts_of(kind, now)
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title=f"Who leads here, {name}?",
        purpose="To begin.",
        starts_at=starts,
        ends_at=starts + timedelta(hours=3),
        scheduled_at=made,
        version=1,
        venue="The old library",
    )
    people = User.objects.bulk_create(
        User(email=address_of(name, number, chance), name=f"Person {number}")
        for number in range(size)
    )
    members = Membership.objects.bulk_create(
        Membership(cohort=cohort, user=person, joined_at=made) for person in people
    )
    return [
        Owed(key, member.user_id, workshop.pk, person.email)
        for member, person in zip(members, people, strict=True)
        for key in keys_of(kind, workshop, member)
    ]


def address_of(name: str, number: int, chance: random.Random) -> str:
    luck = chance.random()
    prefix = chance.choice(REFUSED) if luck < 0.01 else CHOKED if luck < 0.015 else ""
    return f"{prefix}{name.replace(' ', '-')}-{number}@example.org"


def keys_of(kind: str, workshop: Workshop, member: Membership) -> list[str]:
    if kind == "invitation":
        return [
            f"invitation:{member.pk}",
            f"calendar-entries:{workshop.sequence}:{member.pk}",
        ]
    return [f"{kind}:{workshop.pk}:{workshop.version}:{member.pk}"]
