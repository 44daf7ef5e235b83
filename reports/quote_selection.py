"""Words on their way to the report: offered and taken back by their author, chosen by a facilitator.

Every verb takes the cohort's row first, as freezing does: what is frozen at the same moment is frozen before or after.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from cohorts.models import Cohort
from reflections.entries import own
from reflections.models import Quote, Reflection
from reports.models import FrozenReport
from reports.quotes import quotes_people
from ui import dates


class ReportIsFrozen(Exception):  # noqa: N818  what happened, not what went wrong
    """Nothing is added to the report any more, and nothing taken from it."""


@transaction.atomic
def offer(*, reflection: Reflection, words: str, by: User, at: datetime) -> Quote:
    """Sent twice, it is one offer. Raises PermissionDenied for another's, and wherever `why_not` has a reason."""
    hold(reflection.cohort_id)
    entry = own(reflection, by)
    standing = entry.quotes.on_offer().first()
    if standing is not None and standing.words == words:
        return standing
    if why_not(entry, by, at):
        raise PermissionDenied
    return Quote.objects.create(
        author=by, cohort=entry.cohort, reflection=entry, words=words, offered_at=at
    )


def why_not(reflection: Reflection, user: User, moment: datetime) -> str:
    """Why nothing of it can be offered, in a sentence for its author; empty where something can. Five queries."""
    cohort = reflection.cohort
    frozen = FrozenReport.objects.of(cohort)
    if frozen is not None:
        day = dates.long_day(dates.day_of(frozen.frozen_at, cohort.zone))
        return f"The report was frozen on {day}: nothing can be added to it."
    if reflection.is_unreadable:
        return "This can’t be offered while it can’t be read."
    if not cohort.memberships.active().participating().filter(user=user).exists():
        return "The report quotes those who take part in the cohort, as long as they are in it."
    if not quotes_people(cohort, moment):
        return "The report of fewer than five people quotes nobody: it would be too easy to tell who it is."
    if reflection.quotes.on_offer().exists():
        return "Some words of this are on offer already. Take them back first, and you can offer others."
    return ""


@transaction.atomic
def withdraw(*, extract: Quote, by: User, at: datetime) -> None:
    """Its words are not kept. Raises PermissionDenied for another's, ReportIsFrozen for what is printed."""
    hold(extract.cohort_id)
    offered = Quote.objects.select_for_update().filter(pk=extract.pk, author=by).first()
    if offered is None:
        raise PermissionDenied
    if offered.is_printed:
        raise ReportIsFrozen
    if offered.withdrawn_at is None:
        offered.withdrawn_at, offered.words = at, ""
        offered.save(update_fields=["withdrawn_at", "words"])


@transaction.atomic
def choose(*, extract: Quote, by: User, at: datetime) -> None:
    """It stands in the report from now on; one that was chosen already, or taken back meanwhile, stays as it is."""
    hold_open(extract.cohort_id)
    Quote.objects.on_offer().filter(pk=extract.pk, chosen_at=None).update(
        chosen_at=at, chosen_by=by
    )


@transaction.atomic
def leave_out(*, extract: Quote) -> None:
    """It stays on offer."""
    hold_open(extract.cohort_id)
    Quote.objects.filter(pk=extract.pk).update(chosen_at=None, chosen_by=None)


def hold(cohort: int) -> None:
    """Until the transaction ends, nobody else offers, takes back, chooses or freezes."""
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort)


def hold_open(cohort: int) -> None:
    """Raises ReportIsFrozen where it is."""
    hold(cohort)
    if FrozenReport.objects.filter(cohort=cohort).exists():
        raise ReportIsFrozen
