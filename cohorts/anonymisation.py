"""Anonymisation of memberships: personal data is deleted; role, organisation and dates stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from cohorts.models import MembershipQuerySet, PeopleFile


@transaction.atomic
def anonymise_memberships(memberships: MembershipQuerySet) -> int:
    """Remove job titles and needs. Return the number of memberships.

    Organisations stay, because reports count them.
    """
    return memberships.update(job_title="", needs="", needs_said_at=None, needs_named=False)


@transaction.atomic
def leave_all(user: User, *, by: User | None, at: datetime) -> None:
    """End all active memberships of a user, even if a cohort is left without a facilitator."""
    for membership in user.memberships.active():
        membership.leave(by=by, at=at)


def delete_people_files_naming(user: User) -> None:
    """Delete lists of people that the user uploaded, or that contain the user's name or address.

    Whole lists are deleted, because they can be uploaded again.
    """
    details = PersonalDetails(user)
    PeopleFile.objects.filter(uploaded_by=user).delete()
    naming_user = [
        one.pk for one in PeopleFile.objects.iterator() if any(map(details.are_in, one.texts()))
    ]
    PeopleFile.objects.filter(pk__in=naming_user).delete()
