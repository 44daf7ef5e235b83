"""A cohort's beginning: made from its programme, then given its dates by a rhythm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models, transaction

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from ui import dates
from workshops.models import Workshop


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
    by: User,
    at: datetime,
) -> Cohort:
    """A cohort with its facilitators and a copy of the programme's plans: later changes there change nothing here."""
    cohort = Cohort.objects.create(
        programme=programme,
        name=name,
        place=place,
        time_zone=time_zone,
        capacity=capacity,
        made_at=at,
        made_by=by,
    )
    Workshop.objects.bulk_create(
        Workshop(cohort=cohort, **plan.content()) for plan in programme.plans.order_by("position")
    )
    people = dict.fromkeys([*(Newcomer(user.email, user.name) for user in facilitators), *newcomers])
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


def local_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The moment when that clock shows this time. Raises ValidationError where it never does, or does so twice."""
    first, second = (datetime.combine(day, clock.replace(fold=fold), zone) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    words = f"{dates.clock(datetime.combine(day, clock, UTC), UTC)} on {dates.long_day(day)}"
    if first.astimezone(UTC) > second.astimezone(UTC):
        raise ValidationError(
            f"The clocks go forward: there is no {words}. Choose another time.", code="missing"
        )
    raise ValidationError(
        f"The clocks go back: {words} comes twice that night. Choose another time.", code="twice"
    )


class HalfDay(models.TextChoices):
    """The part of the day in which a series meets."""

    MORNING = "morning", "Morning"
    AFTERNOON = "afternoon", "Afternoon"

    @property
    def starts(self) -> time:
        return time(9, 30) if self is HalfDay.MORNING else time(13, 30)


@dataclass(frozen=True)
class Rhythm:
    """When a series meets: from this day, every so many weeks, in this half of the day."""

    first: date
    weeks: int
    half_day: HalfDay
    zone: ZoneInfo


@dataclass(frozen=True)
class Slot:
    """From when until when a workshop is."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at.timestamp() - self.starts_at.timestamp()) // 60)

    @classmethod
    def of(cls, workshop: Workshop) -> Slot | None:
        if workshop.starts_at is None or workshop.ends_at is None:
            return None
        return cls(workshop.starts_at, workshop.ends_at)


def propose(rhythm: Rhythm, lengths: Sequence[int]) -> list[Slot]:
    """A slot for each workshop, of its own length in minutes, always at the same time by the clock on the wall."""
    return [slot_of(rhythm, number, length) for number, length in enumerate(lengths)]


def slot_of(rhythm: Rhythm, number: int, length: int) -> Slot:
    day = rhythm.first + timedelta(weeks=rhythm.weeks * number)
    starts_at = local_moment(day, rhythm.half_day.starts, rhythm.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=length)
    return Slot(starts_at, ends_at.astimezone(rhythm.zone))


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
    return {other.position: slot for other in beside if (slot := Slot.of(other))}


@dataclass(frozen=True)
class Arrangement:
    """When and where a workshop is to be; without a slot, its date is to be agreed."""

    slot: Slot | None
    venue: str
    joining_link: str


@transaction.atomic
def arrange(*, workshop: Workshop, arrangement: Arrangement, at: datetime) -> None:
    """Gives a workshop its time and place, and the length that follows."""
    workshop.venue, workshop.joining_link = arrangement.venue, arrangement.joining_link
    if slot := arrangement.slot:
        workshop.length_minutes = slot.minutes
        workshop.schedule(starts_at=slot.starts_at, ends_at=slot.ends_at, at=at)
    else:
        workshop.unschedule()
    workshop.save(update_fields=["venue", "joining_link", "length_minutes"])


@transaction.atomic
def amend(
    *, workshop: Workshop, content: Mapping[str, object], arrangement: Arrangement, at: datetime
) -> None:
    """Changes what a workshop is for, when it is and where; this cohort's alone, not the programme's."""
    for name, value in content.items():
        setattr(workshop, name, value)
    workshop.save(update_fields=list(content))
    arrange(workshop=workshop, arrangement=arrangement, at=at)


@transaction.atomic
def schedule_series(*, cohort: Cohort, arrangements: Mapping[int, Arrangement], at: datetime) -> None:
    """Gives the cohort's workshops, by their position, their times and places: all of them or none."""
    for workshop in cohort.workshops.select_for_update().filter(position__in=arrangements):
        arrange(workshop=workshop, arrangement=arrangements[workshop.position], at=at)
