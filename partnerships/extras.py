"""The link to the commitment card on the page of a cohort's last workshop."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from programmes.features import CARD
from workshops.extras import WorkshopExtra, WorkshopVisit


def work_at(visit: WorkshopVisit) -> Iterator[WorkshopExtra]:
    """Yield the commitment card for the last workshop's page, if the cohort uses partnerships.

    Only the cohort's members get a link to the form. Makes no query.
    """
    cohort = visit.workshop.cohort
    if visit.is_last and cohort.uses_partnerships:
        url = reverse("partnerships:partnership_create", args=[cohort.public_id])
        yield WorkshopExtra.of(CARD, url if visit.membership else "")
