"""Quotes for the report: offered and withdrawn by their author, chosen by a facilitator.

The actions and the freezing of the report are serialised by a lock on the cohort's row.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from cohorts.models import Cohort
from partnerships.models import Partnership, Party
from partnerships.report_offers import is_able_to_offer, quotes_about
from reflections.entries import lock_own
from reflections.models import Quote, Reflection
from reports.models import FrozenReport
from reports.quotes import quotes_people
from surveys.disclosure import MINIMUM
from ui import dates


class ReportIsFrozen(Exception):  # noqa: N818  describes a state, not a failure
    """Raised if the report is frozen, because its quotes can't change any more."""


@transaction.atomic
def offer(*, reflection: Reflection, words: str, by: User, at: datetime) -> Quote:
    """Offer words of the user's own reflection to the cohort's report.

    Offering the same words again changes nothing. Raises PermissionDenied if the user did not write
    the reflection, or if `why_cannot_offer` returns a reason.
    """
    lock_cohort(reflection.cohort_id)
    entry = lock_own(reflection, by)
    on_offer = entry.quotes.on_offer().first()
    if on_offer is not None and on_offer.words == words:
        return on_offer
    if why_cannot_offer(entry, by, at):
        raise PermissionDenied
    return Quote.objects.create(
        author=by, cohort=entry.cohort, reflection=entry, words=words, offered_at=at
    )


def why_cannot_offer(reflection: Reflection, user: User, moment: datetime) -> str:
    """Return why the author can't offer words now; empty if they can. At most five queries."""
    if reflection.is_unreadable:
        return _("You can’t offer words of this reflection while it can’t be read.")
    if reason := why_takes_no_quote(reflection.cohort, user, moment):
        return reason
    if reflection.quotes.on_offer().exists():
        return _(
            "You have already offered words of this reflection. Withdraw them to offer others."
        )
    return ""


@transaction.atomic
def offer_about_work(*, party: Party, words: str, by: User, at: datetime) -> Quote:
    """Offer words about work that the user started with others to the cohort's report.

    Offering the same words again changes nothing. Locks the work, so that nobody withdraws it
    meanwhile. Raises Party.DoesNotExist if the user is not this party, and PermissionDenied if
    `why_cannot_offer_about_work` returns a reason.
    """
    work = party.partnership
    lock_cohort(work.cohort_id)
    Partnership.objects.select_for_update(no_key=True).get(pk=work.pk)
    parties = Party.objects.select_related("partnership__cohort", "membership")
    current = parties.of(by).get(pk=party.pk)
    on_offer = quotes_about(work, by).on_offer().first()
    if on_offer is not None and on_offer.words == words:
        return on_offer
    if why_cannot_offer_about_work(current, by, at):
        raise PermissionDenied
    return Quote.objects.create(
        author=by, cohort=work.cohort, work_id=work.pk, words=words, offered_at=at
    )


def why_cannot_offer_about_work(party: Party, user: User, moment: datetime) -> str:
    """Return why the user, who is this party, can't offer words; empty if they can.

    Makes at most five queries.
    """
    if not is_able_to_offer(party):
        return _("Only participants who agree that they are part of it can offer words about it.")
    if reason := why_takes_no_quote(party.partnership.cohort, user, moment):
        return reason
    if quotes_about(party.partnership, user).on_offer().exists():
        return _("You have already offered words about this. Withdraw them to offer others.")
    return ""


def why_takes_no_quote(cohort: Cohort, user: User, moment: datetime) -> str:
    """Return why the cohort's report takes no quote by the user; empty if it does.

    Makes at most four queries.
    """
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None:
        day = dates.long_day(dates.day_of(frozen.frozen_at, cohort.zone))
        return _("The report was frozen on %(day)s. Nothing can be added to it.") % {"day": day}
    if not cohort.memberships.active().participating().filter(user=user).exists():
        return _("The report only quotes people who are taking part in the cohort.")
    if not quotes_people(cohort, moment):
        return ngettext(
            "The report of a cohort of fewer than %(count)d person quotes nobody, because readers "
            "could tell who it is.",
            "The report of a cohort of fewer than %(count)d people quotes nobody, because readers "
            "could tell who it is.",
            MINIMUM,
        ) % {"count": MINIMUM}
    return ""


@transaction.atomic
def withdraw(*, quote: Quote, by: User, at: datetime) -> None:
    """Withdraw the user's own quote and delete its words.

    Raises PermissionDenied if the user did not offer the quote, and ReportIsFrozen if it is
    printed in a frozen report.
    """
    lock_cohort(quote.cohort_id)
    offered = Quote.objects.select_for_update().filter(pk=quote.pk, author=by).first()
    if offered is None:
        raise PermissionDenied
    if offered.is_printed:
        raise ReportIsFrozen
    if offered.withdrawn_at is None:
        offered.withdrawn_at, offered.words = at, ""
        offered.save(update_fields=["withdrawn_at", "words"])


@transaction.atomic
def choose(*, quote: Quote, by: User, at: datetime) -> None:
    """Choose a quote for the report. Do nothing if it is chosen already or withdrawn.

    Raises ReportIsFrozen if the report is frozen.
    """
    lock_unfrozen(quote.cohort_id)
    Quote.objects.on_offer().filter(pk=quote.pk, chosen_at=None).update(chosen_at=at, chosen_by=by)


@transaction.atomic
def leave_out(*, quote: Quote) -> None:
    """Remove a quote from the report. The quote stays on offer.

    Raises ReportIsFrozen if the report is frozen.
    """
    lock_unfrozen(quote.cohort_id)
    Quote.objects.filter(pk=quote.pk).update(chosen_at=None, chosen_by=None)


def lock_cohort(cohort: int) -> None:
    """Lock the cohort's row, to serialise offering, withdrawing, choosing and freezing."""
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort)


def lock_unfrozen(cohort: int) -> None:
    """Lock the cohort's row. Raises ReportIsFrozen if the report is frozen."""
    lock_cohort(cohort)
    if FrozenReport.objects.filter(cohort=cohort).exists():
        raise ReportIsFrozen
