"""Advice for cohorts that are too small for exact results of surveys."""

from __future__ import annotations

from dataclasses import dataclass

from cohorts.models import Cohort
from surveys.disclosure import EXACT_MINIMUM, MINIMUM
from surveys.pairs import may_change


@dataclass(frozen=True)
class Advice:
    """What the facilitators of a small cohort are told before the first survey goes."""

    people: int
    surveys_every: int
    minimum: int = MINIMUM
    exact_minimum: int = EXACT_MINIMUM


def is_small(people: int) -> bool:
    """Return whether too few people take part for exact results, even if all of them answer."""
    return 0 < people < EXACT_MINIMUM


def advice_about(cohort: Cohort) -> Advice | None:
    """Return advice if the cohort is small or has a survey after every second workshop.

    None once its first survey has been sent. Makes two queries.
    """
    people = cohort.memberships.active().participating().count()
    return advice_for(cohort, people, was_asked=not may_change(cohort))


def advice_for(cohort: Cohort, people: int, *, was_asked: bool) -> Advice | None:
    """Return the advice of `advice_about`, if the number of participants is known."""
    if was_asked or (not is_small(people) and cohort.surveys_every == 1):
        return None
    return Advice(people, cohort.surveys_every)
