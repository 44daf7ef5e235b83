"""The doors of words offered to a report. Being an administrator opens none: they read what is chosen, as it prints."""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import visible_cohort
from cohorts.models import Cohort
from reflections.access import readable_reflection
from reflections.models import Quote, Reflection
from reflections.report_offers import offer_of


def own_extract(user: User, public_id: str) -> Quote:
    """Words that the person offered. Raises Http404 for any others: nobody learns that there are some."""
    extracts = Quote.objects.by(user).select_related("reflection", "cohort")
    return get_object_or_404(extracts, public_id=public_id)


def offered_extract(user: User, public_id: str) -> Quote:
    """Words on offer in a cohort that the person facilitates. Raises PermissionDenied to their author, else Http404."""
    extract = get_object_or_404(
        Quote.objects.on_offer().select_related("cohort"), public_id=public_id
    )
    if extract.author_id == user.pk:
        raise PermissionDenied
    if not extract.cohort.is_facilitated_by(user):
        raise Http404
    return extract


def facilitated_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person facilitates. Raises Http404 to strangers, PermissionDenied to all others, administrators
    too."""
    cohort = visible_cohort(user, public_id)
    if not cohort.is_facilitated_by(user):
        raise PermissionDenied
    return cohort


def askable_reflection(user: User, public_id: str) -> Reflection:
    """One whose author the person may ask for a few words. Raises Http404 where they can't read it, PermissionDenied
    to who reads it and doesn't facilitate, or where its author takes no part any more."""
    reflection = readable_reflection(user, public_id)
    if not offer_of(reflection, user).may_ask:
        raise PermissionDenied
    return reflection
