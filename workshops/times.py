"""Half days, recurrences, and the slots of workshops. Nothing here queries the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ui import dates


class HalfDay(models.TextChoices):
    """The half of the day in which a workshop takes place."""

    MORNING = "morning", gettext_lazy("Morning")
    AFTERNOON = "afternoon", gettext_lazy("Afternoon")

    @property
    def starts(self) -> time:
        return time(9, 30) if self is HalfDay.MORNING else time(13, 30)

    @classmethod
    def of(cls, clock: time) -> HalfDay:
        """Return the half of the day that contains this local time."""
        return cls.MORNING if clock.hour < 12 else cls.AFTERNOON


@dataclass(frozen=True)
class Recurrence:
    """The recurrence of a cohort's workshops.

    A workshop takes place every `weeks` weeks from the day `first`, in the same half of the day.
    Dates are local ones in `zone`.
    """

    first: date
    weeks: int
    half_day: HalfDay
    zone: ZoneInfo


@dataclass(frozen=True)
class Slot:
    """The start and end of a workshop, as aware datetimes."""

    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> int:
        return int((self.ends_at.timestamp() - self.starts_at.timestamp()) // 60)

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def half_days(self, zone: ZoneInfo) -> list[tuple[date, HalfDay]]:
        """Return the local date and half of each half day that the slot occupies.

        That is the half day in which the slot starts. A slot that starts in the morning and ends
        after 1:30pm occupies the afternoon too.
        """
        starts, ends = self.starts_at.astimezone(zone), self.ends_at.astimezone(zone)
        found = [(starts.date(), HalfDay.of(starts.time()))]
        if found[0][1] is HalfDay.MORNING and ends.time() > HalfDay.AFTERNOON.starts:
            found.append((starts.date(), HalfDay.AFTERNOON))
        return found


@dataclass(frozen=True)
class Arrangement:
    """The time and place of a workshop. `slot` is None if the workshop has no date."""

    slot: Slot | None
    venue: str
    joining_link: str


def local_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Convert a local date and time to an aware datetime.

    Raises ValidationError if a clock change makes the time not exist on that day, or occur twice.
    """
    first, second = (datetime.combine(day, clock.replace(fold=fold), zone) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    facts = {"time": dates.clock_time(clock), "day": dates.long_day(day)}
    if first.astimezone(UTC) > second.astimezone(UTC):
        raise ValidationError(
            _("Choose another time. The clocks go forward, so %(time)s does not exist on %(day)s."),
            code="missing",
            params=facts,
        )
    raise ValidationError(
        _("Choose another time. The clocks go back, so %(time)s happens twice on %(day)s."),
        code="twice",
        params=facts,
    )


def half_day_name(day: date, half: HalfDay) -> str:
    """Return a half day as people read it, for example “Thursday 14 January, morning”."""
    return _("%(weekday)s %(day)s, %(half)s") % {
        "weekday": date_format(day, "l"),
        "day": dates.day_month(day),
        "half": half.label.lower(),
    }
