"""Freezing a report: saving its files and figures, and making its quotes permanent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.models import Cohort
from reflections.models import Quote
from reports.downloads import as_document
from reports.editions import Edition
from reports.exports import as_csv, as_xlsx
from reports.figures import Figures, figures_of
from reports.models import FrozenReport
from reports.quote_selection import lock_cohort
from reports.quotes import chosen
from reports.reflection_rate import store_bands
from reports.rows import values_of
from ui.pdf import SECONDS, TypesettingError, can_typeset, typeset_apart
from ui.version_token import check_version, version_token

# The version of the set of figures that `FrozenReport.values` contains. Increase it when you add or
# remove figures in reports.rows. If a report was frozen with another VALUES_VERSION, `has_changed`
# ignores current figures that the frozen report lacks, and frozen figures that no longer exist.
VALUES_VERSION = 4


class NotReadyToFreeze(Exception):  # noqa: N818  describes a state, not a failure
    """Raised if the report can't be frozen yet. The message is a sentence that says why."""


def freeze(*, cohort: Cohort, agreed: str, by: User, at: datetime, after: int = 0) -> FrozenReport:
    """Freeze the cohort's report as version `after` + 1, and return it.

    If there is a later version than `after` already, only return that. A new version has the quotes
    of the one before it.

    `agreed` is the `quotes_token` of the quotes that the facilitator saw. Raises StaleError if
    other quotes would be printed, and NotReadyToFreeze while workshops or survey answers are
    still to come, or if the PDF can't be made now.

    The PDF takes seconds to make, so it is made before the cohort's row is locked. It is made again
    under the lock only if the figures have changed in the meantime.
    """
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None and frozen.version > after:
        return frozen
    store_bands(at=at, cohort=cohort)
    document = as_document(figures_to_freeze(cohort, frozen, agreed, by, at))
    pdf = pdf_of(document)
    with transaction.atomic():
        lock_cohort(cohort.pk)
        frozen = FrozenReport.objects.of(cohort)
        if frozen is not None and frozen.version > after:
            return frozen
        quotes = list(chosen(cohort).select_for_update())
        figures = figures_to_freeze(cohort, frozen, agreed, by, at)
        if (current_document := as_document(figures)) != document:
            pdf = pdf_of(current_document)
        if figures.quotes and frozen is None:
            Quote.objects.filter(pk__in=[quote.pk for quote in quotes]).update(printed_at=at)
        return FrozenReport.objects.create(
            cohort=cohort,
            version=frozen.version + 1 if frozen else 1,
            frozen_at=at,
            frozen_by=by,
            words=figures.quotes,
            values=values_of(figures),
            values_version=VALUES_VERSION,
            csv=as_csv(figures),
            xlsx=as_xlsx(figures),
            pdf=pdf,
        )


def figures_to_freeze(
    cohort: Cohort, frozen: FrozenReport | None, agreed: str, by: User, at: datetime
) -> Figures:
    """Return the figures of the next version. Raises NotReadyToFreeze and StaleError as `freeze`.

    `frozen` is the latest version so far.
    """
    version = frozen.version + 1 if frozen else 1
    figures = replace(
        next_figures(cohort, frozen, at), edition=Edition(version, at, str(by), cohort.zone)
    )
    if reason := why_cannot_freeze(figures):
        raise NotReadyToFreeze(reason)
    check_version(
        agreed,
        quotes_token(figures.quotes),
        _("The quotes have changed since you opened this page. Check them again."),
    )
    return figures


def next_figures(cohort: Cohort, frozen: FrozenReport | None, at: datetime) -> Figures:
    """Return the figures as of `at`, with the quotes of the latest frozen version, if any."""
    figures = figures_of(cohort, at)
    return replace(figures, quotes=list(frozen.words)) if frozen else figures


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
    if figures.before_after.is_on and not figures.before_after.has_results:
        return _(
            "You can freeze the report once “Before and after” at the end has closed. Answers can "
            "still come in."
        )
    if figures.relationships.is_awaited:
        return _(
            "You can freeze the report once “Who do you know here?” after the last workshop has "
            "closed. Answers can still come in."
        )
    return ""


def pdf_of(document: str) -> bytes | None:
    """Return the PDF, or None if this server can't make any.

    Raises NotReadyToFreeze if typesetting fails or takes too long, or if this process is still
    typesetting another PDF after SECONDS.
    """
    if not can_typeset():
        return None
    try:
        return typeset_apart(document, wait=SECONDS)
    except TypesettingError as error:
        raise NotReadyToFreeze(str(error)) from error


def quotes_token(words: Iterable[str]) -> str:
    """Return the version token of the quotes and their order."""
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
