"""The context of a facilitator's dashboard: workshops, to-do list, and quiet participants."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort
from home.facilitator.quiet_participants import quiet_groups
from home.facilitator.todo import group_by_cohort, todo_items
from home.facilitator.workload import Workload, workload_of
from home.participant.dashboard import greeting
from ui import dates
from workshops.models import Announcement, Workshop
from workshops.progress import next_of
from workshops.register import marking, rsvp

THIS_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class WorkshopThisWeek:
    """A workshop today or in the next seven days, with its RSVP counts."""

    workshop: Workshop
    rsvp_counts: rsvp.RsvpCounts
    register_is_open: bool


def facilitator_context(
    user: User, facilitated: Iterable[Cohort], moment: datetime
) -> dict[str, Any]:
    """Return the template context of a facilitator's dashboard.

    `facilitated` are the cohorts that the user facilitates now. Makes at most nine queries,
    however many cohorts there are.
    """
    workload = workload_of(user, facilitated, moment)
    week = workshops_this_week(workload)
    zone = workload.cohorts[0].zone if workload.cohorts else timezone.get_current_timezone()
    items = todo_items(workload)
    return {
        "greeting": greeting(moment.astimezone(zone).hour),
        "cohorts": workload.cohorts,
        "other_cohorts": workload.others,
        "cohort_count": len(workload.cohorts) + workload.others,
        "week": week,
        "scheduled": scheduled_this_week(workload),
        "register_now": next((one.workshop for one in week if is_on_now(one, moment)), None),
        "next_run": next_of(workload.workshops, moment),
        "todo_items": items,
        "todo_by_cohort": group_by_cohort(items),
        "quiet_groups": quiet_groups(workload),
    }


def workshops_this_week(workload: Workload) -> list[WorkshopThisWeek]:
    """Return the workshops from the start of today until seven days from now, the earliest first.

    Today is the local date of each cohort, so a workshop is listed until the day on which it
    started is over.
    """
    return [
        WorkshopThisWeek(one, workload.rsvp_counts(one), marking.is_open(one, workload.moment))
        for one in workload.dated
        if one.starts_at
        and one.starts_at < workload.moment + THIS_WEEK
        and dates.day_of(one.starts_at, one.cohort.zone)
        >= dates.day_of(workload.moment, one.cohort.zone)
    ]


def scheduled_this_week(workload: Workload) -> list[Announcement]:
    """Return the announcements that go out in the next seven days, the earliest first.

    Makes one query.
    """
    cohorts = {cohort.pk: cohort for cohort in workload.cohorts}
    found = (
        Announcement.objects.scheduled(workload.moment)
        .filter(cohort__in=cohorts, sends_at__lt=workload.moment + THIS_WEEK)
        .order_by("sends_at", "pk")
    )
    for one in found:
        one.cohort = cohorts[one.cohort_id]
    return list(found)


def is_on_now(listed: WorkshopThisWeek, moment: datetime) -> bool:
    """Return whether the workshop's register is open and the workshop is not over.

    The register opens an hour before the workshop starts.
    """
    return (
        listed.register_is_open
        and listed.workshop.ends_at is not None
        and listed.workshop.ends_at > moment
    )
