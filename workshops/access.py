"""Permission checks for the pages of workshops, announcements and materials.

A cohort's past and present members and all administrators can see its workshops. Active
facilitators and administrators run the cohort. Other people get a 404 response; members who
may not do what they ask for get a 403 response.
"""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import require_convener
from workshops.models import Announcement, Material, Workshop


def visible_workshop(user: User, public_id: str) -> Workshop:
    """Return the workshop, if the user is or was in its cohort. Raises Http404."""
    return get_object_or_404(
        Workshop.objects.visible_to(user).select_related("cohort__programme"), public_id=public_id
    )


def convened_workshop(user: User, public_id: str) -> Workshop:
    """Return the workshop, if the user runs its cohort.

    Raises Http404 for people outside the cohort and PermissionDenied for its other members.
    """
    workshop = visible_workshop(user, public_id)
    require_convener(workshop.cohort, user)
    return workshop


def convened_announcement(user: User, public_id: str) -> Announcement:
    """Return the announcement, if the user runs its cohort.

    Raises Http404 for people outside the cohort and PermissionDenied for its other members.
    """
    announcement = get_object_or_404(
        Announcement.objects.visible_to(user)
        .select_related("cohort__programme", "workshop", "material", "written_by", "confirmed_by")
        .defer("material__content"),
        public_id=public_id,
    )
    require_convener(announcement.cohort, user)
    return announcement


def convened_material(user: User, public_id: str) -> Material:
    """Return the material, if the user runs its cohort.

    Raises Http404 for people outside the cohort and PermissionDenied for its other members.
    """
    material = visible_material(user, public_id)
    require_convener(material.workshop.cohort, user)
    return material


def downloadable_material(user: User, public_id: str) -> Material:
    """Return the material, if the user is in its cohort now or is an administrator.

    Raises Http404 for people who were never in the cohort, PermissionDenied for former members.
    """
    material = visible_material(user, public_id)
    cohort = material.workshop.cohort
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied
    return material


def visible_material(user: User, public_id: str) -> Material:
    """Return the material, if the user is or was in its cohort. Raises Http404.

    The bytes of its file are deferred.
    """
    return get_object_or_404(
        Material.objects.listed().visible_to(user).select_related("workshop__cohort__programme"),
        public_id=public_id,
    )
