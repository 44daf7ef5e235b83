"""The links to “Who do you know here?” on the pages of the first and the last workshop."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from programmes.features import FIRST_ROUND, LAST_ROUND
from workshops.extras import WorkshopExtra, WorkshopVisit


def rounds_at(visit: WorkshopVisit) -> Iterator[WorkshopExtra]:
    """Yield a link for the page of the first or last workshop, if the cohort uses relationships.

    Participants get a link to their own answers, and facilitators one to the rounds. Makes no
    query.
    """
    cohort = visit.workshop.cohort
    if not cohort.uses_relationships:
        return
    url = ""
    if visit.is_participant and visit.user:
        url = reverse("relationships:your_network", args=[cohort.public_id])
    elif visit.membership and visit.membership.is_facilitator:
        url = reverse("relationships:round_list", args=[cohort.public_id])
    if visit.is_first:
        yield WorkshopExtra.of(FIRST_ROUND, url)
    if visit.is_last:
        yield WorkshopExtra.of(LAST_ROUND, url)
