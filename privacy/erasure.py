"""Somebody goes: their words, or they themselves. Figures stay, and nothing in them says whose they are.

Each verb is all or nothing, and done twice is done once. What it comes to is shown before (`privacy.data_inventory`).
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.anonymisation import PersonalDetails, anonymise_user
from accounts.models import User
from cohorts.anonymisation import anonymise_memberships, delete_people_files_naming, leave_all
from cohorts.models import Cohort, Membership
from outbox.anonymisation import forget_recipient, take_out_of_messages
from outbox.anonymisation import sweep as sweep_messages
from outbox.models.messages import NO_COHORT
from privacy.emails import tell_erased
from privacy.models import Erasure
from privacy.retention_dates import with_end
from reflections.anonymisation import delete_words
from reflections.models import Draft, Experiment, Quote, Reflection, Reply
from workshops.anonymisation import anonymise_attendance, delete_feeds, remove_from_texts
from workshops.models import Workshop

LAST_ADMINISTRATOR = (
    "There would be no administrator left. Make somebody else an administrator first."
)
LAST_FACILITATOR = (
    "There would be no facilitator left in {}, which is not over. Add another facilitator first."
)


def obstacle(user: User, *, at: datetime) -> str:
    """The sentence that says why they can't go yet; empty if they can. Others must not be left alone."""
    administrators = User.objects.filter(is_administrator=True, is_active=True).exclude(pk=user.pk)
    if user.is_administrator and not administrators.exists():
        return LAST_ADMINISTRATOR
    members = Membership.objects.active().filter(cohort=OuterRef("pk")).exclude(user=user)
    theirs = Membership.objects.active().facilitating().filter(user=user).values("cohort")
    dated = Workshop.objects.on().filter(cohort=OuterRef("pk"))
    alone = with_end(Cohort.objects.filter(pk__in=theirs)).filter(
        Exists(members), ~Exists(members.facilitating()), Q(ended_at__gt=at) | ~Exists(dated)
    )
    cohort = alone.first()
    return LAST_FACILITATOR.format(cohort) if cohort else ""


@transaction.atomic
def erase(
    *, user: User, by: User | None, at: datetime, cohort: Cohort | None = None
) -> Erasure | None:
    """The person goes, and an empty shell is left. None if they have gone already.

    `by` is themself, an administrator, or nobody where the time of their last `cohort` is over. Raises ValidationError
    with a sentence if others would be left alone.
    """
    user = held(user)
    if user.erased_at:
        return None
    if problem := obstacle(user, at=at):
        raise ValidationError(problem)
    named, was = PersonalDetails(user), user.email
    memberships = user.memberships.all()
    cohorts = list(memberships.values_list("cohort", flat=True))
    counts = delete_words(user, at=at)
    leave_all(user, by=by, at=at)
    anonymise_memberships(memberships)
    delete_people_files_naming(user)
    anonymise_attendance(memberships)
    delete_feeds(user)
    remove_from_texts(named, cohorts=cohorts)
    counts["e-mails"] = user.messages.count()
    forget_recipient(user, at=at)
    take_out_of_messages(named, group_ids=[*cohorts, NO_COHORT])
    tell_erased(user, was)
    anonymise_user(user, at=at)
    kind = Erasure.Kind.PERSON
    return Erasure.objects.create(
        kind=kind, person=user, cohort=cohort, at=at, by=by, counts=counts
    )


@transaction.atomic
def erase_words(*, user: User, by: User, at: datetime) -> dict[str, int]:
    """All that they wrote goes, and they keep their place. How many of each kind went."""
    held(user)
    counts = delete_words(user, at=at)
    if counts:
        Erasure.objects.create(kind=Erasure.Kind.WORDS, person=user, at=at, by=by, counts=counts)
    return counts


def held(user: User) -> User:
    """The person as they are now, kept for this transaction, with their cohorts: people of one go one after another.

    All administrators with them, so that the last two don't go at the same moment, each counting on the other.
    """
    everybody = User.objects.select_for_update(no_key=True).filter(
        Q(pk=user.pk) | Q(is_administrator=True, is_active=True)
    )
    people = {one.pk: one for one in everybody.order_by("pk")}
    theirs = Cohort.objects.joined_by(user)
    list(theirs.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return people[user.pk]


def sweep(*, at: datetime) -> int:
    """What came to be kept of people who are gone while they went: a word from another tab, a letter on its way out."""
    with transaction.atomic():
        swept = sweep_messages(at=at)
        words = (Reflection, Reply, Draft, Experiment, Quote)
        wrote = (Q(Exists(model.objects.filter(author=OuterRef("pk")))) for model in words)
        left = User.objects.filter(Q(*wrote, _connector=Q.OR), erased_at__isnull=False)
        return swept + sum(sum(delete_words(one, at=at).values()) for one in left)
