"""How many write: in numbers, never who."""

from __future__ import annotations

from django.db.models import Count

from cohorts.models import Cohort, Membership
from reflections.models import Reflection


def writers_per_workshop(cohort: Cohort) -> dict[int, int]:
    """How many of the cohort's participants have an entry about each workshop, by its pk. One query."""
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    entries = Reflection.objects.filter(cohort=cohort, workshop__isnull=False, author__in=participants)
    return dict(entries.order_by().values_list("workshop").annotate(Count("author", distinct=True)))


def sharers_per_workshop(cohort: Cohort) -> dict[int, int]:
    """How many of them share an entry about it: their facilitators know them by name. One query."""
    participants = Membership.objects.filter(cohort=cohort).participating().values("user")
    entries = Reflection.objects.shared().filter(
        cohort=cohort, workshop__isnull=False, author__in=participants
    )
    return dict(entries.order_by().values_list("workshop").annotate(Count("author", distinct=True)))
