"""Permission checks for a cohort's pages.

A user runs, or convenes, a cohort if they are an administrator or an active facilitator of the
cohort. The checks raise Http404 if the user may not know that the cohort exists. They raise
PermissionDenied if the user may know it but may not act. Each `public_id` is the one in the URL.
"""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.models import Cohort, Membership, PeopleFile


def visible_cohort(user: User, public_id: str, **annotations: Any) -> Any:
    """Return a cohort that the user is or was a member of; for an administrator, any cohort.

    `annotations` are added to the query, so that a page needs no other. Raises Http404.
    """
    return get_object_or_404(
        Cohort.objects.visible_to(user).select_related("programme").annotate(**annotations),
        public_id=public_id,
    )


def convened_cohort(user: User, public_id: str, **annotations: Any) -> Any:
    """Return a cohort that the user runs. One query. Raises Http404 or PermissionDenied.

    `annotations` are added to the query, so that a page needs no other.
    """
    facilitated = (
        Membership.objects.active().facilitating().filter(cohort=OuterRef("pk"), user=user)
    )
    cohort: Any = get_object_or_404(
        Cohort.objects.visible_to(user)
        .select_related("programme")
        .annotate(is_facilitated=Exists(facilitated), **annotations),
        public_id=public_id,
    )
    if not (user.is_administrator or cohort.is_facilitated):
        raise PermissionDenied
    return cohort


def require_convener(cohort: Cohort, user: User) -> None:
    """Raise PermissionDenied unless the user runs the cohort."""
    if not cohort.is_convened_by(user):
        raise PermissionDenied


def current_cohort(user: User, public_id: str) -> Cohort:
    """Return a cohort that the user is an active member of; for an administrator, any cohort.

    Raises Http404 or PermissionDenied.
    """
    cohort: Cohort = visible_cohort(user, public_id)
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied
    return cohort


def own_membership(user: User, public_id: str) -> Membership:
    """Return the user's active membership of a cohort. Raises Http404 or PermissionDenied."""
    cohort = visible_cohort(user, public_id)
    membership: Membership | None = cohort.memberships.active().filter(user=user).first()
    if membership is None:
        raise PermissionDenied
    return membership


def convened_member(user: User, public_id: str) -> Membership:
    """Return a past or present membership of a cohort that the user runs.

    Raises Http404 or PermissionDenied.
    """
    membership = get_object_or_404(
        Membership.objects.filter(cohort__in=Cohort.objects.visible_to(user)).select_related(
            "user", "organisation", "cohort__programme"
        ),
        public_id=public_id,
    )
    require_convener(membership.cohort, user)
    return membership


def convened_people_file(user: User, public_id: str) -> PeopleFile:
    """Return an uploaded list of people for a cohort that the user runs.

    Raises Http404 or PermissionDenied.
    """
    people_file = get_object_or_404(
        PeopleFile.objects.filter(cohort__in=Cohort.objects.visible_to(user)).select_related(
            "cohort__programme"
        ),
        public_id=public_id,
    )
    require_convener(people_file.cohort, user)
    return people_file


def require_some_cohort(user: User) -> None:
    """Raise PermissionDenied unless the user is an administrator or runs at least one cohort."""
    if not convenes_any(user):
        raise PermissionDenied


def convenes_any(user: User) -> bool:
    """Return whether the user is an administrator or an active facilitator of any cohort."""
    return user.is_administrator or Cohort.objects.convened_by(user).exists()


def convenes_with(members: Iterable[Membership], user: User) -> bool:
    """Return whether the user runs the cohort that these memberships belong to.

    Returns the same as `cohort.is_convened_by(user)`, but makes no query.
    """
    return user.is_administrator or any(
        member.user_id == user.pk and member.is_facilitator and member.is_active
        for member in members
    )
