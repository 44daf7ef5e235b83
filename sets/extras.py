"""The links to sets on the page of a cohort's first workshop."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from programmes.features import SETS
from sets.models import Grouping, Set
from workshops.extras import WorkshopExtra, WorkshopVisit


def sets_at(visit: WorkshopVisit) -> Iterator[WorkshopExtra]:
    """Yield a link for the first workshop's page, if the cohort uses sets.

    Facilitators get a link to all sets, and a participant to their own. Makes at most one query.
    """
    cohort = visit.workshop.cohort
    if not (visit.is_first and cohort.uses_sets):
        return
    url = ""
    if visit.membership and visit.membership.is_facilitator:
        url = reverse("sets:set_list", args=[cohort.public_id])
    elif visit.user and visit.is_participant:
        current = Grouping.objects.current().filter(cohort=cohort)
        own = Set.objects.joined_by(visit.user).filter(grouping__in=current).first()
        url = own.get_absolute_url() if own else ""
    yield WorkshopExtra.of(SETS, url)
