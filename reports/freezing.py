"""A report that is done: its files are kept as they are, and what is quoted in it can't be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Quote
from reports.downloads import as_document
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.models import FrozenReport
from reports.quote_selection import hold
from reports.quotes import chosen
from ui.pdf import TypesettingError, typeset


class NotYet(Exception):  # noqa: N818  what happened, not what went wrong
    """Says what has still to come about."""


class ChangedSinceShown(Exception):  # noqa: N818  what happened, not what went wrong
    """Other words are chosen than those that were agreed to."""


def freeze(*, cohort: Cohort, agreed: str, by: User, at: datetime) -> FrozenReport:
    """Once: a second time gives the first. Raises NotYet while something is to come, and ChangedSinceShown unless
    `agreed` is the seal of the words that would be printed.

    A PDF takes seconds, so it is made before the cohort is kept waiting, and again only if something changed meanwhile.
    """
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None:
        return frozen
    document = as_document(freezable(cohort, agreed, at))
    pdf = pdf_of(document)
    with transaction.atomic():
        hold(cohort.pk)
        frozen = FrozenReport.objects.of(cohort)
        if frozen is not None:
            return frozen
        extracts = list(chosen(cohort).select_for_update())
        figures = freezable(cohort, agreed, at)
        if (as_it_is_now := as_document(figures)) != document:
            pdf = pdf_of(as_it_is_now)
        if figures.quotations:
            Quote.objects.filter(pk__in=[one.pk for one in extracts]).update(printed_at=at)
        return FrozenReport.objects.create(
            cohort=cohort,
            frozen_at=at,
            frozen_by=by,
            words=figures.quotations,
            csv=as_csv(figures),
            xlsx=as_xlsx(figures),
            pdf=pdf,
        )


def freezable(cohort: Cohort, agreed: str, at: datetime) -> Figures:
    """What would be kept. Raises NotYet and ChangedSinceShown."""
    figures = figures_of(cohort, at)
    if reason := why_not_yet(figures):
        raise NotYet(reason)
    if seal_of(figures.quotations) != agreed:
        raise ChangedSinceShown
    return figures


def why_not_yet(figures: Figures) -> str:
    """What has still to come about, in a sentence; empty where nothing has."""
    if not figures.is_final:
        return "A report is frozen once every workshop has been held."
    if len(figures.closed) < figures.held:
        return "A report is frozen once every survey has closed: answers can still come in."
    return ""


def pdf_of(document: str) -> bytes | None:
    """Where none can be made, none is kept."""
    try:
        return typeset(document)
    except TypesettingError:
        return None


def seal_of(words: Iterable[str]) -> str:
    """Stands for exactly these words, so that a yes to them is no yes to others chosen or taken back meanwhile."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def is_as_frozen(frozen: FrozenReport, figures: Figures) -> bool:
    """Do the same figures come out today as stand in the files?"""
    return bytes(frozen.csv) == as_csv(figures)
