"""Walk-ins: people who come to a workshop without being on its register."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.search_text import search_words
from cohorts.enrolment import enrol, enrol_known
from cohorts.models import Cohort, Membership, MembershipQuerySet, Organisation
from workshops.models import Attendance, Workshop
from workshops.register.expected import expected_at
from workshops.register.marking import Entry, mark

MAX_SUGGESTIONS = 30


@dataclass(frozen=True)
class Suggestion:
    """Somebody who may be the walk-in.

    `why` says how they are known, for example “was in this cohort before”.
    """

    membership: Membership
    why: str


def known_people(*, workshop: Workshop, by: User) -> MembershipQuerySet:
    """Return past and present participants of this cohort and of others that the user `by` runs.

    Participants of this cohort come first. People who facilitate this cohort now are left out.
    """
    other_cohorts_last = Case(When(cohort=workshop.cohort_id, then=Value(0)), default=Value(1))
    return (
        Membership.objects.participating()
        .filter(
            Q(cohort=workshop.cohort_id) | Q(cohort__in=Cohort.objects.convened_by(by)),
            user__is_active=True,
        )
        .exclude(user__in=workshop.cohort.memberships.active().facilitating().values("user"))
        .select_related("user", "organisation", "cohort")
        .order_by(other_cohorts_last, "user__name", "user_id", "-joined_at")
    )


def suggestions(*, workshop: Workshop, by: User, words: str) -> list[Suggestion]:
    """Return known people who are not on the workshop's register, each person once.

    Each of the words must occur in the person's name or address, or in their organisation's name.
    """
    members = known_people(workshop=workshop, by=by).exclude(
        user__in=expected_at(workshop).values("user")
    )
    for word in search_words(words):
        members = members.filter(
            Q(user__search_text__contains=word) | Q(organisation__search_text__contains=word)
        )
    # Look at more memberships than suggestions are shown, because some people have several.
    by_person: dict[int, Membership] = {}
    for member in members[: 4 * MAX_SUGGESTIONS]:
        by_person.setdefault(member.user_id, member)
    return [
        Suggestion(member, how_known(member, workshop))
        for member in list(by_person.values())[:MAX_SUGGESTIONS]
    ]


def how_known(member: Membership, workshop: Workshop) -> str:
    if member.cohort_id != workshop.cohort_id:
        words = _("in %(cohort)s") if member.is_active else _("was in %(cohort)s")
        return words % {"cohort": member.cohort}
    return _("joined the cohort since") if member.is_active else _("was in this cohort before")


@transaction.atomic
def add(
    *,
    workshop: Workshop,
    email: str,
    name: str,
    organisation: Organisation | None = None,
    new_id: str = "",
    by: User,
    at: datetime,
) -> Membership:
    """Add a walk-in to the cohort and mark them present. A current member is only marked.

    The walk-in joins at `at`, not when the workshop began, so that they can't read reflections
    that were shared before. Adding somebody twice makes one membership. Two people without an
    e-mail address can have the same name, so they are one person only if `new_id` is the same: the
    public id of the new membership, which a form has that is sent twice. Raises ValidationError for
    a facilitator of the cohort.
    """

    def find() -> Membership | None:
        if not email:
            return added_before(workshop, name=name, new_id=new_id)
        user = User.objects.with_email(email)
        return member_of(workshop, user) if user else None

    def join() -> Membership:
        return enrol(
            cohort=workshop.cohort,
            email=email,
            name=name,
            organisation=organisation,
            # Somebody may go back to the form, which has the same id, and enter another person.
            public_id="" if Membership.objects.filter(public_id=new_id).exists() else new_id,
            by=by,
            at=at,
        )

    return mark_present(find_or_join(find, join), workshop=workshop, by=by, at=at)


@transaction.atomic
def add_known(*, workshop: Workshop, known: Membership, by: User, at: datetime) -> Membership:
    """Add one of the `known_people`, like `add`. They may have no e-mail address."""
    member = find_or_join(
        lambda: member_of(workshop, known.user),
        lambda: enrol_known(cohort=workshop.cohort, known=known, by=by, at=at),
    )
    return mark_present(member, workshop=workshop, by=by, at=at)


def find_or_join(
    find: Callable[[], Membership | None], join: Callable[[], Membership]
) -> Membership:
    """Return the membership that `find` finds; if there is none, the one that `join` creates."""
    member = find()
    if member is None:
        try:
            with transaction.atomic():
                member = join()
        except ValidationError:
            # Another facilitator may have added this person concurrently. If so, mark that member.
            member = find()
            if member is None:
                raise
    return member


def added_before(workshop: Workshop, *, name: str, new_id: str) -> Membership | None:
    """Return the member whom the same form has added without an e-mail address, or None."""
    added = workshop.cohort.memberships.filter(public_id=new_id, user__name=name, user__email="")
    return added.select_related("user").first()


def mark_present(member: Membership, *, workshop: Workshop, by: User, at: datetime) -> Membership:
    """Mark the member present, and return them. Raises ValidationError for a facilitator."""
    if member.is_facilitator:
        words = _("%(person)s facilitates this cohort, so they are not on its registers.")
        raise ValidationError({"email": words % {"person": member.user}})
    mark(workshop=workshop, membership=member, entry=Entry(Attendance.Mark.PRESENT), by=by, at=at)
    return member


def member_of(workshop: Workshop, user: User) -> Membership | None:
    """Return the user's membership of the workshop's cohort, or None.

    If they have several, the membership that is expected at the workshop is preferred to the
    current one.
    """
    expected = expected_at(workshop).filter(user=user).select_related("user")
    current = workshop.cohort.memberships.active().filter(user=user).select_related("user")
    return expected.order_by("-joined_at").first() or current.first()
