"""Somebody in the room who is not on the register: whom to offer by name, and adding them, present."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, Q, Value, When

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort, Membership, MembershipQuerySet, Organisation
from workshops.models import Attendance, Workshop
from workshops.register.register import Entry, expected, mark

MOST_OFFERED = 30


@dataclass(frozen=True)
class Offer:
    """Somebody who may have walked in, and where they are known from."""

    membership: Membership
    why: str


def known_to(*, workshop: Workshop, by: User) -> MembershipQuerySet:
    """The participants, past and present, of this cohort and of others that the facilitator runs, this one's first."""
    elsewhere = Case(When(cohort=workshop.cohort_id, then=Value(0)), default=Value(1))
    return (
        Membership.objects.participating()
        .filter(
            Q(cohort=workshop.cohort_id) | Q(cohort__in=Cohort.objects.convened_by(by)),
            user__is_active=True,
        )
        .exclude(user__in=workshop.cohort.memberships.active().facilitating().values("user"))
        .select_related("user", "organisation", "cohort")
        .order_by(elsewhere, "user__name", "user_id", "-joined_at")
    )


def offered(*, workshop: Workshop, by: User, words: str) -> list[Offer]:
    """Those who are not on the register, each once; with words, those whose name or organisation has them all."""
    members = known_to(workshop=workshop, by=by).exclude(user__in=expected(workshop).values("user"))
    for word in words.split():
        members = members.filter(
            Q(user__name__icontains=word) | Q(organisation__name__icontains=word)
        )
    # Some are there several times; past this many, people search.
    by_person: dict[int, Membership] = {}
    for member in members[: 4 * MOST_OFFERED]:
        by_person.setdefault(member.user_id, member)
    return [
        Offer(member, why(member, workshop)) for member in list(by_person.values())[:MOST_OFFERED]
    ]


def why(member: Membership, workshop: Workshop) -> str:
    if member.cohort_id != workshop.cohort_id:
        return f"{'in' if member.is_active else 'was in'} {member.cohort}"
    return "joined the cohort since" if member.is_active else "was in this cohort before"


@transaction.atomic
def welcome(
    *,
    workshop: Workshop,
    email: str,
    name: str,
    organisation: Organisation | None = None,
    job_title: str = "",
    by: User,
    at: datetime,
) -> Membership:
    """Somebody joins the cohort there and then, and is marked present; who is in it already is marked.

    They join now and no earlier, so that nothing opens to them that was shared before. A second tap changes nothing.
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
            member = member_with(workshop, email)  # another facilitator has just added them
            if member is None:
                raise
    if member.is_facilitator:
        words = f"{member.user} is a facilitator of this cohort, and on no register."
        raise ValidationError({"email": words})
    mark(workshop=workshop, membership=member, entry=Entry(Attendance.Mark.PRESENT), by=by, at=at)
    return member


def member_with(workshop: Workshop, email: str) -> Membership | None:
    """Whoever has this address, as they stand on the register, or as they are in the cohort now."""
    user = User.objects.with_email(email)
    if user is None:
        return None
    on_it = (
        expected(workshop).filter(user=user).select_related("user").order_by("-joined_at").first()
    )
    return (
        on_it
        or workshop.cohort.memberships.active().filter(user=user).select_related("user").first()
    )
