"""The planning of rounds: which cohorts have them, and which no longer open by themselves."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, F, Q

from cohorts.models import Cohort
from relationships.models import Occasion, Round
from relationships.timing import with_times


def plan_rounds(*, at: datetime) -> None:
    """Create the rounds of cohorts that use relationships and have none.

    In cohorts that don't use relationships, and in archived ones, rounds whose workshop has passed
    are marked so that they never open by themselves. So switching relationships on again sends no
    e-mails about past workshops.
    """
    using = Cohort.objects.unarchived().filter(uses_relationships=True)
    for cohort in using.alias(planned=Count("rounds")).filter(planned__lt=len(Occasion)):
        plan_rounds_of(cohort, at=at)
    waiting = with_times(
        Round.objects.filter(
            Q(cohort__uses_relationships=False) | Q(cohort__archived_at__isnull=False),
            opened_at=None,
        )
    )
    passed = waiting.filter(anchor__gt=F("made_at"), anchor__lte=at)
    Round.objects.filter(pk__in=list(passed.values_list("pk", flat=True))).update(made_at=at)


def plan_rounds_of(cohort: Cohort, *, at: datetime) -> None:
    """Create the cohort's rounds that don't exist yet. See settings.ON_FEATURES_CHANGED."""
    if not cohort.uses_relationships:
        return
    Round.objects.bulk_create(
        [Round(cohort=cohort, occasion=occasion, made_at=at) for occasion in Occasion],
        ignore_conflicts=True,
    )
