"""Retention: a cohort's personal data is deleted when its retention period is over.

Everybody is notified a month in advance; nothing is deleted for a person who was not notified.
`step` can run at any time, concurrently, and can be interrupted: the next run continues.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext

from accounts.models import User
from cohorts.anonymisation import anonymise_memberships
from cohorts.models import Cohort, Membership, PeopleFile
from outbox.anonymisation import blank, forget_notes
from outbox.models import Message, MessageQuerySet
from privacy.erasure import erase, lock_for_erasure, sweep
from privacy.models import Erasure, Notice, Retention
from privacy.retention_dates import HOUR, TOLD_BEFORE, goes_at, with_end
from reflections.anonymisation import delete_words, has_words_in
from workshops.anonymisation import anonymise_attendance, erase_announcements
from workshops.models import Workshop

WARNING = "removal"
# People per step. The next step is an hour later, or when the command is run.
PEOPLE_A_STEP = 200
# A notice still unfinished after this long did not reach everybody, so a new one is given.
GIVEN_ANEW_AFTER = timedelta(days=60)


@dataclass(frozen=True)
class Step:
    """The results of one step."""

    notices_given: int
    notices_withdrawn: int
    people: int
    finished: int
    swept: int

    def __str__(self) -> str:
        return gettext(
            "%(given)d notices given, %(withdrawn)d withdrawn; %(people)d people’s data deleted, "
            "%(finished)d cohorts "
            "finished, %(swept)d leftovers deleted"
        ) % {
            "given": self.notices_given,
            "withdrawn": self.notices_withdrawn,
            "people": self.people,
            "finished": self.finished,
            "swept": self.swept,
        }


def step(*, at: datetime, most: int = PEOPLE_A_STEP) -> Step:
    """Withdraw outdated notices, give new ones, and delete the data whose notice has expired.

    Also deletes leftovers of earlier erasures, and lists of people uploaded more than a day ago.
    """
    withdrawn, given, people = withdraw_notices(at), give_notices(at), 0
    for notice in Notice.objects.active().filter(goes_at__lte=at).order_by("goes_at", "pk"):
        for user in due(notice, at)[: most - people]:
            people += release(user, notice, at=at)
    expired = Notice.objects.active().filter(goes_at__lte=at)
    finished = sum(finish(notice, at=at) for notice in expired)
    leftovers = sweep(at=at) + PeopleFile.objects.delete_expired(at=at)
    return Step(given, withdrawn, people, finished, leftovers)


def set_retention(*, cohort: Cohort, months: int, reason: str, by: User, at: datetime) -> None:
    """Retain the cohort's data for this number of months after its end.

    Members can read the reason.
    """
    facts = {"months": months, "reason": reason, "set_at": at, "set_by": by}
    Retention.objects.update_or_create(cohort=cohort, defaults=facts)


# Notices --------------------------------------------------------------------------------------


def give_notices(at: datetime) -> int:
    """Give notice to cohorts whose data is due for deletion within a month. Returns how many."""
    active = Notice.objects.active().filter(cohort=OuterRef("pk"))
    ended = with_end(Cohort.objects.filter(~Exists(active))).filter(ended_at__lte=at)
    # Finished cohorts are skipped unless they continued or somebody has written in them since.
    done_at = Max("removal_notices__finished_at")
    to_do = ended.annotate(done_at=done_at).filter(
        Q(done_at=None) | Q(ended_at__gt=F("done_at")) | has_words_in("pk")
    )
    return sum(give_notice(cohort, at) for cohort in to_do if goes_at(cohort) - TOLD_BEFORE <= at)


def give_notice(cohort: Cohort, at: datetime) -> bool:
    """Give everybody at least a month's notice. Returns False if a concurrent run did so first."""
    told_until = (at + TOLD_BEFORE).astimezone(cohort.zone)
    morning = datetime.combine(told_until.date() + timedelta(days=1), HOUR, cohort.zone)
    try:
        with transaction.atomic():
            Notice.objects.create(cohort=cohort, given_at=at, goes_at=max(goes_at(cohort), morning))
    except IntegrityError:
        return False
    return True


def notice_to_all(cohort: Any) -> Notice | None:
    """Return the active notice if it is for the whole cohort, which comes from `with_end`.

    A notice caused by something written after the deletion finished concerns only its author.
    """
    was_done = Notice.objects.filter(cohort=cohort, finished_at__gte=cohort.ended_at)
    return Notice.objects.active().filter(~Exists(was_done), cohort=cohort).first()


