"""Permission checks for the pages about work started together.

A cohort's active members and all administrators can see its partnerships. Former members get a 403
response, and other people a 404 response. If the cohort doesn't use partnerships, everybody gets a
404 response.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import current_cohort, own_membership
from cohorts.models import Cohort, Membership
from partnerships.models import Partnership, Party, Ripple


def cohort_of(user: User, public_id: str) -> Cohort:
    """Return a cohort whose partnerships the user can see. Raises Http404 or PermissionDenied."""
    cohort = current_cohort(user, public_id)
    if not cohort.uses_partnerships:
        raise Http404
    return cohort


def starting_member(user: User, public_id: str) -> Membership:
    """Return the user's active membership of a cohort in which they can start a partnership.

    Raises Http404 or PermissionDenied.
    """
    membership = own_membership(user, public_id)
    if not membership.cohort.uses_partnerships:
        raise Http404
    return membership


def readable_partnership(user: User, public_id: str) -> Partnership:
    """Return a partnership that the user can see. Raises Http404 or PermissionDenied."""
    partnership: Partnership = get_object_or_404(
        Partnership.objects.visible_to(user).select_related("cohort__programme", "proposed_by"),
        public_id=public_id,
    )
    require_current(partnership.cohort, user)
    return partnership


def changeable_partnership(user: User, public_id: str) -> Partnership:
    """Return a partnership that the user can change (see `may_change`).

    Raises Http404 or PermissionDenied.
    """
    partnership = readable_partnership(user, public_id)
    if not may_change(partnership, user):
        raise PermissionDenied
    return partnership


def changeable_party(user: User, public_id: str) -> Party:
    """Return a party of a partnership that the user can change.

    Raises Http404 or PermissionDenied.
    """
    partnerships = Partnership.objects.visible_to(user)
    party: Party = get_object_or_404(
        Party.objects.select_related("partnership__cohort", "membership__user", "organisation"),
        public_id=public_id,
        partnership__in=partnerships,
    )
    require_current(party.partnership.cohort, user)
    if not may_change(party.partnership, user):
        raise PermissionDenied
    return party


def own_party(user: User, public_id: str) -> Party:
    """Return the user's own party in a partnership that they can see.

    Raises Http404 or PermissionDenied.
    """
    partnership = readable_partnership(user, public_id)
    parties = Party.objects.of(user).select_related("partnership__cohort", "membership")
    party: Party | None = parties.filter(partnership=partnership).first()
    if party is None:
        raise PermissionDenied
    return party


def changeable_ripple(user: User, public_id: str) -> Ripple:
    """Return a ripple that the user added, or one in a cohort that they run.

    Raises Http404 or PermissionDenied.
    """
    cohorts = Cohort.objects.visible_to(user).filter(uses_partnerships=True)
    ripple: Ripple = get_object_or_404(
        Ripple.objects.select_related("cohort"), public_id=public_id, cohort__in=cohorts
    )
    require_current(ripple.cohort, user)
    if ripple.added_by_id != user.pk and not ripple.cohort.is_convened_by(user):
        raise PermissionDenied
    return ripple


def require_current(cohort: Cohort, user: User) -> None:
    """Raise PermissionDenied unless the user is in the cohort now or is an administrator."""
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied


def may_change(partnership: Partnership, user: User) -> bool:
    """Return whether the user started the partnership, is a party to it, or runs its cohort."""
    return (
        partnership.proposed_by_id == user.pk
        or partnership.parties.of(user).exists()
        or partnership.cohort.is_convened_by(user)
    )
