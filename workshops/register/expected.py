"""The rule that decides who is expected at a workshop, for registers, reminders and reports.

A participant is expected if they are in the cohort when the workshop begins, or are marked on its
register. If the workshop has no date, the current participants are expected.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.expressions import Combinable

from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop, WorkshopQuerySet

M = TypeVar("M", bound="PersonStay")


def in_cohort_at(begins: datetime | Combinable, *, prefix: str = "") -> Q:
    """Return a `Q` object for memberships that had begun, and not ended, when a workshop began.

    `begins` is the start of the workshop. `prefix` is put before the field names: `member_` for
    the annotations of `with_expected_members`.
    """
    joined = Q(**{f"{prefix}joined_at__lte": begins})
    stayed = Q(**{f"{prefix}left_at": None}) | Q(**{f"{prefix}left_at__gt": begins})
    return joined & stayed


def participants(workshop: Workshop) -> MembershipQuerySet:
    """Return the past and present participants of the workshop's cohort."""
    return Membership.objects.filter(cohort=workshop.cohort_id).participating()


def expected_at(workshop: Workshop) -> MembershipQuerySet:
    """Return the participants who are expected at the workshop, each person once.

    Somebody who left and rejoined has several memberships. The one that is marked stands for the
    person, or else the latest.
    """
    in_cohort = in_cohort_at(workshop.starts_at) if workshop.starts_at else Q(left_at=None)
    marked = workshop.attendances.marked()
    expected = participants(workshop).filter(in_cohort | Q(pk__in=marked.values("membership")))
    of_person = expected.filter(user=OuterRef("user")).order_by(
        Exists(marked.filter(membership=OuterRef("pk"))).desc(), "-joined_at", "-pk"
    )
    return expected.filter(pk=Subquery(of_person.values("pk")[:1]))


def with_expected_members(workshops: WorkshopQuerySet) -> WorkshopQuerySet:
    """Return a row for each of these workshops and each participant expected at it.

    A row is a workshop, annotated with the participant's `member_id`, `member_user_id`,
    `member_joined_at` and `member_left_at`. Workshops that have no date or are cancelled are left
    out.
    """
    on_its_register = Membership.objects.filter(
        pk=OuterRef("member_id"), attendances__workshop=OuterRef("pk"), attendances__mark__gt=""
    )
    found: WorkshopQuerySet = (
        workshops.on()
        .filter(cohort__memberships__role=Membership.Role.PARTICIPANT)
        .annotate(
            member_id=F("cohort__memberships__pk"),
            member_user_id=F("cohort__memberships__user"),
            member_joined_at=F("cohort__memberships__joined_at"),
            member_left_at=F("cohort__memberships__left_at"),
        )
        .filter(in_cohort_at(F("starts_at"), prefix="member_") | Exists(on_its_register))
    )
    return found


def has_declined() -> Exists:
    """Return an SQL expression for rows of `with_expected_members`: the RSVP is apologies."""
    return Exists(
        Attendance.objects.filter(
            workshop=OuterRef("pk"),
            membership=OuterRef("member_id"),
            answer=Attendance.Answer.APOLOGIES,
        )
    )


class Stay(Protocol):
    """The attributes of a membership that `was_expected` reads."""

    @property
    def joined_at(self) -> datetime: ...

    @property
    def left_at(self) -> datetime | None: ...

    @property
    def is_active(self) -> bool: ...


def was_expected(member: Stay, workshop: Workshop, *, is_marked: bool) -> bool:
    """Return whether the participant is expected at the workshop. Makes no query."""
    if is_marked:
        return True
    if workshop.starts_at is None:
        return member.is_active
    has_left = member.left_at is not None and member.left_at <= workshop.starts_at
    return member.joined_at <= workshop.starts_at and not has_left


class PersonStay(Stay, Protocol):
    """The part of a membership that `once_each` needs."""

    @property
    def pk(self) -> int: ...

    @property
    def user_id(self) -> int: ...


def once_each(expected: Mapping[M, bool]) -> list[M]:
    """Return one of the memberships of each person, as `expected_at` does. Makes no query.

    `expected` maps the memberships of those expected to whether they are marked.
    """
    by_person = {
        member.user_id: member
        for member in sorted(
            expected, key=lambda member: (expected[member], member.joined_at, member.pk)
        )
    }
    return [member for member in expected if by_person[member.user_id] is member]


class Entry(NamedTuple):
    """One member's line on the register of one workshop.

    `mark` is the attendance mark and `answer` the RSVP; each is empty if there is none.
    """

    mark: str = ""
    answer: str = ""


Entries = dict[tuple[int, int], Entry]
NO_ENTRY = Entry()


def entries_of(workshops: Iterable[Workshop]) -> Entries:
    """Return a dict that maps pairs of pks (membership, workshop) to marks and RSVPs.

    Makes one query.
    """
    rows = Attendance.objects.filter(workshop__in=workshops).values_list(
        "membership", "workshop", "mark", "answer"
    )
    return {(member, workshop): Entry(mark, said) for member, workshop, mark, said in rows}
