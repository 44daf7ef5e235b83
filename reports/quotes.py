"""What a report quotes: words that participants offered, that a facilitator chose, without anybody's name."""

from __future__ import annotations

from datetime import datetime

from cohorts.models import Cohort
from reflections.models import Quote, QuoteQuerySet
from reports.models import FrozenReport
from reports.reach import Reach, reach_of
from workshops.models import Workshop


def quotations_of(cohort: Cohort, reach: Reach, frozen: FrozenReport | None) -> list[str]:
    """Those of the frozen report, or those chosen so far. None where the cohort is too small: one could tell who it is.

    One query, unless it is frozen.
    """
    if frozen is not None:
        return list(frozen.words)
    words = printable(chosen(cohort))
    return words if reach.is_shown else []


def chosen(cohort: Cohort) -> QuoteQuerySet:
    return in_no_order(Quote.objects.chosen().filter(cohort=cohort))


def in_no_order(extracts: QuoteQuerySet) -> QuoteQuerySet:
    """By their random ids: neither who offered them nor when can be read from where they stand."""
    return extracts.order_by("public_id")


def printable(extracts: QuoteQuerySet) -> list[str]:
    """What can be read of them: the key of others is lost."""
    return [extract.words for extract in extracts if not extract.is_unreadable]


def quotes_people(cohort: Cohort, moment: datetime) -> bool:
    """Is the cohort large enough for its report to quote anybody? Two queries."""
    held = list(Workshop.objects.filter(cohort=cohort).held(moment))
    members = list(cohort.memberships.participating().select_related("organisation"))
    return reach_of(members, held).is_shown
