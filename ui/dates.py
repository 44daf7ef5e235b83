"""Dates and times as people read them: “Thursday 18 March 2027, 9:30am to 1pm”."""

import calendar
import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.dateformat import format as date_text
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext


def local(moment: datetime, zone: tzinfo | str | None = None) -> datetime:
    """Return the datetime in the time zone, by default Django's current time zone.

    Raises ValueError for a naive datetime.
    """
    if moment.tzinfo is None:
        raise ValueError(f"A datetime needs a time zone: {moment!r} has none.")
    if zone is None:
        zone = timezone.get_current_timezone()
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def day_of(moment: date, zone: tzinfo | str | None = None) -> date:
    """Return the local date of a datetime. A plain date is returned as it is."""
    return local(moment, zone).date() if isinstance(moment, datetime) else moment


def long_day(day: date) -> str:
    """Return “Thursday 18 March 2027”."""
    return date_text(day, pgettext("date format", "l j F Y"))


def weekday_month(day: date) -> str:
    """Return “Thursday 18 March”."""
    return date_text(day, pgettext("date format", "l j F"))


def day_month(day: date) -> str:
    """Return “18 March”."""
    return date_text(day, pgettext("date format", "j F"))


def short_day(day: date) -> str:
    """Return “18 Mar”."""
    return date_text(day, pgettext("date format", "j M"))


def short_month(day: date) -> str:
    """Return “Mar”."""
    return date_text(day, pgettext("date format", "M"))


def month_year(day: date) -> str:
    """Return “March 2027”."""
    return date_text(day, pgettext("date format", "F Y"))


def month(day: date) -> str:
    """Return “March”."""
    return date_text(day, pgettext("date format", "F"))


def clock(moment: datetime, zone: tzinfo | str | None = None) -> str:
    """Return the local time: “9am”, “9:30am”, “midday”."""
    return clock_time(local(moment, zone).time())


def clock_time(value: time) -> str:
    """Return “9am” or “9:30am”; “midday” for 12pm and “midnight” for 12am."""
    hour, minute = value.hour, value.minute
    if minute == 0 and hour % 12 == 0:
        return _("midday") if hour else _("midnight")
    figures = f"{hour % 12 or 12}:{minute:02}" if minute else f"{hour % 12 or 12}"
    if hour < 12:
        return _("%(time)sam") % {"time": figures}
    return _("%(time)spm") % {"time": figures}


def half_day(starts_at: datetime, ends_at: datetime, zone: tzinfo | str | None = None) -> str:
    """Return “Thursday 18 March 2027, 9:30am to 1pm”; add a date if the end is on another day."""
    first, last = local(starts_at, zone), local(ends_at, zone)
    words = {
        "first_day": long_day(first),
        "start": clock(starts_at, zone),
        "last_day": long_day(last),
        "end": clock(ends_at, zone),
    }
    if first.date() == last.date():
        return _("%(first_day)s, %(start)s to %(end)s") % words
    return _("%(first_day)s, %(start)s to %(last_day)s, %(end)s") % words


def in_days(day: date, today: date) -> str:
    """Return “today”, “in 6 days”, “3 weeks ago”: the longer the distance, the larger the unit."""
    distance = (day - today).days
    near = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if distance in near:
        return near[distance]
    return _from_now(distance) if distance > 0 else _before_now(-distance)


def _from_now(days: int) -> str:
    if days < 14:
        return ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
    if days < 91:
        count = days // 7
        return ngettext("in %(count)d week", "in %(count)d weeks", count) % {"count": count}
    if days < 731:
        count = days // 30
        return ngettext("in %(count)d month", "in %(count)d months", count) % {"count": count}
    count = days // 365
    return ngettext("in %(count)d year", "in %(count)d years", count) % {"count": count}


def _before_now(days: int) -> str:
    if days < 14:
        return ngettext("%(count)d day ago", "%(count)d days ago", days) % {"count": days}
    if days < 91:
        count = days // 7
        return ngettext("%(count)d week ago", "%(count)d weeks ago", count) % {"count": count}
    if days < 731:
        count = days // 30
        return ngettext("%(count)d month ago", "%(count)d months ago", count) % {"count": count}
    count = days // 365
    return ngettext("%(count)d year ago", "%(count)d years ago", count) % {"count": count}


