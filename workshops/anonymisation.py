"""Anonymisation of attendance and of texts about workshops. Marks and RSVPs are retained."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from cohorts.models import Cohort, MembershipQuerySet
from workshops.models import Announcement, Attendance, AvailabilityAnswer, Change

# Replaces the subject of an announcement when its text is erased.
ERASED_SUBJECT = gettext_lazy("A message whose text has been erased")


@transaction.atomic
def anonymise_attendance(memberships: MembershipQuerySet) -> None:
    """Delete the members' notes to facilitators and their answers to availability polls.

    Drafts of announcements that were to go to them by name no longer do.
    Their RSVPs and their marks on registers are retained for statistics.
    """
    Attendance.objects.filter(membership__in=memberships).exclude(note="").update(note="")
    AvailabilityAnswer.objects.filter(membership__in=memberships).delete()
    Announcement.addressees.through._default_manager.filter(
        membership__in=memberships, announcement__confirmed_at=None
    ).delete()


def delete_feeds(user: User) -> None:
    """Delete the user's calendar feeds, so that their addresses stop working."""
    user.calendar_feeds.all().delete()


@transaction.atomic
def remove_from_texts(named: PersonalDetails, *, cohorts: list[int]) -> None:
    """Remove a person's details from announcements and from reasons for changes to workshops.

    `cohorts` holds the primary keys of the cohorts whose texts are searched.
    """
    for change in Change.objects.filter(named.may_be_in("reason"), workshop__cohort__in=cohorts):
        change.reason = named.redact(change.reason)
        change.save(update_fields=["reason"])
    for one in Announcement.objects.filter(named.may_be_in("subject", "body"), cohort__in=cohorts):
        one.subject, one.body = named.redact(one.subject), named.redact(one.body)
        one.save(update_fields=["subject", "body"])


@transaction.atomic
def erase_announcements(cohort: Cohort, *, at: datetime) -> int:
    """Delete the cohort's unsent announcements, and erase the text of the sent ones.

    Return how many announcements were deleted or erased.
    """
    of_cohort = Announcement.objects.filter(cohort=cohort)
    drafts, _ = (of_cohort.unconfirmed() | of_cohort.scheduled(at)).delete()
    sent = Announcement.objects.filter(cohort=cohort).exclude(body="")
    return drafts + sent.update(subject=str(ERASED_SUBJECT), body="")
