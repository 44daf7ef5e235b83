"""Dates and times as people read them, on the clock of the place: “Thursday 18 March 2027, 9:30am to 1pm”."""

import calendar
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone

NEAR_DAYS = {0: "today", 1: "tomorrow", -1: "yesterday"}


def local(moment: datetime, zone: tzinfo | str | None = None) -> datetime:
    """The moment on the clock of that zone; without one, of Django's current zone."""
    if moment.tzinfo is None:
        raise ValueError(f"A moment needs a time zone: {moment!r} has none.")
    if zone is None:
        zone = timezone.get_current_timezone()
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def day_of(moment: date, zone: tzinfo | str | None = None) -> date:
    """The calendar day of a moment in that zone. A plain date is its own day."""
    return local(moment, zone).date() if isinstance(moment, datetime) else moment


def long_day(day: date) -> str:
    """Thursday 18 March 2027"""
    return f"{day:%A} {day.day} {day:%B} {day.year}"


def day_month(day: date) -> str:
    """18 March"""
    return f"{day.day} {day:%B}"


def short_day(day: date) -> str:
    """18 Mar"""
    return f"{day.day} {day:%b}"


def clock(moment: datetime, zone: tzinfo | str | None = None) -> str:
    """9am, 9:30am; midday and midnight, which “12pm” and “12am” leave open."""
    return clock_time(local(moment, zone).time())


def clock_time(time: time) -> str:
    """The same of a time by the clock on the wall."""
    if time.minute == 0 and time.hour % 12 == 0:
        return "midday" if time.hour else "midnight"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{time.hour % 12 or 12}{minutes}{'am' if time.hour < 12 else 'pm'}"


def half_day(starts_at: datetime, ends_at: datetime, zone: tzinfo | str | None = None) -> str:
    """Thursday 18 March 2027, 9:30am to 1pm; the second day is named where there is one."""
    first, last = local(starts_at, zone), local(ends_at, zone)
    start = f"{long_day(first)}, {clock(starts_at, zone)}"
    if first.date() == last.date():
        return f"{start} to {clock(ends_at, zone)}"
    return f"{start} to {long_day(last)}, {clock(ends_at, zone)}"


def in_days(day: date, today: date) -> str:
    """Today, tomorrow, in 6 days, 3 weeks ago: the larger the distance, the larger the unit."""
    distance = (day - today).days
    if distance in NEAR_DAYS:
        return NEAR_DAYS[distance]
    amount = _amount(abs(distance))
    return f"in {amount}" if distance > 0 else f"{amount} ago"


def ago(moment: datetime, now: datetime, zone: tzinfo | str | None = None) -> str:
    """Just now, 5 minutes ago, 2 hours ago; from a day on, the day itself."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    if minutes < 24 * 60:
        return "1 hour ago" if minutes < 120 else f"{minutes // 60} hours ago"
    return f"on {long_day(local(moment, zone))}"


def _amount(days: int) -> str:
    if days < 14:
        return f"{days} days"
    if days < 91:
        return f"{days // 7} weeks"
    if days < 731:
        return f"{days // 30} months"
    return f"{days // 365} years"


# From so many months on, only those are shown in which a day is chosen.
MOST_MONTHS = 24


@dataclass(frozen=True)
class MonthDay:
    """A square of the small calendar; `picks` are what is chosen on it, each with its number and its words."""

    day: date
    kind: str
    why: str = ""
    picks: Sequence[tuple[int, str]] = ()

    @property
    def words(self) -> str:
        """What the colour says, for those who do not see it."""
        avoided = self.why or "a day to avoid"
        return {"pick": "chosen", "pick off": f"chosen, {avoided}", "off": avoided}.get(
            self.kind, ""
        )


@dataclass(frozen=True)
class Month:
    """A month as rows of seven squares, Monday first; None where another month's days would be."""

    name: str
    weeks: list[list[MonthDay | None]]


def months(chosen: Iterable[date], off: Iterable[date] = (), *, spare: int = 0) -> list[Month]:
    """Every month from the first chosen day to the last, and so many spare ones after it.

    A mapping says more of its days: of the chosen, which numbers and words stand on them; of those to avoid, why.
    """
    picks = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen, ())
    avoided = off if isinstance(off, Mapping) else dict.fromkeys(off, "")
    return [_month(year, month, picks, avoided) for year, month in _months_between(picks, spare)]


def _months_between(days: Collection[date], spare: int) -> Iterator[tuple[int, int]]:
    if not days:
        return
    held = {day.year * 12 + day.month - 1 for day in days}
    all_of_them = range(min(held), max(held) + spare + 1)
    for count in all_of_them if len(all_of_them) <= MOST_MONTHS else sorted(held):
        yield count // 12, count % 12 + 1


def _month(
    year: int,
    month: int,
    picks: Mapping[date, Sequence[tuple[int, str]]],
    avoided: Mapping[date, str],
) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    squares = [
        [
            MonthDay(day, _kind(day, picks, avoided), avoided.get(day, ""), picks.get(day, ()))
            if day.month == month
            else None
            for day in week
        ]
        for week in weeks
    ]
    return Month(name=f"{date(year, month, 1):%B %Y}", weeks=squares)


def _kind(day: date, picks: Collection[date], avoided: Collection[date]) -> str:
    if day in picks:
        return "pick off" if day in avoided else "pick"
    if day in avoided:
        return "off"
    return "dim" if day.weekday() >= 5 else ""


def epoch_milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970, as JavaScript's Date counts them, rounded up."""
    return math.ceil(moment.timestamp() * 1000)
