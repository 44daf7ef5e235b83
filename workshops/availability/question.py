"""The half days that an availability poll asks about, and those that its form suggests."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from workshops.availability.polls import MAX_HALF_DAYS, MAX_WEEKS
from workshops.times import HalfDay

DEFAULT_WEEKDAYS = (1, 2, 3)  # Tuesday to Thursday
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


@dataclass(frozen=True)
class PollQuestion:
    """The question of a poll: the half days that it asks about, and the last day to answer.

    The half days are the `halves` of the `weekdays` (Monday is 0) from `first` to `last`, both
    included.
    """

    first: date
    last: date
    weekdays: list[int]
    halves: list[str]
    answer_by: date

    def as_initial(self) -> dict[str, Any]:
        return asdict(self)

    def as_poll(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the keyword arguments for `open_poll`.

        The poll closes at 11:59pm on the last day to answer, in local time.
        """
        facts = self.as_initial()
        answer_by = facts.pop("answer_by")
        return facts | {"closes_at": datetime.combine(answer_by, time(23, 59), zone)}


def default_question(first_workshop: date, last_workshop: date, today: date) -> PollQuestion:
    """Return a question about the weeks of these workshops, and about the two weeks after.

    The two weeks are for dates that have to move. The period begins tomorrow at the earliest, and
    is shortened to what one poll can cover. Members have a week to answer.
    """
    monday = first_workshop - first_workshop.weekday() * DAY
    friday = last_workshop + (4 - last_workshop.weekday()) * DAY
    per_week = len(DEFAULT_WEEKDAYS) * len(HalfDay)
    most_weeks = min(MAX_WEEKS, MAX_HALF_DAYS // per_week)
    return PollQuestion(
        first=max(monday, today + DAY),
        last=min(friday + 2 * WEEK, monday + most_weeks * WEEK - 3 * DAY),
        weekdays=list(DEFAULT_WEEKDAYS),
        halves=list(HalfDay.values),
        answer_by=today + WEEK,
    )
