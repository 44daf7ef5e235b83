"""Deletion of what people wrote for their sets, and of what was written about them.

The rows that record who was in which set stay, but refer to anonymised memberships.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from cohorts.models import Cohort, MembershipQuerySet
from outbox.anonymisation import erase_messages
from outbox.models import Message
from sets.messages.published import KIND
from sets.models import ChangeWish, KeepApart, Meeting, SetMembership, SetNote


@transaction.atomic
def delete_set_words(user: User, *, at: datetime, cohort: Cohort | None = None) -> dict[str, int]:
    """Delete the user's notes and what they would like to change, in all cohorts or in one.

    Also erases the e-mails that quote what the user would like to change. Returns how many of each
    kind were deleted.
    """
    notes, memberships = SetNote.objects.by(user), user.memberships.all()
    if cohort:
        notes = notes.filter(set__grouping__cohort=cohort)
        memberships = memberships.filter(cohort=cohort)
    counts = {
        "notes of a set": notes.delete()[0],
        "wishes": ChangeWish.objects.filter(membership__in=memberships).delete()[0],
    }
    if counts["wishes"]:
        sets = SetMembership.objects.filter(membership__in=memberships).values("set")
        quoting = Message.objects.filter(kind=KIND, subject_id__in=sets, sent_at__isnull=False)
        erase_messages(quoting, at=at)
    return {kind: count for kind, count in counts.items() if count}


@transaction.atomic
def anonymise_in_sets(memberships: MembershipQuerySet) -> None:
    """Delete the members' keep-apart pairs, and the places of meetings that they planned.

    The meetings themselves stay for the others. The place may be the planner's home.
    """
    members = list(memberships.values_list("pk", "user", "cohort"))
    keys = [pk for pk, _user, _cohort in members]
    KeepApart.objects.filter(Q(first__in=keys) | Q(second__in=keys)).delete()
    for _pk, user, cohort in members:
        Meeting.objects.filter(planned_by=user, set__grouping__cohort=cohort).update(
            place="", joining_link=""
        )


@transaction.atomic
def delete_set_details(cohort: Cohort) -> None:
    """Delete the cohort's meetings, and its pairs kept apart."""
    Meeting.objects.filter(set__grouping__cohort=cohort).delete()
    KeepApart.objects.filter(cohort=cohort).delete()
