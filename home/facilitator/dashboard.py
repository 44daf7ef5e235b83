"""A facilitator's day across all cohorts: this week, what needs them, whom they have not heard from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from home.facilitator.quiet_participants import silences
from home.facilitator.todo import needs
from home.facilitator.workload import Running, what_runs
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


def working_day(user: User, moment: datetime) -> dict[str, Any]:
    """The context of a facilitator's home. Seven queries, whether they run one cohort or thirty."""
    running = what_runs(user, moment)
    week = this_week(running)
    zone = running.cohorts[0].zone if running.cohorts else timezone.get_current_timezone()
    return {
        "greeting": greeting(moment.astimezone(zone).hour),
        "cohorts": running.cohorts,
        "week": week,
        "register_now": next((one.workshop for one in week if is_now(one, moment)), None),
        "next_run": next_of(running.workshops, moment),
        "needs": needs(running),
        "silences": silences(running),
    }


def this_week(running: Running) -> list[Soon]:
    """What is over stays until the day is."""
    return [
        Soon(one, running.standing(one), marking.is_open(one, running.moment))
        for one in running.on
        if one.starts_at
        and one.starts_at < running.moment + THIS_WEEK
        and dates.day_of(one.starts_at, one.cohort.zone)
        >= dates.day_of(running.moment, one.cohort.zone)
    ]


def is_now(soon: Soon, moment: datetime) -> bool:
    """Is its register the first thing to reach for?"""
    return (
        soon.register_is_open
        and soon.workshop.ends_at is not None
        and soon.workshop.ends_at > moment
    )
