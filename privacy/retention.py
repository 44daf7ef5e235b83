"""Retention: a cohort's personal data is deleted when its retention period is over.

A deletion notice is created at least a month before the deletion, and members are notified by
e-mail. Unless their account is inactive, their data is deleted only a month after this e-mail was
sent or failed.

`step` can run at any time and concurrently. If it is interrupted, the next run continues.
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
from outbox.anonymisation import delete_notes, erase_messages
from outbox.models import Message, MessageQuerySet
from partnerships.anonymisation import anonymise_parties, erase_partnerships
from privacy.erasure import erase, lock_for_erasure, sweep
from privacy.models import Erasure, Notice, Retention
from privacy.retention_dates import DELETION_TIME, NOTICE_PERIOD, goes_at, with_end
from privacy.words import has_words_in
from reflections.anonymisation import delete_words
from relationships.anonymisation import remove_answers
from sets.anonymisation import anonymise_in_sets, delete_set_details, delete_set_words
from sets.introductions.anonymisation import anonymise_introductions
from surveys.anonymisation import anonymise_answers, delete_replies
from workshops.anonymisation import anonymise_attendance, erase_announcements
from workshops.models import Workshop

# The kind of the message that notifies members.
WARNING = "removal"
# The most people whose data one call of `step` deletes. The Celery task calls it every hour.
PEOPLE_A_STEP = 200
# A deletion notice still active this long after its deletion date is withdrawn and replaced,
# because some members could not be notified.
REPLACE_STUCK_NOTICE_AFTER = timedelta(days=60)


@dataclass(frozen=True)
class Step:
    """The numbers that one call of `step` returns.

    `people` is the number of members whose data was deleted, and `finished` the number of deletion
    notices that were finished. `swept` is the number of leftovers that were deleted: the items
    deleted by `privacy.erasure.sweep`, and expired lists of people.
    """

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
    """Withdraw outdated deletion notices, create new ones, and delete data whose notice is due.

    Deletes the data of at most `most` people. Also deletes data about people erased earlier (see
    `privacy.erasure.sweep`), and lists of people uploaded more than a day ago.
    """
    withdrawn, given, people = withdraw_notices(at), give_notices(at), 0
    for notice in Notice.objects.active().filter(goes_at__lte=at).order_by("goes_at", "pk"):
        for user in people_due(notice, at)[: most - people]:
            people += delete_for_notice(user, notice, at=at)
    expired = Notice.objects.active().filter(goes_at__lte=at)
    finished = sum(finish(notice, at=at) for notice in expired)
    leftovers = sweep(at=at) + PeopleFile.objects.delete_expired(at=at)
    return Step(given, withdrawn, people, finished, leftovers)


def set_retention(*, cohort: Cohort, months: int, reason: str, by: User, at: datetime) -> None:
    """Set the cohort's retention period, in months after its end. Members can read the reason."""
    facts = {"months": months, "reason": reason, "set_at": at, "set_by": by}
    Retention.objects.update_or_create(cohort=cohort, defaults=facts)


def give_notices(at: datetime) -> int:
    """Create deletion notices for cohorts whose data is to be deleted within a month.

    Returns the number of notices.
    """
    active = Notice.objects.active().filter(cohort=OuterRef("pk"))
    ended = with_end(Cohort.objects.filter(~Exists(active))).filter(ended_at__lte=at)
    # Skip cohorts whose data has been deleted, unless a workshop has ended since, or somebody has
    # written something since.
    done_at = Max("removal_notices__finished_at")
    to_do = ended.annotate(done_at=done_at).filter(
        Q(done_at=None) | Q(ended_at__gt=F("done_at")) | has_words_in("pk")
    )
    return sum(give_notice(cohort, at) for cohort in to_do if goes_at(cohort) - NOTICE_PERIOD <= at)


def give_notice(cohort: Cohort, at: datetime) -> bool:
    """Create a deletion notice with a deletion date at least a month after `at`.

    Returns False if a concurrent run created one first.
    """
    notice_ends = (at + NOTICE_PERIOD).astimezone(cohort.zone)
    morning = datetime.combine(notice_ends.date() + timedelta(days=1), DELETION_TIME, cohort.zone)
    try:
        with transaction.atomic():
            Notice.objects.create(cohort=cohort, given_at=at, goes_at=max(goes_at(cohort), morning))
    except IntegrityError:
        return False
    return True


def notice_to_all(cohort: Any) -> Notice | None:
    """Return the cohort's active notice if it is about every member's data; otherwise None.

    `cohort` must come from `with_end`. If the cohort's data has been deleted before, an active
    notice is only about what somebody has written since.
    """
    was_done = Notice.objects.filter(cohort=cohort, finished_at__gte=cohort.ended_at)
    return Notice.objects.active().filter(~Exists(was_done), cohort=cohort).first()


