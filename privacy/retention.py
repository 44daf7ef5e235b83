"""What is kept of a cohort's people goes when its time is over: told a month ahead, person by person, never untold.

`step` may be taken at any time, by many at once, and be stopped in the middle: what it does not come to, the next does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from accounts.models import User
from cohorts.anonymisation import anonymise_memberships
from cohorts.models import Cohort, Membership, PeopleFile
from outbox.anonymisation import blank, forget_notes
from outbox.models import Message, MessageQuerySet
from privacy.erasure import erase, held, sweep
from privacy.models import Erasure, Notice, Retention
from privacy.retention_dates import HOUR, TOLD_BEFORE, goes_at, with_end
from reflections.anonymisation import delete_words, has_words_in
from workshops.anonymisation import anonymise_attendance, erase_announcements
from workshops.models import Workshop

WARNING = "removal"
# So many people a step; the next step is an hour later, or at once by hand.
PEOPLE_A_STEP = 200
# A notice by which something is left after so long was not told to everybody: it is given anew.
GIVEN_ANEW_AFTER = timedelta(days=60)


@dataclass(frozen=True)
class Step:
    """What one step did."""

    told: int
    taken_back: int
    people: int
    finished: int
    swept: int

    def __str__(self) -> str:
        return (
            f"{self.told} cohorts told, {self.taken_back} notices taken back; "
            f"{self.people} people’s words gone, {self.finished} cohorts done, {self.swept} leftovers swept"
        )


def step(*, at: datetime, most: int = PEOPLE_A_STEP) -> Step:
    """Takes back notices that are true no more, gives those that are due, and removes what everybody was told of."""
    taken_back, told, people = take_back_notices(at), give_notices(at), 0
    for notice in Notice.objects.standing().filter(goes_at__lte=at).order_by("goes_at", "pk"):
        for user in due(notice, at)[: most - people]:
            people += release(user, notice, at=at)
    standing = Notice.objects.standing().filter(goes_at__lte=at)
    return Step(
        told, taken_back, people, sum(finish(notice, at=at) for notice in standing), sweep(at=at)
    )


def keep_for(*, cohort: Cohort, months: int, reason: str, by: User, at: datetime) -> None:
    """For so many months after its end, and no longer; its members read why."""
    facts = {"months": months, "reason": reason, "set_at": at, "set_by": by}
    Retention.objects.update_or_create(cohort=cohort, defaults=facts)


# Telling --------------------------------------------------------------------------------------------------------------


def give_notices(at: datetime) -> int:
    """To cohorts of which something goes within a month; how many."""
    standing = Notice.objects.standing().filter(cohort=OuterRef("pk"))
    ended = with_end(Cohort.objects.filter(~Exists(standing))).filter(ended_at__lte=at)
    # Done already, unless it went on after that, or somebody has written in it since.
    done_at = Max("removal_notices__finished_at")
    to_do = ended.annotate(done_at=done_at).filter(
        Q(done_at=None) | Q(ended_at__gt=F("done_at")) | has_words_in("pk")
    )
    return sum(give_notice(cohort, at) for cohort in to_do if goes_at(cohort) - TOLD_BEFORE <= at)


def give_notice(cohort: Cohort, at: datetime) -> bool:
    """Everybody has a month from now, however late this is, and a morning. False if somebody was quicker."""
    told_until = (at + TOLD_BEFORE).astimezone(cohort.zone)
    morning = datetime.combine(told_until.date() + timedelta(days=1), HOUR, cohort.zone)
    try:
        with transaction.atomic():
            Notice.objects.create(cohort=cohort, given_at=at, goes_at=max(goes_at(cohort), morning))
    except IntegrityError:
        return False
    return True


def told_to_all(cohort: Any) -> Notice | None:
    """The notice that stands, if it was owed to everybody. The cohort comes from `with_end`.

    One that came of what somebody wrote once all was done is theirs alone to know of.
    """
    was_done = Notice.objects.filter(cohort=cohort, finished_at__gte=cohort.ended_at)
    return Notice.objects.standing().filter(~Exists(was_done), cohort=cohort).first()


def take_back_notices(at: datetime) -> int:
    """Of cohorts that end later now, or are kept for longer, and those that reached not everybody; how many."""
    by_cohort = {notice.cohort_id: notice for notice in Notice.objects.standing()}
    cohorts = with_end(Cohort.objects.filter(pk__in=by_cohort))
    untrue = [by_cohort[one.pk].pk for one in cohorts if goes_at(one) > by_cohort[one.pk].goes_at]
    stuck = Q(goes_at__lte=at - GIVEN_ANEW_AFTER)
    return Notice.objects.standing().filter(Q(pk__in=untrue) | stuck).update(withdrawn_at=at)


# Removing -------------------------------------------------------------------------------------------------------------


def people_of(notice: Notice) -> QuerySet[User]:
    """Those of whom something is kept still: who is no empty shell, and whose part in it has not gone."""
    gone = Erasure.objects.filter(
        cohort=notice.cohort_id, person=OuterRef("pk"), at__gte=notice.given_at
    )
    members = Membership.objects.filter(cohort=notice.cohort_id).values("user")
    return User.objects.filter(~Exists(gone), pk__in=members, erased_at=None).order_by("pk")


def due(notice: Notice, at: datetime) -> QuerySet[User]:
    """Those of them who were told a month ago, or who can't be told: the mail server refused, the account is closed."""
    told = Message.objects.filter(kind=WARNING, subject_id=notice.pk, recipient=OuterRef("pk"))
    a_month_ago = Q(sent_at__lte=at - TOLD_BEFORE) | Q(failed_at__lte=at - TOLD_BEFORE)
    return people_of(notice).filter(Q(is_active=False) | Exists(told.filter(a_month_ago)))


