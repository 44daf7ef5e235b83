"""A report's quotes: words that participants offered and a facilitator chose, without names."""

from __future__ import annotations

from datetime import datetime

from cohorts.models import Cohort
from reflections.models import Quote, QuoteQuerySet
from reports.models import FrozenReport
from reports.reach import Reach, reach_of
from workshops.models import Workshop


def quotes_of(cohort: Cohort, reach: Reach, frozen: FrozenReport | None) -> list[str]:
    """Return the quotes of the frozen report or, if there is none, those chosen so far.

    Returns an empty list if the cohort's reach may not be shown, because in so small a cohort
    readers could guess who wrote the words. Makes one query, or none if the report is frozen.
    """
    if frozen is not None:
        return list(frozen.words)
    words = printable(chosen(cohort))
    return words if reach.is_shown else []


def chosen(cohort: Cohort) -> QuoteQuerySet:
    return in_random_order(Quote.objects.chosen().filter(cohort=cohort))


def in_random_order(quotes: QuoteQuerySet) -> QuoteQuerySet:
    """Order the quotes by their random public id, so that their order reveals nothing."""
    return quotes.order_by("public_id")


def printable(quotes: QuoteQuerySet) -> list[str]:
    """Return the words of the quotes, without quotes that can't be decrypted."""
    return [quote.words for quote in quotes if not quote.is_unreadable]


def quotes_people(cohort: Cohort, moment: datetime) -> bool:
    """Return whether the cohort is large enough to have quotes in its report.

    Makes two queries.
    """
    planned = list(Workshop.objects.filter(cohort=cohort, cancelled_at=None))
    members = list(cohort.memberships.participating().select_related("organisation"))
    return reach_of(members, planned, moment).is_shown
