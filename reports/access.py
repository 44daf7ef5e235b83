"""Permission checks for quotes. Administrators can read only those in the report."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import visible_cohort
from cohorts.models import Cohort
from reflections.access import readable_reflection
from reflections.models import Quote, Reflection
from reflections.report_offers import offer_of


def own_quote(user: User, public_id: str) -> Quote:
    """Return a quote that the user offered. Raises Http404 for anybody else's."""
    quotes = Quote.objects.by(user).select_related("reflection", "cohort")
    return get_object_or_404(quotes, public_id=public_id)


def offered_quote(user: User, public_id: str) -> Quote:
    """Return a quote on offer in a cohort that the user facilitates.

    Raises PermissionDenied if the user offered the quote. Raises Http404 if it is not on offer,
    or if the user doesn't facilitate the cohort.
    """
    quote = get_object_or_404(
        Quote.objects.on_offer().select_related("cohort"), public_id=public_id
    )
    if quote.author_id == user.pk:
        raise PermissionDenied
    if not quote.cohort.is_facilitated_by(user):
        raise Http404
    return quote


def facilitated_cohort(user: User, public_id: str) -> Cohort:
    """Return a cohort that the user facilitates.

    Raises Http404 if the user may not see the cohort. Raises PermissionDenied if they may see it
    but don't facilitate it, even if they are an administrator.
    """
    cohort: Cohort = visible_cohort(user, public_id)
    if not cohort.is_facilitated_by(user):
        raise PermissionDenied
    return cohort


def askable_reflection(user: User, public_id: str) -> Reflection:
    """Return a reflection whose author the user may ask for a quote.

    Raises Http404 if the user can't read the reflection. Raises PermissionDenied if the user wrote
    it or doesn't facilitate the cohort, or if its author is no longer a participant there.
    """
    reflection = readable_reflection(user, public_id)
    if not offer_of(reflection, user).may_ask:
        raise PermissionDenied
    return reflection
