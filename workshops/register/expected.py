"""The rule that decides who is expected at a workshop, for registers, reminders and reports.

A participant is expected if they are in the cohort when the workshop begins, or are marked on its
register. If the workshop has no date, the current participants are expected.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple, Protocol

from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import Combinable

from cohorts.models import Membership, MembershipQuerySet
from workshops.models import Attendance, Workshop, WorkshopQuerySet


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
    """Return the participants who are expected at the workshop."""
    in_cohort = in_cohort_at(workshop.starts_at) if workshop.starts_at else Q(left_at=None)
    marked = workshop.attendances.marked().values("membership")
    return participants(workshop).filter(in_cohort | Q(pk__in=marked))


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


class Stay(Protocol):
    """The part of a membership that `was_expected` needs."""

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


class Entry(NamedTuple):
    """One member's mark and RSVP for one workshop, each empty if there is none."""

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
