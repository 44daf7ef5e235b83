"""What workshops keep of a person who goes: whether they were expected, said that they come, and came."""

from __future__ import annotations

from django.db import transaction

from accounts.anonymisation import PersonalDetails
from accounts.models import User
from cohorts.models import Cohort, MembershipQuerySet
from workshops.models import Announcement, Attendance, AvailabilityAnswer, Change

# What facilitators wrote to a whole cohort, once the time of its words is over.
ERASED_SUBJECT = "A message whose words are erased"


@transaction.atomic
def forget_attendance(memberships: MembershipQuerySet) -> None:
    """The words with their apologies go, and when they said that they can't come. The register stays."""
    Attendance.objects.filter(membership__in=memberships).exclude(word="").update(word="")
    AvailabilityAnswer.objects.filter(membership__in=memberships).delete()


def close_feeds(user: User) -> None:
    """Calendar programs that subscribe get nothing more."""
    user.calendar_feeds.all().delete()


@transaction.atomic
def take_out_of_words(named: PersonalDetails, *, cohorts: list[int]) -> None:
    """Their name and address go from what facilitators wrote to these cohorts, and from why a date was moved."""
    for change in Change.objects.filter(named.may_be_in("reason"), workshop__cohort__in=cohorts):
        change.reason = named.redact(change.reason)
        change.save(update_fields=["reason"])
    for one in Announcement.objects.filter(named.may_be_in("subject", "body"), cohort__in=cohorts):
        one.subject, one.body = named.redact(one.subject), named.redact(one.body)
        one.save(update_fields=["subject", "body"])


@transaction.atomic
def forget_announcements(cohort: Cohort) -> int:
    """Drafts go; of what was sent it stays that it was. How many."""
    drafts, _ = Announcement.objects.filter(cohort=cohort, confirmed_at=None).delete()
    sent = Announcement.objects.filter(cohort=cohort).exclude(body="")
    return drafts + sent.update(subject=ERASED_SUBJECT, body="")
