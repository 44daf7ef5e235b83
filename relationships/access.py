"""Permission checks for the pages of relationships.

The functions raise Http404 if the cohort doesn't use relationships.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.models import User
from cohorts.access import convened_cohort, own_membership
from cohorts.models import Cohort, Membership


def cohort_with_rounds(user: User, public_id: str) -> Cohort:
    """Return a cohort that the user runs. Raises Http404 or PermissionDenied."""
    return in_use(convened_cohort(user, public_id))


def participant_of(user: User, public_id: str) -> Membership:
    """Return the user's active membership as a participant. Raises Http404 or PermissionDenied."""
    membership = own_membership(user, public_id)
    in_use(membership.cohort)
    if membership.is_facilitator:
        raise PermissionDenied
    return membership


def in_use(cohort: Cohort) -> Cohort:
    """Return the cohort, or raise Http404 if it doesn't use relationships."""
    if not cohort.uses_relationships:
        raise Http404
    return cohort
