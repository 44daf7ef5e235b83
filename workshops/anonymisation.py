"""Anonymise people in workshops. Attendance marks and RSVPs are retained for statistics."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from cohorts.models import Cohort, MembershipQuerySet
from workshops.models import Announcement, Attendance, AvailabilityAnswer, Change

# The subject of an announcement whose text has been erased.
ERASED_SUBJECT = gettext_lazy("A message whose text has been erased")


@transaction.atomic
def anonymise_attendance(memberships: MembershipQuerySet) -> None:
    """Delete notes with apologies, and availability answers. The register is retained."""
    Attendance.objects.filter(membership__in=memberships).exclude(word="").update(word="")
    AvailabilityAnswer.objects.filter(membership__in=memberships).delete()


def delete_feeds(user: User) -> None:
    """Delete the user's calendar feeds, so that subscribed programs get nothing more."""
    user.calendar_feeds.all().delete()


@transaction.atomic
def remove_from_texts(named: PersonalDetails, *, cohorts: list[int]) -> None:
    """Remove a person's name and address from announcements and reasons for changes."""
    for change in Change.objects.filter(named.may_be_in("reason"), workshop__cohort__in=cohorts):
        change.reason = named.redact(change.reason)
        change.save(update_fields=["reason"])
    for one in Announcement.objects.filter(named.may_be_in("subject", "body"), cohort__in=cohorts):
        one.subject, one.body = named.redact(one.subject), named.redact(one.body)
        one.save(update_fields=["subject", "body"])


@transaction.atomic
def erase_announcements(cohort: Cohort) -> int:
    """Delete drafts and erase the text of sent announcements. Return the number of both."""
    drafts, _ = Announcement.objects.filter(cohort=cohort, confirmed_at=None).delete()
    sent = Announcement.objects.filter(cohort=cohort).exclude(body="")
    return drafts + sent.update(subject=str(ERASED_SUBJECT), body="")
