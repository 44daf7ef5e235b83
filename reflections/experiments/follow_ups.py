"""The follow-up date of an experiment: before a workshop, or on a chosen day."""

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
# A workshop sooner than this leaves no time to try anything, and the e-mail would be due in the
# past.
SOONEST = timedelta(days=2)
# After the last workshop.
USUAL_DAYS = 21


@dataclass(frozen=True)
class LookBack:
    """The date of a follow-up. Either `workshop` or `on` is set."""

    workshop: Workshop | None = None
    on: date | None = None


def workshops_ahead(cohort: Cohort, moment: datetime) -> list[Workshop]:
    """Return the workshops before which a follow-up can be set, the next first. Makes one query."""
    return list(cohort.workshops.to_come(moment).filter(starts_at__gt=moment + SOONEST))


def usual_look_back(cohort: Cohort, moment: datetime) -> LookBack:
    """Return the default follow-up: before the next workshop, or in three weeks after the last.

    Makes one query.
    """
    ahead = workshops_ahead(cohort, moment)
    if ahead:
        return LookBack(workshop=ahead[0])
    return LookBack(on=dates.day_of(moment, cohort.zone) + timedelta(days=USUAL_DAYS))


def look_back_of(experiment: Experiment) -> LookBack:
    return LookBack(experiment.look_back_workshop, experiment.look_back_on)


def look_back_day(experiment: Experiment) -> date | None:
    """Return the follow-up day in the cohort's time zone.

    None if the workshop is cancelled or has no date. Makes no queries if `cohort` and
    `look_back_workshop` are loaded.
    """
    if experiment.look_back_on:
        return experiment.look_back_on
    workshop = experiment.look_back_workshop
    if workshop is None or workshop.starts_at is None or workshop.is_cancelled:
        return None
    return dates.day_of(workshop.starts_at, experiment.cohort.zone)


def asked_at(experiment: Experiment) -> datetime | None:
    """Return when the follow-up e-mail is due: at nine on the follow-up day."""
    day = look_back_day(experiment)
    if day is None:
        return None
    asked_on = day if experiment.look_back_on else day - timedelta(days=DAYS_BEFORE)
    return datetime.combine(asked_on, ASKED_AT, experiment.cohort.zone)


def is_due(experiment: Experiment, moment: datetime) -> bool:
    """Return whether the follow-up is due and the experiment is still open."""
    asked = asked_at(experiment)
    return experiment.is_open and asked is not None and asked <= moment


@dataclass(frozen=True)
class Trying:
    """An open experiment with its follow-up day."""

    experiment: Experiment
    day: date | None
    is_due: bool


def being_tried(user: User, cohort: Cohort, moment: datetime) -> list[Trying]:
    """Return the user's open experiments in the cohort, by follow-up day. Makes one query."""
    own = Experiment.objects.by(user).open().filter(cohort=cohort)
    found = [
        Trying(one, look_back_day(one), is_due(one, moment))
        for one in own.select_related("cohort", "workshop", "look_back_workshop")
    ]
    return sorted(found, key=lambda one: (one.day or date.max, one.experiment.started_at))
