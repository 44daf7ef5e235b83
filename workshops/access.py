"""Permission checks of workshop pages.

People outside the cohort get 404, members who may not act get 403.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import require_convener
from workshops.models import Announcement, Material, Workshop


def visible_workshop(user: User, public_id: str) -> Workshop:
    """Return a workshop of a cohort that the user is or was in. Raises Http404."""
    return get_object_or_404(
        Workshop.objects.visible_to(user).select_related("cohort__programme"), public_id=public_id
    )


def convened_workshop(user: User, public_id: str) -> Workshop:
    """Return a workshop that the user runs.

    Raises Http404 for people outside the cohort and PermissionDenied for other members.
    """
    workshop = visible_workshop(user, public_id)
    require_convener(workshop.cohort, user)
    return workshop


def convened_announcement(user: User, public_id: str) -> Announcement:
    """Return an announcement of a cohort that the user runs. Raises as `convened_workshop` does."""
    announcement = get_object_or_404(
        Announcement.objects.visible_to(user).select_related(
            "cohort__programme", "workshop", "written_by", "confirmed_by"
        ),
        public_id=public_id,
    )
    require_convener(announcement.cohort, user)
    return announcement


def convened_material(user: User, public_id: str) -> Material:
    """Return a material that the user may delete. Raises as `convened_workshop` does."""
    material = visible_material(user, public_id)
    require_convener(material.workshop.cohort, user)
    return material


def downloadable_material(user: User, public_id: str) -> Material:
    """Return a material of a cohort that the user is in now, or runs.

    Raises Http404 for people outside the cohort and PermissionDenied for former members.
    """
    material = visible_material(user, public_id)
    cohort = material.workshop.cohort
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied
    return material


def visible_material(user: User, public_id: str) -> Material:
    """Return a material of a cohort that the user is or was in, with its bytes deferred."""
    return get_object_or_404(
        Material.objects.listed().visible_to(user).select_related("workshop__cohort__programme"),
        public_id=public_id,
    )