@transaction.atomic
def release(user: User, notice: Notice, *, at: datetime) -> bool:
    """What the cohort kept of somebody goes; they themself too, if no other cohort keeps them. False: not now."""
    user = held(user)
    # Held, so that no workshop gets a later date at the same moment.
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
    """They look after the site, or another cohort of theirs is living: its time is not over."""
    gone = Erasure.objects.filter(person=user, cohort=OuterRef("cohort"))
    others = Membership.objects.filter(~Exists(gone), user=user).exclude(cohort=cohort)
    return user.is_administrator or others.exists()


def forget_in_cohort(user: User, cohort: Cohort, *, at: datetime) -> None:
    """All that this cohort keeps of them but that they were in it; other cohorts keep theirs."""
    counts = delete_words(user, at=at, cohort=cohort)
    memberships = Membership.objects.filter(user=user, cohort=cohort)
    anonymise_memberships(memberships)
    anonymise_attendance(memberships)
    counts["e-mails"] = blank(messages_of(cohort).filter(recipient=user), at=at)
    Erasure.objects.create(
        kind=Erasure.Kind.COHORT, person=user, cohort=cohort, at=at, counts=counts
    )


def messages_of(cohort: Cohort) -> MessageQuerySet:
    """Those that its page lists, and the warnings that it does not."""
    warnings = Q(kind=WARNING, subject_id__in=Notice.objects.filter(cohort=cohort).values("pk"))
    messages: MessageQuerySet = Message.objects.filter(Q(group_id=cohort.pk) | warnings)
    return messages


@transaction.atomic
def finish(notice: Notice, *, at: datetime) -> bool:
    """Once nobody is left: what was written to all of them goes as well. False if somebody is left."""
    held_notice = Notice.objects.standing().select_for_update().filter(pk=notice.pk).first()
    if held_notice is None or people_of(notice).exists():
        return False
    erase_announcements(notice.cohort)
    forget_notes(notice.cohort_id)
    blank(messages_of(notice.cohort), at=at)
    PeopleFile.objects.filter(cohort=notice.cohort_id).delete()
    Notice.objects.filter(pk=notice.pk).update(finished_at=at)
    return True
