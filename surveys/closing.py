"""When surveys close, as an SQL expression."""

from __future__ import annotations

from django.db.models import F, OuterRef, Subquery, Value
from django.db.models.functions import Coalesce

from outbox.local_time import MinutesAfter
from surveys.models import Survey


def closing_time() -> Coalesce:
    """Return when the survey of a workshop closes, for a query of workshops.

    The same as `Survey.closes_at`, also for workshops whose survey has no row yet. NULL if the
    workshop has no date.
    """
    # A subquery, because PostgreSQL evaluates it once for each workshop; it would make a join for
    # each workshop and member.
    own = Survey.objects.filter(workshop=OuterRef("pk")).values("closing_at")
    minutes = F("cohort__survey_days") * Value(24 * 60)
    return Coalesce(Subquery(own), MinutesAfter("ends_at", minutes))
