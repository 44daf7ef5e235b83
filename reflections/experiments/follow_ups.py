"""When somebody looks back on what they meant to try: before a workshop, whenever that comes to be, or on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Experiment
from ui import dates
from workshops.models import Workshop

ASKED_AT = time(9)
DAYS_BEFORE = 1
# A workshop sooner than this is no time to have tried anything by; and then its question would lie in the past.
SOONEST = timedelta(days=2)
# Where no workshop is to come.
USUAL_DAYS = 21


@dataclass(frozen=True)
class LookBack:
    """Before a workshop or on a day: one of them."""

    workshop: Workshop | None = None
    on: date | None = None


def workshops_ahead(cohort: Cohort, moment: datetime) -> list[Workshop]:
    """Those before which one can look back, the next first. One query."""
    return list(cohort.workshops.to_come(moment).filter(starts_at__gt=moment + SOONEST))


def usual_look_back(cohort: Cohort, moment: datetime) -> LookBack:
    """Before the next workshop; after the last, in three weeks. One query."""
    ahead = workshops_ahead(cohort, moment)
    if ahead:
        return LookBack(workshop=ahead[0])
    return LookBack(on=dates.day_of(moment, cohort.zone) + timedelta(days=USUAL_DAYS))


def look_back_of(experiment: Experiment) -> LookBack:
    return LookBack(experiment.look_back_workshop, experiment.look_back_on)


def look_back_day(experiment: Experiment) -> date | None:
    """The workshop's by the cohort's clock, or the one that was chosen; None while the workshop is off or undated.

    It has its cohort and look_back_workshop at hand.
    """
    if experiment.look_back_on:
        return experiment.look_back_on
    workshop = experiment.look_back_workshop
    if workshop is None or workshop.starts_at is None or workshop.is_cancelled:
        return None
    return dates.day_of(workshop.starts_at, experiment.cohort.zone)


def asked_at(experiment: Experiment) -> datetime | None:
    """When its question comes: at nine on the day that was chosen, or on the one before the workshop."""
    day = look_back_day(experiment)
    if day is None:
        return None
    asked_on = day if experiment.look_back_on else day - timedelta(days=DAYS_BEFORE)
    return datetime.combine(asked_on, ASKED_AT, experiment.cohort.zone)


def is_due(experiment: Experiment, moment: datetime) -> bool:
    """Its time has come, and nobody has said how it went since."""
    asked = asked_at(experiment)
    return experiment.is_open and asked is not None and asked <= moment


@dataclass(frozen=True)
class Trying:
    """What somebody is trying out, on the day when it is looked at."""

    experiment: Experiment
    day: date | None
    is_due: bool


def being_tried(user: User, cohort: Cohort, moment: datetime) -> list[Trying]:
    """All of the person's in the cohort that are open, by the day on which they look back. One query."""
    mine = Experiment.objects.by(user).open().filter(cohort=cohort)
    found = [
        Trying(one, look_back_day(one), is_due(one, moment))
        for one in mine.select_related("cohort", "workshop", "look_back_workshop")
    ]
    return sorted(found, key=lambda one: (one.day or date.max, one.experiment.started_at))
