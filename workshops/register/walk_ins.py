"""Walk-ins: people who come to a workshop without being on its register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Q, Value, When
from django.utils.translation import gettext as _

from accounts.models import User
from cohorts.enrolment import enrol
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

    Each of the words must occur in the person's name or in their organisation's.
    """
    members = known_people(workshop=workshop, by=by).exclude(
        user__in=expected_at(workshop).values("user")
    )
    for word in words.split():
        members = members.filter(
            Q(user__name__icontains=word) | Q(organisation__name__icontains=word)
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
    job_title: str = "",
    by: User,
    at: datetime,
) -> Membership:
    """Add a walk-in to the cohort and mark them present. A current member is only marked.

    The walk-in joins at `at`, not when the workshop began, so that they can't read reflections
    that were shared before. Adding somebody twice makes one membership. Raises ValidationError for
    a facilitator of the cohort.
    """
    member = member_with(workshop, email)
    if member is None:
        try:
            with transaction.atomic():
                member = enrol(
                    cohort=workshop.cohort,
                    email=email,
                    name=name,
                    organisation=organisation,
                    job_title=job_title,
                    by=by,
                    at=at,
                )
        except ValidationError:
            # Another facilitator may have added this person concurrently. If so, mark that member.
            member = member_with(workshop, email)
            if member is None:
                raise
    if member.is_facilitator:
        words = _("%(person)s facilitates this cohort, so they are not on its registers.")
        raise ValidationError({"email": words % {"person": member.user}})
    mark(workshop=workshop, membership=member, entry=Entry(Attendance.Mark.PRESENT), by=by, at=at)
    return member


def member_with(workshop: Workshop, email: str) -> Membership | None:
    """Return the membership of the person with this e-mail address, or None.

    If they have several, the membership that is expected at the workshop is preferred to the
    current one.
    """
    user = User.objects.with_email(email)
    if user is None:
        return None
    expected = expected_at(workshop).filter(user=user).select_related("user")
    current = workshop.cohort.memberships.active().filter(user=user).select_related("user")
    return expected.order_by("-joined_at").first() or current.first()