def withdraw_notices(at: datetime) -> int:
    """Withdraw notices whose deletion date is now too early, and those that are stuck.

    The date is too early if the cohort now ends later or is retained for longer. For stuck notices,
    see REPLACE_STUCK_NOTICE_AFTER. Returns the number of notices withdrawn.
    """
    by_cohort = {notice.cohort_id: notice for notice in Notice.objects.active()}
    cohorts = with_end(Cohort.objects.filter(pk__in=by_cohort))
    outdated = [by_cohort[one.pk].pk for one in cohorts if goes_at(one) > by_cohort[one.pk].goes_at]
    stuck = Q(goes_at__lte=at - REPLACE_STUCK_NOTICE_AFTER)
    return Notice.objects.active().filter(Q(pk__in=outdated) | stuck).update(withdrawn_at=at)


def people_remaining(notice: Notice) -> QuerySet[User]:
    """Return the past and present members whose data has not been deleted since the notice."""
    gone = Erasure.objects.filter(
        cohort=notice.cohort_id, person=OuterRef("pk"), at__gte=notice.given_at
    )
    members = Membership.objects.filter(cohort=notice.cohort_id).values("user")
    return User.objects.filter(~Exists(gone), pk__in=members, erased_at=None).order_by("pk")


def people_due(notice: Notice, at: datetime) -> QuerySet[User]:
    """Return the members whose data may be deleted now.

    The e-mail to them was sent at least a month ago, or they can't be notified: the e-mail failed
    at least a month ago, or their account is inactive.
    """
    warnings = Message.objects.filter(kind=WARNING, subject_id=notice.pk, recipient=OuterRef("pk"))
    a_month_ago = Q(sent_at__lte=at - NOTICE_PERIOD) | Q(failed_at__lte=at - NOTICE_PERIOD)
    return people_remaining(notice).filter(
        Q(is_active=False) | Exists(warnings.filter(a_month_ago))
    )


@transaction.atomic
def delete_for_notice(user: User, notice: Notice, *, at: datetime) -> bool:
    """Delete one member's data because of a deletion notice.

    Erases the user unless they are an administrator or another cohort retains their data. In those
    cases, deletes only their data in the notice's cohort. Returns False, and deletes nothing, if
    the deletion date is now later or the member is not among `people_due`.
    """
    user = lock_for_erasure(user)
    # Lock the workshops, so that none is moved to a later date concurrently.
    list(
        Workshop.objects.select_for_update(no_key=True)
        .filter(cohort=notice.cohort_id)
        .values_list("pk")
    )
    cohort = with_end(Cohort.objects.filter(pk=notice.cohort_id)).get()
    if goes_at(cohort) > notice.goes_at or not people_due(notice, at).filter(pk=user.pk).exists():
        return False
    if is_retained_elsewhere(user, cohort):
        delete_in_cohort(user, cohort, at=at)
    else:
        erase(user=user, by=None, at=at, cohort=cohort)
    return True


def is_retained_elsewhere(user: User, cohort: Cohort) -> bool:
    """Return whether the user is an administrator, or another cohort still retains their data."""
    gone = Erasure.objects.filter(person=user, cohort=OuterRef("cohort"))
    others = Membership.objects.filter(~Exists(gone), user=user).exclude(cohort=cohort)
    return user.is_administrator or others.exists()


def delete_in_cohort(user: User, cohort: Cohort, *, at: datetime) -> None:
    """Delete what the user wrote in the cohort, and anonymise their memberships and messages there.

    Their attendance marks and RSVPs remain, because figures are made from them.
    """
    counts = delete_words(user, at=at, cohort=cohort)
    counts |= delete_set_words(user, at=at, cohort=cohort)
    memberships = Membership.objects.filter(user=user, cohort=cohort)
    anonymise_memberships(memberships)
    anonymise_attendance(memberships)
    anonymise_answers(memberships, at=at)
    remove_answers(memberships)
    anonymise_in_sets(memberships)
    anonymise_introductions(memberships, at=at)
    anonymise_parties(memberships, at=at)
    counts["e-mails"] = erase_messages(messages_of(cohort).filter(recipient=user), at=at)
    Erasure.objects.create(
        kind=Erasure.Kind.COHORT, person=user, cohort=cohort, at=at, counts=counts
    )


def messages_of(cohort: Cohort) -> MessageQuerySet:
    """Return the cohort's messages, and the e-mails about its deletion notices."""
    warnings = Q(kind=WARNING, subject_id__in=Notice.objects.filter(cohort=cohort).values("pk"))
    messages: MessageQuerySet = Message.objects.filter(Q(group_id=cohort.pk) | warnings)
    return messages


@transaction.atomic
def finish(notice: Notice, *, at: datetime) -> bool:
    """Finish a notice: delete the texts of the cohort's staff, its messages and its lists.

    Also those about work started together, with the contacts outside the cohort.

    Returns False, and deletes nothing, if the notice is no longer active or some member's data has
    not been deleted yet. Locks the notice.
    """
    locked_notice = Notice.objects.active().select_for_update().filter(pk=notice.pk).first()
    if locked_notice is None or people_remaining(notice).exists():
        return False
    erase_announcements(notice.cohort, at=at)
    delete_replies(notice.cohort)
    delete_set_details(notice.cohort)
    erase_partnerships(notice.cohort, at=at)
    delete_notes(notice.cohort_id)
    erase_messages(messages_of(notice.cohort), at=at)
    PeopleFile.objects.filter(cohort=notice.cohort_id).delete()
    Notice.objects.filter(pk=notice.pk).update(finished_at=at)
    return True
