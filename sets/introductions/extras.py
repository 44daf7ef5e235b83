"""The link to introductions on the page of a cohort's first workshop."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from programmes.features import INTRODUCTIONS
from workshops.extras import WorkshopExtra, WorkshopVisit


def introductions_at(visit: WorkshopVisit) -> Iterator[WorkshopExtra]:
    """Yield a link for the first workshop's page, if the cohort uses introductions."""
    cohort = visit.workshop.cohort
    if visit.is_first and cohort.uses_introductions:
        url = reverse("sets:introduction_list", args=[cohort.public_id])
        yield WorkshopExtra.of(INTRODUCTIONS, url)
