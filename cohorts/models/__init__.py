"""The models of organisations, cohorts, memberships and uploaded lists of people."""

from cohorts.models.cohorts import (
    NAME_TAKEN,
    Cohort,
    CohortMessageTemplate,
    CohortQuerySet,
    Country,
    Membership,
    MembershipQuerySet,
    check_time_zone,
)
from cohorts.models.organisations import (
    ORGANISATION_NAME_TAKEN,
    Organisation,
    OrganisationQuerySet,
    Sector,
)
from cohorts.models.people_files import PeopleFile, PeopleFileManager

__all__ = [
    "NAME_TAKEN",
    "ORGANISATION_NAME_TAKEN",
    "Cohort",
    "CohortMessageTemplate",
    "CohortQuerySet",
    "Country",
    "Membership",
    "MembershipQuerySet",
    "Organisation",
    "OrganisationQuerySet",
    "PeopleFile",
    "PeopleFileManager",
    "Sector",
    "check_time_zone",
]
