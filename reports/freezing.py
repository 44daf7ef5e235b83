"""Freezing a report: saving its files and figures, and making its quotations permanent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Quote
from reports.downloads import as_document
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.models import FrozenReport
from reports.quote_selection import lock_cohort
from reports.quotes import chosen
from reports.reflection_rate import store_bands
from reports.rows import values_of
from ui.pdf import SECONDS, TypesettingError, can_typeset, typeset_apart
from ui.version_token import check_version, version_token

# Increase this number when you add or remove figures in reports.rows. `has_changed` compares a
# report that was frozen with another number only by the figures that both versions have.
VALUES_VERSION = 1


class NotReadyToFreeze(Exception):  # noqa: N818  describes a state, not a failure
    """Raised while something is still to come that a frozen report needs. The message says what."""


def freeze(*, cohort: Cohort, agreed: str, by: User, at: datetime) -> FrozenReport:
    """Freeze the cohort's report and return it; if the report is frozen already, only return it.

    `agreed` is the `quotes_token` of the quotations that the facilitator saw. Raises StaleError if
    other quotations would be printed, and NotReadyToFreeze while workshops or survey answers are
    still to come, or if the PDF can't be made now.

    The PDF takes seconds to make, so it is made before the cohort's row is locked. It is made again
    under the lock only if the figures have changed in the meantime.
    """
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None:
        return frozen
    store_bands(at=at, cohort=cohort)
    document = as_document(figures_to_freeze(cohort, agreed, at))
    pdf = pdf_of(document)
    with transaction.atomic():
        lock_cohort(cohort.pk)
        frozen = FrozenReport.objects.of(cohort)
        if frozen is not None:
            return frozen
        quotes = list(chosen(cohort).select_for_update())
        figures = figures_to_freeze(cohort, agreed, at)
        if (current_document := as_document(figures)) != document:
            pdf = pdf_of(current_document)
        if figures.quotations:
            Quote.objects.filter(pk__in=[quote.pk for quote in quotes]).update(printed_at=at)
        return FrozenReport.objects.create(
            cohort=cohort,
            frozen_at=at,
            frozen_by=by,
            words=figures.quotations,
            values=values_of(figures),
            values_version=VALUES_VERSION,
            csv=as_csv(figures),
            xlsx=as_xlsx(figures),
            pdf=pdf,
        )


def figures_to_freeze(cohort: Cohort, agreed: str, at: datetime) -> Figures:
    """Return the cohort's figures. Raises NotReadyToFreeze and StaleError as `freeze` does."""
    figures = figures_of(cohort, at)
    if reason := why_cannot_freeze(figures):
        raise NotReadyToFreeze(reason)
    check_version(
        agreed,
        quotes_token(figures.quotations),
        _("The quotations have changed since you opened this page. Check them again."),
    )
    return figures


def why_cannot_freeze(figures: Figures) -> str:
    """Return why the report can't be frozen yet, or an empty string if it can."""
    if not figures.is_final:
        return _("You can freeze the report once every workshop has taken place.")
    if any(one.results.is_pending for one in figures.workshops):
        return _(
            "A survey has just closed. You can freeze the report in a few minutes, once it has the "
            "results."
        )
    if len(figures.closed) < figures.held:
        return _(
            "You can freeze the report once every survey has closed. Answers can still come in."
        )
    return ""


def pdf_of(document: str) -> bytes | None:
    """Return the PDF, or None if this server can't make any.

    Raises NotReadyToFreeze if it takes too long, or another one before it does.
    """
    if not can_typeset():
        return None
    try:
        return typeset_apart(document, wait=SECONDS)
    except TypesettingError as error:
        raise NotReadyToFreeze(str(error)) from error


def quotes_token(words: Iterable[str]) -> str:
    """Return the version token of the quotations and their order."""
    return version_token(*words)


def has_changed(frozen: FrozenReport, figures: Figures) -> bool | None:
    """Return whether the figures differ from the frozen ones; None if those were not saved.

    `figures` are computed now, as of the time of freezing. They differ if, for example, a register
    has been corrected since. Compares only values, not wording, notes or the layout of the files.
    """
    if frozen.values is None:
        return None
    current = values_of(figures)
    if frozen.values_version == VALUES_VERSION:
        return bool(frozen.values != current)
    return any(values != current[key] for key, values in frozen.values.items() if key in current)
