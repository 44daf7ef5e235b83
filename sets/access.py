"""Permission checks for sets. Only a cohort's facilitators make sets, not administrators.

The pages show facilitators which pairs are kept apart, which administrators may not know.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import own_membership, visible_cohort
from cohorts.models import Cohort, Membership
from sets.models import Grouping, Meeting, Set, SetMembership
from workshops.models import Workshop


def facilitated_cohort(user: User, public_id: str) -> Cohort:
    """Return a cohort that uses sets and that the user facilitates now.

    Raises Http404 or PermissionDenied.
    """
    cohort: Cohort = visible_cohort(user, public_id)
    if not cohort.uses_sets:
        raise Http404
    require_facilitator(cohort, user)
    return cohort


def require_facilitator(cohort: Cohort, user: User) -> None:
    """Raise PermissionDenied unless the user facilitates the cohort now."""
    if not cohort.is_facilitated_by(user):
        raise PermissionDenied


def facilitated_grouping(user: User, public_id: str) -> Grouping:
    """Return a made and not yet replaced grouping of a cohort that the user facilitates.

    Raises Http404 or PermissionDenied.
    """
    groupings = Grouping.objects.visible_to(user).filter(made_at__isnull=False, replaced_at=None)
    grouping: Grouping = get_object_or_404(
        groupings.select_related("cohort__programme", "workshop"), public_id=public_id
    )
    require_facilitator(grouping.cohort, user)
    return grouping


def facilitated_draft(user: User, public_id: str) -> Grouping:
    """Return a draft of sets, or tables, of a cohort that the user facilitates.

    Raises Http404 or PermissionDenied.
    """
    grouping = facilitated_grouping(user, public_id)
    if grouping.is_published:
        raise Http404
    return grouping


def facilitated_workshop(user: User, public_id: str) -> Workshop:
    """Return a workshop of a cohort that uses sets and that the user facilitates.

    Raises Http404 or PermissionDenied.
    """
    workshops = Workshop.objects.visible_to(user).filter(cohort__uses_sets=True)
    workshop: Workshop = get_object_or_404(
        workshops.select_related("cohort__programme"), public_id=public_id
    )
    require_facilitator(workshop.cohort, user)
    return workshop


def visible_set(user: User, public_id: str) -> tuple[Set, SetMembership | None]:
    """Return a published set, and the user's place in it; None for the cohort's facilitators.

    Raises Http404 if the user may not know the cohort, and PermissionDenied for other people.
    """
    found: Set = get_object_or_404(
        Set.objects.visible_to(user).select_related("grouping__cohort__programme"),
        public_id=public_id,
    )
    place = SetMembership.objects.active().filter(set=found, membership__user=user).first()
    if place is None:
        require_facilitator(found.grouping.cohort, user)
    return found, place


def own_set(user: User, public_id: str) -> tuple[Set, SetMembership]:
    """Return a set that the user is in now, and their place in it.

    Raises Http404 or PermissionDenied.
    """
    found, place = visible_set(user, public_id)
    if place is None:
        raise PermissionDenied
    return found, place


def own_meeting(user: User, public_id: str) -> Meeting:
    """Return a meeting of a set that the user is in now. Raises Http404 or PermissionDenied."""
    meeting: Meeting = get_object_or_404(
        Meeting.objects.filter(set__in=Set.objects.visible_to(user)).select_related(
            "set__grouping__cohort__programme"
        ),
        public_id=public_id,
    )
    if not Set.objects.joined_by(user).filter(pk=meeting.set_id).exists():
        raise PermissionDenied
    return meeting


def wishing_member(user: User, public_id: str) -> Membership:
    """Return the user's membership, as a participant, of a cohort that asks for change wishes.

    Raises Http404 or PermissionDenied.
    """
    membership = own_membership(user, public_id)
    cohort = membership.cohort
    if not (cohort.uses_sets or cohort.uses_introductions):
        raise Http404
    if membership.is_facilitator:
        raise PermissionDenied
    return membership
