"""The doors of a workshop's pages: a stranger to its cohort gets 404, a member who may not act gets 403."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from accounts.models import User
from cohorts.access import require_convener
from workshops.models import Announcement, Material, Workshop


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


def convened_announcement(user: User, public_id: str) -> Announcement:
    """A facilitators' message in a cohort that the person runs. Raises as `convened_workshop` does."""
    announcement = get_object_or_404(
        Announcement.objects.visible_to(user).select_related(
            "cohort__programme", "workshop", "written_by", "confirmed_by"
        ),
        public_id=public_id,
    )
    require_convener(announcement.cohort, user)
    return announcement


def convened_material(user: User, public_id: str) -> Material:
    """Something handed out that the person may take away. Raises as `convened_workshop` does."""
    material = visible_material(user, public_id)
    require_convener(material.workshop.cohort, user)
    return material


def met_material(user: User, public_id: str) -> Material:
    """Something handed out in a cohort that the person is in now, or runs. Raises Http404 to strangers,
    PermissionDenied to those who left."""
    material = visible_material(user, public_id)
    cohort = material.workshop.cohort
    if not (user.is_administrator or cohort.memberships.active().filter(user=user).exists()):
        raise PermissionDenied
    return material


def visible_material(user: User, public_id: str) -> Material:
    """Something handed out in a cohort that the person is or was in, its bytes not read yet."""
    return get_object_or_404(
        Material.objects.listed().visible_to(user).select_related("workshop__cohort__programme"),
        public_id=public_id,
    )
