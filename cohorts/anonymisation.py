"""What a cohort keeps of a person who goes: that they were in it, as what, from where and how long."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from cohorts.models import MembershipQuerySet, PeopleFile


@transaction.atomic
def forget_members(memberships: MembershipQuerySet) -> int:
    """What they do for a living and what they need goes; their organisation stays, as reports count it. How many."""
    return memberships.update(job_title="", needs="", needs_said_at=None, needs_named=False)


@transaction.atomic
def leave_all(user: User, *, by: User | None, at: datetime) -> None:
    """They are in no cohort from now on."""
    for membership in user.memberships.active():
        membership.leave(by=by, at=at)


def forget_in_people_files(user: User) -> None:
    """Lists that name them, or that they handed in: each is kept for a day at most, and is handed in again."""
    named = PersonalDetails(user)
    PeopleFile.objects.filter(uploaded_by=user).delete()
    holding = [
        one.pk
        for one in PeopleFile.objects.iterator()
        if any(named.are_in(cell) for row in one.table.rows for cell in row.cells)
    ]
    PeopleFile.objects.filter(pk__in=holding).delete()
