"""A cohort's beginning: made from its programme, then given its dates by a rhythm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, CohortMessageTemplate, Country, Membership
from programmes.models import Programme
from ui import dates
from workshops.changes.change_log import fingerprint
from workshops.models import Workshop
from workshops.times import Arrangement, Slot


@dataclass(frozen=True)
class Newcomer:
    """Somebody to facilitate whom the site need not know yet."""

    email: str
    name: str


@transaction.atomic
def make_cohort(
    *,
    programme: Programme,
    name: str,
    place: str,
    time_zone: str,
    capacity: int,
    facilitators: Sequence[User],
    newcomers: Sequence[Newcomer] = (),
    country: str = Country.ENGLAND_AND_WALES,
    by: User,
    at: datetime,
) -> Cohort:
    """A cohort with its facilitators, and a copy of the programme's plans and wordings.

    Later changes of the programme change nothing here.
    """
    cohort = Cohort.objects.create(
        programme=programme,
        name=name,
        place=place,
        time_zone=time_zone,
        country=country,
        capacity=capacity,
        made_at=at,
        made_by=by,
    )
    Workshop.objects.bulk_create(
        Workshop(cohort=cohort, **plan.content()) for plan in programme.plans.order_by("position")
    )
    CohortMessageTemplate.objects.bulk_create(
        CohortMessageTemplate(cohort=cohort, **wording.content())
        for wording in programme.message_templates.all()
    )
    people = dict.fromkeys(
        [*(Newcomer(user.email, user.name) for user in facilitators), *newcomers]
    )
    for person in people:
        enrol(
            cohort=cohort,
            email=person.email,
            name=person.name,
            role=Membership.Role.FACILITATOR,
            by=by,
            at=at,
        )
    return cohort


def clash(position: int, slot: Slot, others: Mapping[int, Slot], zone: ZoneInfo) -> str:
    """A sentence about the workshop that this one overlaps or is in the wrong order with; empty if there is none."""
    for place, other in sorted(others.items()):
        when = dates.half_day(other.starts_at, other.ends_at, zone)
        if place < position and other.ends_at > slot.starts_at:
            return f"Workshop {place} isn’t over by then: it is on {when}. Choose a later time."
        if place > position and other.starts_at < slot.ends_at:
            return f"Workshop {place} has begun by then: it is on {when}. Choose an earlier time."
    return ""


def slots_beside(workshop: Workshop) -> dict[int, Slot]:
    """When the cohort's other workshops are, by position; cancelled ones are in nobody's way."""
    beside = Workshop.objects.on().filter(cohort=workshop.cohort_id).exclude(pk=workshop.pk)
    return {other.position: other.slot for other in beside if other.slot}


@transaction.atomic
def amend(*, workshop: Workshop, content: Mapping[str, object]) -> None:
    """Changes what a workshop is for and asks of people; this cohort's alone, not the programme's."""
    for name, value in content.items():
        setattr(workshop, name, value)
    workshop.save(update_fields=list(content))


@transaction.atomic
def schedule_series(
    *,
    cohort: Cohort,
    arrangements: Mapping[int, Arrangement],
    kept_because: Mapping[int, str] | None = None,
    by: User | None = None,
    at: datetime,
    as_seen: str | None = None,
) -> bool:
    """Gives the cohort's workshops, by their position, their times and places: all of them or none.

    False, and nothing is changed, if somebody else has changed the workshops since their fingerprint was `as_seen`;
    if they stand already as they are to, nothing is left to do, whoever did it.
    """
    workshops = list(cohort.workshops.select_for_update().order_by("position"))
    reasons = kept_because or {}
    to_do = [
        one
        for one in workshops
        if one.position in arrangements
        and (one.arrangement, one.kept_because)
        != (arrangements[one.position], reasons.get(one.position, ""))
    ]
    if to_do and as_seen is not None and as_seen != fingerprint(workshops):
        return False
    for workshop in to_do:
        why = reasons.get(workshop.position, "")
        workshop.arrange(arrangements[workshop.position], kept_because=why, by=by, at=at)
    return True
