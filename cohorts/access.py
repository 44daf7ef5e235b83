"""The doors of a cohort's pages: a stranger gets 404, a member who may not act gets 403."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.models import Cohort, Membership, PeopleFile


def visible_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person is or was in. Raises Http404 for any other."""
    return get_object_or_404(
        Cohort.objects.visible_to(user).select_related("programme"), public_id=public_id
    )


def convened_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person runs. Raises Http404 to strangers, PermissionDenied to its other members."""
    cohort = visible_cohort(user, public_id)
    require_convener(cohort, user)
    return cohort


def require_convener(cohort: Cohort, user: User) -> None:
    """Raises PermissionDenied unless the person is an active facilitator of the cohort or an administrator."""
    if not cohort.is_convened_by(user):
        raise PermissionDenied


def met_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person is in now, or runs. Raises Http404 to strangers, PermissionDenied to those who left."""
    cohort = visible_cohort(user, public_id)
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied
    return cohort


def own_membership(user: User, public_id: str) -> Membership:
    """The person's own place in the cohort. Raises Http404 to strangers, PermissionDenied to who has none now."""
    cohort = visible_cohort(user, public_id)
    membership = cohort.memberships.active().filter(user=user).first()
    if membership is None:
        raise PermissionDenied
    return membership


def convened_member(user: User, public_id: str) -> Membership:
    """A membership, past ones too, in a cohort that the person runs. Raises as `convened_cohort` does."""
    membership = get_object_or_404(
        Membership.objects.filter(cohort__in=Cohort.objects.visible_to(user)).select_related(
            "user", "organisation", "cohort__programme"
        ),
        public_id=public_id,
    )
    require_convener(membership.cohort, user)
    return membership


def convened_people_file(user: User, public_id: str) -> PeopleFile:
    """A list of people waiting for a cohort that the person runs. Raises as `convened_cohort` does."""
    people_file = get_object_or_404(
        PeopleFile.objects.filter(cohort__in=Cohort.objects.visible_to(user)).select_related(
            "cohort__programme"
        ),
        public_id=public_id,
    )
    require_convener(people_file.cohort, user)
    return people_file


def require_some_cohort(user: User) -> None:
    """Raises PermissionDenied to those who run nothing."""
    if not convenes_any(user):
        raise PermissionDenied


def convenes_any(user: User) -> bool:
    """Is the person an administrator, or a facilitator of some cohort now?"""
    return user.is_administrator or Cohort.objects.convened_by(user).exists()


def convenes_with(members: Iterable[Membership], user: User) -> bool:
    """`cohort.is_convened_by`, asked of the cohort's members where they are here already. No query."""
    return user.is_administrator or any(
        member.user_id == user.pk and member.is_facilitator and member.is_active
        for member in members
    )
