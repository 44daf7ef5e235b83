"""Deletion of a cohort that has never held a workshop, such as one made by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from outbox.models import Message
from partnerships.anonymisation import erase_partnerships
from privacy.words import has_words_in
from workshops.calendar.news import ENTRIES_KIND, INVITE_KIND
from workshops.models import Announcement, ClosedDays, Workshop


@dataclass(frozen=True)
class Contents:
    """The numbers of things that are deleted with a cohort."""

    members: int
    workshops: int
    closed_days: int
    announcements: int


def contents_of(cohort: Cohort) -> Contents:
    return Contents(
        members=cohort.memberships.count(),
        workshops=Workshop.objects.filter(cohort=cohort).count(),
        closed_days=ClosedDays.objects.filter(cohort=cohort).count(),
        announcements=Announcement.objects.filter(cohort=cohort).count(),
    )


def obstacle(cohort: Cohort, *, at: datetime) -> str:
    """Return a sentence that says why the cohort can't be deleted, or an empty string.

    A cohort can't be deleted if it has held a workshop, if somebody has written something in it, or
    if invitations to its workshops are in people's calendars.
    """
    planned = Workshop.objects.on().filter(cohort=cohort)
    if planned.filter(starts_at__lte=at).exists():
        return _("One of its workshops has taken place.")
    if Cohort.objects.filter(has_words_in("pk"), pk=cohort.pk).exists():
        return _("People have written in it, and what they wrote is theirs.")
    in_calendars = Message.objects.filter(
        group_id=cohort.pk, kind__in=(ENTRIES_KIND, INVITE_KIND), sent_at__isnull=False
    )
    if planned.exists() and in_calendars.exists():
        return _("Its workshops are in people’s calendars. Cancel them first.")
    return ""


@transaction.atomic
def delete_cohort(*, cohort: Cohort, at: datetime) -> None:
    """Delete the cohort and everything in it. People keep their accounts.

    Locks the cohort. Raises ValidationError if the cohort can't be deleted.
    """
    locked = Cohort.objects.select_for_update().get(pk=cohort.pk)
    if problem := obstacle(locked, at=at):
        raise ValidationError(problem)
    erase_partnerships(locked, at=at)
    locked.delete()
