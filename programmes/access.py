"""The doors of the pages that change a programme: everybody may read, administrators change."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from programmes.models import Programme, WorkshopPlan


def require_administrator(user: User) -> None:
    if not user.is_administrator:
        raise PermissionDenied


def changeable_programme(user: User, public_id: str) -> Programme:
    """A programme that the person may change. Raises Http404 if there is none, PermissionDenied if they may not."""
    programme = get_object_or_404(Programme, public_id=public_id)
    require_administrator(user)
    return programme


def changeable_plan(user: User, public_id: str) -> WorkshopPlan:
    """A workshop plan that the person may change. Raises Http404 if there is none, PermissionDenied if they may not."""
    plan = get_object_or_404(WorkshopPlan.objects.select_related("programme"), public_id=public_id)
    require_administrator(user)
    return plan
