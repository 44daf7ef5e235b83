"""All that a facilitator runs now, read in as many queries whether it is one cohort or thirty."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from workshops.messages.invitations import INVITATION
from workshops.models import Attendance, Workshop
from workshops.register.expected import was_expected
from workshops.register.rsvp import RsvpCounts

# For so long after its last workshop a cohort still asks for something.
AFTERWARDS = timedelta(days=30)
INVITED_BEFORE = timedelta(days=14)


@dataclass(frozen=True)
class Running:
    """The cohorts that a person facilitates and that are not long over, with their people and what these said."""

    user: User
    moment: datetime
    cohorts: list[Cohort]
    workshops: list[Workshop]
    participants: list[Membership]
    attendances: list[Attendance]
    never_signed_in: list[Membership]

    @cached_property
    def _known(self) -> dict[tuple[int, int], Attendance]:
        return {(one.workshop_id, one.membership_id): one for one in self.attendances}

    @property
    def on(self) -> list[Workshop]:
        """Dated and not cancelled, the earliest first."""
        dated = (one for one in self.workshops if one.starts_at and not one.is_cancelled)
        return sorted(dated, key=lambda one: one.starts_at or self.moment)

    def to_begin_within(self, time: timedelta) -> list[Workshop]:
        return [
            one
            for one in self.on
            if one.starts_at and self.moment < one.starts_at < self.moment + time
        ]

    def of(self, cohort: Cohort) -> list[Workshop]:
        return [one for one in self.workshops if one.cohort_id == cohort.pk]

    def active(self, cohort: Cohort) -> list[Membership]:
        return [one for one in self.participants if one.cohort_id == cohort.pk and one.is_active]

    def expected(self, workshop: Workshop) -> list[Membership]:
        """The rule of the register; of a workshop to come, whoever is in the cohort now."""
        return [
            one
            for one in self.participants
            if one.cohort_id == workshop.cohort_id
            and was_expected(one, workshop, is_marked=bool(self.attendance(workshop, one).mark))
        ]

    def attendance(self, workshop: Workshop, member: Membership) -> Attendance:
        return self._known.get((workshop.pk, member.pk)) or Attendance(
            workshop=workshop, membership=member
        )

    def standing(self, workshop: Workshop) -> RsvpCounts:
        said = [self.attendance(workshop, member).answer for member in self.expected(workshop)]
        return RsvpCounts(
            len(said), said.count(Attendance.Answer.COMING), said.count(Attendance.Answer.APOLOGIES)
        )


def what_runs(user: User, moment: datetime) -> Running:
    """Four queries. Nothing in it tells who writes reflections or answers surveys."""
    facilitated = Membership.objects.active().facilitating().filter(user=user).values("cohort")
    all_cohorts = list(Cohort.objects.filter(pk__in=facilitated).select_related("programme"))
    by_number = {cohort.pk: cohort for cohort in all_cohorts}
    workshops = list(Workshop.objects.filter(cohort__in=by_number))
    for workshop in workshops:
        workshop.cohort = by_number[workshop.cohort_id]
    over = {cohort.pk for cohort in all_cohorts if is_long_over(workshops, cohort, moment)}
    cohorts = [cohort for cohort in all_cohorts if cohort.pk not in over]
    workshops = [workshop for workshop in workshops if workshop.cohort_id not in over]
    participants = people_of(cohorts, moment)
    return Running(
        user=user,
        moment=moment,
        cohorts=cohorts,
        workshops=workshops,
        participants=participants,
        attendances=list(Attendance.objects.filter(workshop__in=workshops)),
        never_signed_in=[
            one for one in participants if one.is_active and getattr(one, "is_silent", False)
        ],
    )


def is_long_over(workshops: Iterable[Workshop], cohort: Cohort, moment: datetime) -> bool:
    mine = [one for one in workshops if one.cohort_id == cohort.pk and not one.is_cancelled]
    return bool(mine) and all(one.ends_at and one.ends_at < moment - AFTERWARDS for one in mine)


def people_of(cohorts: list[Cohort], moment: datetime) -> list[Membership]:
    """The participants, past ones too; `is_silent` says who was invited long ago and was never heard from since."""
    invited = Message.objects.filter(
        kind=INVITATION.kind,
        group_id=OuterRef("cohort"),
        recipient=OuterRef("user"),
        sent_at__lte=moment - INVITED_BEFORE,
    )
    heard = Attendance.objects.filter(membership=OuterRef("pk")).filter(
        ~Q(answer="")
        | Q(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY, Attendance.Mark.APOLOGIES))
    )
    members = Membership.objects.participating().filter(cohort__in=cohorts).by_name()
    people = list(
        members.annotate(
            is_silent=Exists(invited.filter(recipient__last_login=None)) & ~Exists(heard)
        )
    )
    by_number = {cohort.pk: cohort for cohort in cohorts}
    for member in people:
        member.cohort = by_number[member.cohort_id]
    return people
