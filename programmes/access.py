"""Permission checks for pages that change a programme.

Every user can read programmes. Only administrators can change them.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from programmes.models import Programme, WorkshopPlan


def require_administrator(user: User) -> None:
    """Raise PermissionDenied unless the user is an administrator."""
    if not user.is_administrator:
        raise PermissionDenied


def changeable_programme(user: User, public_id: str) -> Programme:
    """Return the programme with this public id, if the user is an administrator.

    Raises Http404 if there is none, and PermissionDenied for any other user.
    """
    programme = get_object_or_404(Programme, public_id=public_id)
    require_administrator(user)
    return programme


def changeable_plan(user: User, public_id: str) -> WorkshopPlan:
    """Return the workshop plan with this public id, if the user is an administrator.

    Raises Http404 if there is none, and PermissionDenied for any other user.
    """
    plan = get_object_or_404(WorkshopPlan.objects.select_related("programme"), public_id=public_id)
    require_administrator(user)
    return plan
