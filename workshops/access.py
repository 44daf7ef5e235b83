"""The doors of a workshop's pages: a stranger to its cohort gets 404, a member who may not act gets 403."""

from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import require_convener
from workshops.models import Workshop


def visible_workshop(user: User, public_id: str) -> Workshop:
    """A workshop of a cohort that the person is or was in. Raises Http404 for any other."""
    return get_object_or_404(
        Workshop.objects.visible_to(user).select_related("cohort__programme"), public_id=public_id
    )


def convened_workshop(user: User, public_id: str) -> Workshop:
    """A workshop that the person runs. Raises Http404 to strangers, PermissionDenied to other members."""
    workshop = visible_workshop(user, public_id)
    require_convener(workshop.cohort, user)
    return workshop
