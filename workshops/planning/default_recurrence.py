"""Where the planning of a series begins: a rhythm, and its first day, before anybody has said anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cohorts.models import Cohort
from workshops.forms.plan import RecurrenceForm, can_be_planned
from workshops.models import Workshop
from workshops.planning.constraints import KeepClear, constraints_for
from workshops.planning.proposals import propose
from workshops.times import HalfDay, Slot

WEEKS = 3
AHEAD = timedelta(weeks=4)
THURSDAY = 3


def default_recurrence(
    workshops: Sequence[Workshop], zone: ZoneInfo, moment: datetime
) -> dict[str, Any]:
    """Where the rhythm's form begins: with the next date there is, after the last one held, or in about four weeks."""
    planned = [one.starts_at for one in workshops if one.starts_at and can_be_planned(one, moment)]
    begun = [one.starts_at for one in workshops if one.starts_at and one.has_begun(moment)]
    first, half_day = next_thursday(moment.astimezone(zone).date() + AHEAD), HalfDay.MORNING
    if planned:
        next_one = min(planned).astimezone(zone)
        first, half_day = next_one.date(), HalfDay.of(next_one.time())
    elif begun:
        first = max(begun).astimezone(zone).date() + timedelta(weeks=WEEKS)
    return {
        "first": f"{first:%Y-%m-%d}",
        "weeks": str(WEEKS),
        "half_day": half_day.value,
        "keep_clear": list(KeepClear.values),
    }


def first_clear(
    cohort: Cohort, workshops: Sequence[Workshop], typed: dict[str, Any], moment: datetime
) -> str:
    """The rhythm's first day, or the first one after it by whole weeks that is clear."""
    slots = usual_slots(cohort, workshops, typed, moment)
    return f"{slots[0].starts_at:%Y-%m-%d}" if slots else str(typed["first"])


def usual_slots(
    cohort: Cohort, workshops: Sequence[Workshop], typed: dict[str, Any], moment: datetime
) -> list[Slot]:
    """Where the rhythm has those that can be planned, as far as it finds clear dates."""
    form = RecurrenceForm(typed, cohort=cohort)
    rhythm = form.rhythm(cohort.zone)
    constraints = constraints_for(cohort, keep_clear=form.kept_clear(), moment=moment)
    lengths = [one.length_minutes for one in workshops if can_be_planned(one, moment)]
    return [one.slot for one in propose(rhythm, lengths, constraints) if one.slot] if rhythm else []


def next_thursday(day: date) -> date:
    """The day itself, if it is one."""
    return day + timedelta(days=(THURSDAY - day.weekday()) % 7)
