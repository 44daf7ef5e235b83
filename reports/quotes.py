"""A report's quotations: words that participants offered and a facilitator chose, without names."""

from __future__ import annotations

from datetime import datetime

from cohorts.models import Cohort
from reflections.models import Quote, QuoteQuerySet
from reports.models import FrozenReport
from reports.reach import Reach, reach_of
from workshops.models import Workshop


def quotations_of(cohort: Cohort, reach: Reach, frozen: FrozenReport | None) -> list[str]:
    """Return the frozen report's quotations, or those chosen so far.

    A cohort too small to be shown has none, because readers could tell who it is. One query, or
    none if the report is frozen.
    """
    if frozen is not None:
        return list(frozen.words)
    words = printable(chosen(cohort))
    return words if reach.is_shown else []


def chosen(cohort: Cohort) -> QuoteQuerySet:
    return in_random_order(Quote.objects.chosen().filter(cohort=cohort))


def in_random_order(quotes: QuoteQuerySet) -> QuoteQuerySet:
    """Order by random id, so that the order reveals neither authors nor times."""
    return quotes.order_by("public_id")


def printable(quotes: QuoteQuerySet) -> list[str]:
    """Return the words that can be decrypted."""
    return [quote.words for quote in quotes if not quote.is_unreadable]


def quotes_people(cohort: Cohort, moment: datetime) -> bool:
    """Return whether the cohort is large enough for its report to quote anybody. Two queries."""
    held = list(Workshop.objects.filter(cohort=cohort).took_place(moment))
    members = list(cohort.memberships.participating().select_related("organisation"))
    return reach_of(members, held).is_shown
