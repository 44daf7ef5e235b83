"""The follow-up date of an experiment: before a workshop, or on a chosen day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Experiment
from ui import dates
from workshops.models import Workshop

# The local time at which the follow-up e-mail is due, and how many days before the workshop.
ASKED_AT = time(9)
DAYS_BEFORE = 1
# A follow-up can be set before a workshop only if the workshop is at least this far away.
# Otherwise there would be no time to try anything, and the e-mail could already be due.
SOONEST = timedelta(days=2)
# If there is no later workshop, the default follow-up date is this many days from now.
USUAL_DAYS = 21


@dataclass(frozen=True)
class LookBack:
    """A follow-up date: before `workshop`, or on the day `on`.

    Only one of the two is set, or neither if the workshop has been deleted.
    """

    workshop: Workshop | None = None
    on: date | None = None


def workshops_ahead(cohort: Cohort, moment: datetime) -> list[Workshop]:
    """Return the workshops before which a follow-up can be set, earliest first. Makes one query."""
    return list(cohort.workshops.to_come(moment).filter(starts_at__gt=moment + SOONEST))


def usual_look_back(cohort: Cohort, moment: datetime) -> LookBack:
    """Return the default follow-up date: before the next workshop (see `workshops_ahead`).

    If there is no such workshop, the date is in three weeks. Makes one query.
    """
    ahead = workshops_ahead(cohort, moment)
    if ahead:
        return LookBack(workshop=ahead[0])
    return LookBack(on=dates.day_of(moment, cohort.zone) + timedelta(days=USUAL_DAYS))


def look_back_of(experiment: Experiment) -> LookBack:
    return LookBack(experiment.look_back_workshop, experiment.look_back_on)


def look_back_day(experiment: Experiment) -> date | None:
    """Return the chosen day, or the day of the workshop in the cohort's time zone.

    Returns None if the workshop is deleted, is cancelled or has no date. Makes no queries if
    `cohort` and `look_back_workshop` are loaded.
    """
    if experiment.look_back_on:
        return experiment.look_back_on
    workshop = experiment.look_back_workshop
    if workshop is None or workshop.starts_at is None or workshop.is_cancelled:
        return None
    return dates.day_of(workshop.starts_at, experiment.cohort.zone)


def asked_at(experiment: Experiment) -> datetime | None:
    """Return when the follow-up e-mail is due, or None if the follow-up has no day.

    The e-mail is due at 9:00 local time, on the chosen day or the day before the workshop.
    """
    day = look_back_day(experiment)
    if day is None:
        return None
    asked_on = day if experiment.look_back_on else day - timedelta(days=DAYS_BEFORE)
    return datetime.combine(asked_on, ASKED_AT, experiment.cohort.zone)


def is_due(experiment: Experiment, moment: datetime) -> bool:
    """Return whether the experiment is open and its follow-up e-mail was due by `moment`."""
    asked = asked_at(experiment)
    return experiment.is_open and asked is not None and asked <= moment


@dataclass(frozen=True)
class OpenExperiment:
    """An open experiment, with the day returned by `look_back_day`."""

    experiment: Experiment
    day: date | None
    is_due: bool


def open_experiments(user: User, cohort: Cohort, moment: datetime) -> list[OpenExperiment]:
    """Return the user's open experiments in the cohort, ordered by day. Makes one query.

    Experiments without a follow-up day come last.
    """
    own = Experiment.objects.by(user).open().filter(cohort=cohort)
    found = [
        OpenExperiment(one, look_back_day(one), is_due(one, moment))
        for one in own.select_related("cohort", "workshop", "look_back_workshop")
    ]
    return sorted(found, key=lambda one: (one.day or date.max, one.experiment.started_at))
