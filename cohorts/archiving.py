"""The archived cohorts as `outbox` asks for them, which knows no cohort."""

from cohorts.models import Cohort, CohortQuerySet


def archived_groups() -> CohortQuerySet:
    """Return the cohorts about which no message is sent."""
    groups: CohortQuerySet = Cohort.objects.archived()
    return groups
