"""A facilitator's Today: this week, the to-do list, and participants without a reply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from home.facilitator.quiet_participants import silences
from home.facilitator.todo import by_cohort, todo
from home.facilitator.workload import Workload, workload_of
from home.participant.dashboard import greeting
from ui import dates
from workshops.models import Workshop
from workshops.progress import next_of
from workshops.register import marking, rsvp

THIS_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Soon:
    """A workshop of today or of the next seven days."""

    workshop: Workshop
    standing: rsvp.RsvpCounts
    register_is_open: bool


def working_day(user: User, facilitated: Iterable[Cohort], moment: datetime) -> dict[str, Any]:
    """Return the context of a facilitator's Today. Seven queries for any number of cohorts."""
    workload = workload_of(user, facilitated, moment)
    week = this_week(workload)
    zone = workload.cohorts[0].zone if workload.cohorts else timezone.get_current_timezone()
    needs = todo(workload)
    return {
        "greeting": greeting(moment.astimezone(zone).hour),
        "cohorts": workload.cohorts,
        "other_cohorts": workload.others,
        "cohort_count": len(workload.cohorts) + workload.others,
        "week": week,
        "register_now": next((one.workshop for one in week if is_now(one, moment)), None),
        "next_run": next_of(workload.workshops, moment),
        "needs": needs,
        "needs_by_cohort": by_cohort(needs),
        "silences": silences(workload),
    }


def this_week(workload: Workload) -> list[Soon]:
    """Return the week's workshops; one that is over stays until the end of the day."""
    return [
        Soon(one, workload.standing(one), marking.is_open(one, workload.moment))
        for one in workload.dated
        if one.starts_at
        and one.starts_at < workload.moment + THIS_WEEK
        and dates.day_of(one.starts_at, one.cohort.zone)
        >= dates.day_of(workload.moment, one.cohort.zone)
    ]


def is_now(soon: Soon, moment: datetime) -> bool:
    """Return whether the workshop is on or about to begin."""
    return (
        soon.register_is_open
        and soon.workshop.ends_at is not None
        and soon.workshop.ends_at > moment
    )
