"""Erasure of a user, or of everything that a user wrote.

After an erasure, only rows without personal data remain, so that figures don't change. `erase`,
`erase_words` and `sweep` are atomic, and calling them again changes nothing.
`privacy.data_inventory` describes what is deleted.
"""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy

from accounts.anonymisation import PersonalDetails, anonymise_user
from accounts.models import User
from cohorts.anonymisation import anonymise_memberships, delete_people_files_naming, leave_all
from cohorts.models import Cohort, Membership
from outbox.anonymisation import anonymise_recipient, erase_late_messages, redact_messages
from outbox.models.messages import NO_COHORT
from partnerships.anonymisation import anonymise_parties, remove_from_partnerships
from privacy.emails import send_erased
from privacy.models import Erasure
from privacy.retention_dates import with_end
from reflections.anonymisation import delete_words
from reflections.models import Draft, Experiment, Quote, Reflection, Reply
from relationships.anonymisation import remove_answers
from reports.models import ReportPdf
from sets.anonymisation import anonymise_in_sets, delete_set_words
from sets.introductions.anonymisation import anonymise_introductions
from sets.models import SetNote
from surveys.anonymisation import anonymise_answers, remove_from_replies
from workshops.anonymisation import anonymise_attendance, delete_feeds, remove_from_texts
from workshops.models import Workshop

LAST_ADMINISTRATOR = gettext_lazy(
    "There would be no administrator left. Make somebody else an administrator first."
)
LAST_FACILITATOR = gettext_lazy(
    "There would be no facilitator left in %(cohort)s, which is not over. Add another facilitator "
    "first."
)


def obstacle(user: User, *, at: datetime) -> str:
    """Return a sentence that says why the user can't be erased yet, or an empty string.

    The last administrator can't be erased. The last facilitator of a cohort with other active
    members can't be erased before its last workshop has ended, or while it has no dates.
    """
    administrators = User.objects.filter(is_administrator=True, is_active=True).exclude(pk=user.pk)
    if user.is_administrator and not administrators.exists():
        return str(LAST_ADMINISTRATOR)
    members = Membership.objects.active().filter(cohort=OuterRef("pk")).exclude(user=user)
    theirs = Membership.objects.active().facilitating().filter(user=user).values("cohort")
    dated = Workshop.objects.on().filter(cohort=OuterRef("pk"))
    alone = with_end(Cohort.objects.filter(pk__in=theirs)).filter(
        Exists(members), ~Exists(members.facilitating()), Q(ended_at__gt=at) | ~Exists(dated)
    )
    cohort = alone.first()
    return LAST_FACILITATOR % {"cohort": cohort} if cohort else ""


@transaction.atomic
def erase(
    *, user: User, by: User | None, at: datetime, cohort: Cohort | None = None
) -> Erasure | None:
    """Delete or anonymise everything about the user, and anonymise the user's own row.

    `by` is the user or an administrator. If the user is erased because the retention period of
    their last cohort is over, `by` is None and `cohort` is that cohort. Raises ValidationError if
    there is an `obstacle`. Returns the record of the erasure, or None if the user is already
    erased. Locks rows as `lock_for_erasure` does.
    """
    user = lock_for_erasure(user)
    if user.erased_at:
        return None
    if problem := obstacle(user, at=at):
        raise ValidationError(problem)
    named, was = PersonalDetails(user), user.email
    memberships = user.memberships.all()
    cohorts = list(memberships.values_list("cohort", flat=True))
    counts = delete_words(user, at=at) | delete_set_words(user, at=at)
    leave_all(user, by=by, at=at)
    anonymise_memberships(memberships)
    delete_people_files_naming(user)
    anonymise_attendance(memberships)
    anonymise_answers(memberships, at=at)
    remove_answers(memberships)
    anonymise_in_sets(memberships)
    anonymise_introductions(memberships, at=at)
    anonymise_parties(memberships, at=at)
    delete_feeds(user)
    # They may name the user, or quote what they wrote. They are made again when asked for.
    ReportPdf.objects.filter(cohort__in=cohorts, made_at__isnull=False).update(token="", version="")
    remove_from_texts(named, cohorts=cohorts)
    remove_from_replies(named, cohorts=cohorts)
    remove_from_partnerships(named, cohorts=cohorts, at=at)
    counts["e-mails"] = user.messages.count()
    anonymise_recipient(user, at=at)
    redact_messages(named, group_ids=[*cohorts, NO_COHORT])
    if was:
        send_erased(user, was)
    anonymise_user(user, at=at)
    kind = Erasure.Kind.PERSON
    return Erasure.objects.create(
        kind=kind, person=user, cohort=cohort, at=at, by=by, counts=counts
    )


@transaction.atomic
def erase_words(*, user: User, by: User, at: datetime) -> dict[str, int]:
    """Delete everything that the user wrote. They remain a member of their cohorts.

    Returns the number of deleted items of each kind. Locks rows as `lock_for_erasure` does.
    """
    lock_for_erasure(user)
    counts = delete_words(user, at=at) | delete_set_words(user, at=at)
    if counts:
        Erasure.objects.create(kind=Erasure.Kind.WORDS, person=user, at=at, by=by, counts=counts)
    return counts


def lock_for_erasure(user: User) -> User:
    """Lock the user's row, and return the user as read from it.

    Also locks the user's cohorts, so that erasures in one cohort are serialised, and all active
    administrators, so that the last two can't be erased concurrently.
    """
    everybody = User.objects.select_for_update(no_key=True).filter(
        Q(pk=user.pk) | Q(is_administrator=True, is_active=True)
    )
    people = {one.pk: one for one in everybody.order_by("pk")}
    theirs = Cohort.objects.joined_by(user)
    list(theirs.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    return people[user.pk]


def sweep(*, at: datetime) -> int:
    """Delete data about erased users that was saved while their erasure was running.

    For example, a draft in another tab may have been saved, or a worker may have been sending an
    e-mail. Returns the number of deleted items.
    """
    with transaction.atomic():
        swept = erase_late_messages(at=at)
        words = (Reflection, Reply, Draft, Experiment, Quote, SetNote)
        wrote = (Q(Exists(model.objects.filter(author=OuterRef("pk")))) for model in words)
        left = User.objects.filter(Q(*wrote, _connector=Q.OR), erased_at__isnull=False)
        for one in left:
            swept += sum((delete_words(one, at=at) | delete_set_words(one, at=at)).values())
        return swept