def ago(moment: datetime, now: datetime, zone: tzinfo | str | None = None) -> str:
    """Return “just now”, “5 minutes ago” or “2 hours ago”; after a day, “on” and the date."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(count)d minute ago", "%(count)d minutes ago", minutes) % {
            "count": minutes
        }
    if minutes < 24 * 60:
        hours = minutes // 60
        return ngettext("%(count)d hour ago", "%(count)d hours ago", hours) % {"count": hours}
    return _("on %(day)s") % {"day": long_day(local(moment, zone))}


def epoch_milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970, as JavaScript's Date counts them, rounded up."""
    return math.ceil(moment.timestamp() * 1000)


# The most months shown in a row. If the chosen days span more, only the months that contain a
# chosen day are shown.
MOST_MONTHS = 24


@dataclass(frozen=True)
class MonthDay:
    """A day of a small calendar.

    `kind` is its CSS class, `why` the reason to avoid the day, and `unable` the number of people
    who can't make it. `picks` are the workshops on that day, as (number, label).
    """

    day: date
    kind: str
    why: str = ""
    unable: int = 0
    picks: Sequence[tuple[int, str]] = ()

    @property
    def remark(self) -> str:
        """What there is against the day; empty if there is nothing."""
        unable = ngettext(
            "%(count)d person can’t make it", "%(count)d people can’t make it", self.unable
        ) % {"count": self.unable}
        return ", ".join(filter(None, [self.why, unable if self.unable else ""]))

    @property
    def words(self) -> str:
        """The meaning of the day's colour and shape, for screen readers."""
        against = self.remark
        if "off" in self.kind and not self.why:
            against = ", ".join(filter(None, [_("a day to avoid"), against]))
        if not self.kind.startswith("pick"):
            return against
        return _("chosen, %(reason)s") % {"reason": against} if against else _("chosen")


@dataclass(frozen=True)
class Month:
    """A month as weeks of seven days, Monday first; None for a day of another month."""

    name: str
    weeks: list[list[MonthDay | None]]

    def days(self) -> Iterator[MonthDay]:
        return (day for week in self.weeks for day in week if day)


def months(
    chosen: Iterable[date],
    off: Iterable[date] = (),
    unable: Mapping[date, int] | None = None,
    *,
    spare: int = 0,
) -> list[Month]:
    """Return the months from the first chosen day to the last, and `spare` more after them.

    `chosen` may map days to their (number, label) pairs, and `off` days to the reasons to
    avoid them. `unable` maps days to the number of people who can't make them.
    """
    picks = chosen if isinstance(chosen, Mapping) else dict.fromkeys(chosen, ())
    avoided = off if isinstance(off, Mapping) else dict.fromkeys(off, "")

    def month_day(day: date) -> MonthDay:
        return MonthDay(
            day,
            _kind(day, picks, avoided),
            why=avoided.get(day, ""),
            unable=(unable or {}).get(day, 0),
            picks=picks.get(day, ()),
        )

    return [_month(year, month, month_day) for year, month in _months_between(picks, spare)]


def _months_between(days: Collection[date], spare: int) -> Iterator[tuple[int, int]]:
    if not days:
        return
    chosen = {day.year * 12 + day.month - 1 for day in days}
    series = range(min(chosen), max(chosen) + spare + 1)
    for count in series if len(series) <= MOST_MONTHS else sorted(chosen):
        yield count // 12, count % 12 + 1


def _month(year: int, month: int, month_day: Callable[[date], MonthDay]) -> Month:
    days = [
        [month_day(day) if day.month == month else None for day in week]
        for week in calendar.Calendar().monthdatescalendar(year, month)
    ]
    return Month(name=month_year(date(year, month, 1)), weeks=days)


def _kind(day: date, picks: Collection[date], avoided: Collection[date]) -> str:
    if day in picks:
        return "pick off" if day in avoided else "pick"
    if day in avoided:
        return "off"
    return "dim" if day.weekday() >= 5 else ""


def months_after(day: date, months: int) -> date:
    """Return the same day of the month `months` later; if that month is shorter, its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
