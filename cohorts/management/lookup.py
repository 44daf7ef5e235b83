"""The lookup of a cohort by its name or public id, for management commands."""

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from cohorts.models import Cohort


def find_cohort(name_or_id: str) -> Cohort:
    """Return the cohort with this name, or else with this public id. Raises CommandError."""
    cohorts = Cohort.objects.select_related("programme")
    cohort = cohorts.filter(name=name_or_id).first() or cohorts.filter(public_id=name_or_id).first()
    if cohort is None:
        raise CommandError(
            _("There is no cohort with the name or id “%(name)s”.") % {"name": name_or_id}
        )
    return cohort
