"""What the management commands share: which cohort is meant."""

from django.core.management.base import CommandError

from cohorts.models import Cohort


def cohort_called(words: str) -> Cohort:
    """The cohort of this name, or else of this public id. Raises CommandError with the one line to print."""
    cohorts = Cohort.objects.select_related("programme")
    cohort = cohorts.filter(name=words).first() or cohorts.filter(public_id=words).first()
    if cohort is None:
        raise CommandError(f"There is no cohort with the name or id “{words}”.")
    return cohort