def withdraw_notices(at: datetime) -> int:
    """Withdraw notices that are stuck, or whose cohort now ends later or is retained longer.

    Returns how many.
    """
    by_cohort = {notice.cohort_id: notice for notice in Notice.objects.active()}
    cohorts = with_end(Cohort.objects.filter(pk__in=by_cohort))
    outdated = [by_cohort[one.pk].pk for one in cohorts if goes_at(one) > by_cohort[one.pk].goes_at]
    stuck = Q(goes_at__lte=at - GIVEN_ANEW_AFTER)
    return Notice.objects.active().filter(Q(pk__in=outdated) | stuck).update(withdrawn_at=at)


# Deletion -------------------------------------------------------------------------------------


def people_of(notice: Notice) -> QuerySet[User]:
    """Return the members whose data in the cohort is not deleted yet."""
    gone = Erasure.objects.filter(
        cohort=notice.cohort_id, person=OuterRef("pk"), at__gte=notice.given_at
    )
    members = Membership.objects.filter(cohort=notice.cohort_id).values("user")
    return User.objects.filter(~Exists(gone), pk__in=members, erased_at=None).order_by("pk")


def due(notice: Notice, at: datetime) -> QuerySet[User]:
    """Return the members whose data can be deleted now.

    They were notified a month ago, or can't be: the e-mail failed or the account is closed.
    """
    warnings = Message.objects.filter(kind=WARNING, subject_id=notice.pk, recipient=OuterRef("pk"))
    a_month_ago = Q(sent_at__lte=at - TOLD_BEFORE) | Q(failed_at__lte=at - TOLD_BEFORE)
    return people_of(notice).filter(Q(is_active=False) | Exists(warnings.filter(a_month_ago)))


@transaction.atomic
def release(user: User, notice: Notice, *, at: datetime) -> bool:
    """Delete a person's data in the cohort, or erase them if no other cohort retains their data.

    Returns False if it is not due.
    """
    user = lock_for_erasure(user)
    # Locked so that no workshop is moved to a later date concurrently.
    list(
        Workshop.objects.select_for_update(no_key=True)
        .filter(cohort=notice.cohort_id)
        .values_list("pk")
    )
    cohort = with_end(Cohort.objects.filter(pk=notice.cohort_id)).get()
    if goes_at(cohort) > notice.goes_at or not due(notice, at).filter(pk=user.pk).exists():
        return False
    if is_kept_elsewhere(user, cohort):
        forget_in_cohort(user, cohort, at=at)
    else:
        erase(user=user, by=None, at=at, cohort=cohort)
    return True


def is_kept_elsewhere(user: User, cohort: Cohort) -> bool:
    """Return whether they are an administrator, or another cohort still retains their data."""
    gone = Erasure.objects.filter(person=user, cohort=OuterRef("cohort"))
    others = Membership.objects.filter(~Exists(gone), user=user).exclude(cohort=cohort)
    return user.is_administrator or others.exists()


def forget_in_cohort(user: User, cohort: Cohort, *, at: datetime) -> None:
    """Delete everything about the user in this cohort except that they were a member."""
    counts = delete_words(user, at=at, cohort=cohort)
    memberships = Membership.objects.filter(user=user, cohort=cohort)
    anonymise_memberships(memberships)
    anonymise_attendance(memberships)
    counts["e-mails"] = blank(messages_of(cohort).filter(recipient=user), at=at)
    Erasure.objects.create(
        kind=Erasure.Kind.COHORT, person=user, cohort=cohort, at=at, counts=counts
    )


def messages_of(cohort: Cohort) -> MessageQuerySet:
    """Return the cohort's messages, including its deletion notices."""
    warnings = Q(kind=WARNING, subject_id__in=Notice.objects.filter(cohort=cohort).values("pk"))
    messages: MessageQuerySet = Message.objects.filter(Q(group_id=cohort.pk) | warnings)
    return messages


@transaction.atomic
def finish(notice: Notice, *, at: datetime) -> bool:
    """Delete what was sent to the whole cohort. Returns False if any member's data remains."""
    locked_notice = Notice.objects.active().select_for_update().filter(pk=notice.pk).first()
    if locked_notice is None or people_of(notice).exists():
        return False
    erase_announcements(notice.cohort)
    forget_notes(notice.cohort_id)
    blank(messages_of(notice.cohort), at=at)
    PeopleFile.objects.filter(cohort=notice.cohort_id).delete()
    Notice.objects.filter(pk=notice.pk).update(finished_at=at)
    return True
