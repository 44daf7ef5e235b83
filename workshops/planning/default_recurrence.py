"""The recurrence with which a plan starts before anybody has chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cohorts.models import Cohort
from workshops.models import Workshop
from workshops.planning.constraints import KeepClear, constraints_for
from workshops.planning.proposals import propose
from workshops.times import HalfDay, Recurrence, Slot

WEEKS = 3
LEAD_TIME = timedelta(weeks=4)
THURSDAY = 3


def default_recurrence(
    workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime
) -> Recurrence:
    """Return the recurrence with which a plan starts: every three weeks.

    It starts:
    - on the day and half day of the earliest workshop that has a date and can still be planned;
      or else
    - in the morning, three weeks after the last workshop that has begun, plus as many further
      three-week steps as it takes to reach today; or else
    - in the morning of the first Thursday that is at least four weeks after `moment`.
    """
    planned = [one.starts_at for one in workshops if one.starts_at and one.can_be_planned(moment)]
    begun = [one.starts_at for one in workshops if one.starts_at and one.has_begun(moment)]
    first, half_day = next_thursday(moment.astimezone(zone).date() + LEAD_TIME), HalfDay.MORNING
    if planned:
        next_start = min(planned).astimezone(zone)
        first, half_day = next_start.date(), HalfDay.of(next_start.time())
    elif begun:
        first = max(begun).astimezone(zone).date() + timedelta(weeks=WEEKS)
        while first < moment.astimezone(zone).date():
            first += timedelta(weeks=WEEKS)
    return Recurrence(first, WEEKS, half_day, zone)


def default_slots(
    cohort: Cohort, workshops: Sequence[Workshop], recurrence: Recurrence, moment: datetime
) -> list[Slot]:
    """Return the slots proposed for the workshops that can be planned, avoiding every constraint.

    A workshop for which no date is free has no slot in the list. Makes three queries.
    """
    constraints = constraints_for(cohort, keep_clear=frozenset(KeepClear), moment=moment)
    lengths = [one.length_minutes for one in workshops if one.can_be_planned(moment)]
    return [one.slot for one in propose(recurrence, lengths, constraints) if one.slot]


def next_thursday(day: date) -> date:
    """Return `day` if it is a Thursday, or the next Thursday."""
    return day + timedelta(days=(THURSDAY - day.weekday()) % 7)
