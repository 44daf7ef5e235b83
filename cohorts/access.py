"""The doors of a cohort's pages: a stranger gets 404, a member who may not act gets 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.models import Cohort


def visible_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person is or was in. Raises Http404 for any other."""
    return get_object_or_404(Cohort.objects.visible_to(user).select_related("programme"), public_id=public_id)


def convened_cohort(user: User, public_id: str) -> Cohort:
    """A cohort that the person runs. Raises Http404 to strangers, PermissionDenied to its other members."""
    cohort = visible_cohort(user, public_id)
    require_convener(cohort, user)
    return cohort


def require_convener(cohort: Cohort, user: User) -> None:
    """Raises PermissionDenied unless the person is an active facilitator of the cohort or an administrator."""
    if not cohort.is_convened_by(user):
        raise PermissionDenied


def convenes_any(user: User) -> bool:
    """Is the person an administrator, or a facilitator of some cohort now?"""
    return Cohort.objects.convened_by(user).exists() or user.is_administrator
