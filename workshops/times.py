"""When and where: the half days of a place, by the clock on its wall. Nothing here knows the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models

from ui import dates


class HalfDay(models.TextChoices):
    """The part of the day in which a series meets."""

    MORNING = "morning", "Morning"
    AFTERNOON = "afternoon", "Afternoon"

    @property
    def starts(self) -> time:
        return time(9, 30) if self is HalfDay.MORNING else time(13, 30)

    @classmethod
    def of(cls, clock: time) -> HalfDay:
        """The half that a time by the clock belongs to."""
        return cls.MORNING if clock.hour < 12 else cls.AFTERNOON


@dataclass(frozen=True)
class Recurrence:
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

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def half_days(self, zone: ZoneInfo) -> list[tuple[date, HalfDay]]:
        """The half days that it takes from people, by the clock of the place: one, or both where it crosses midday."""
        starts, ends = self.starts_at.astimezone(zone), self.ends_at.astimezone(zone)
        found = [(starts.date(), HalfDay.of(starts.time()))]
        if found[0][1] is HalfDay.MORNING and ends.time() > HalfDay.AFTERNOON.starts:
            found.append((starts.date(), HalfDay.AFTERNOON))
        return found


@dataclass(frozen=True)
class Arrangement:
    """When and where a workshop is to be; without a slot, its date is to be agreed."""

    slot: Slot | None
    venue: str
    joining_link: str


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
