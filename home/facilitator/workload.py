"""Everything a facilitator currently runs, loaded in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple, TypeVar

from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message
from workshops.messages.invitations import INVITATION
from workshops.models import Attendance, Workshop
from workshops.register.expected import was_expected
from workshops.register.rsvp import RsvpCounts

# A cohort is current until this long after its last workshop.
AFTERWARDS = timedelta(days=30)
INVITED_BEFORE = timedelta(days=14)
# The page shows the cohorts with the nearest workshops, so that its cost does not grow further.
MOST_COHORTS = 8


class Reply(NamedTuple):
    """An entry of the register: what a member said, and how they were marked."""

    workshop_id: int
    membership_id: int
    answer: str
    mark: str
    answered_at: datetime | None
    word: str


@dataclass(frozen=True)
class Workload:
    """Current cohorts of a facilitator, with their workshops, participants and registers.

    `others` counts the current cohorts that are left out.
    """

    user: User
    moment: datetime
    cohorts: list[Cohort]
    others: int
    workshops: list[Workshop]
    participants: list[Membership]
    replies: list[Reply]
    never_signed_in: list[Membership]

    @cached_property
    def _replies(self) -> dict[tuple[int, int], Reply]:
        return {(one.workshop_id, one.membership_id): one for one in self.replies}

    @cached_property
    def dated(self) -> list[Workshop]:
        """Workshops with a date that are not cancelled, the earliest first."""
        dated = (one for one in self.workshops if one.starts_at and not one.is_cancelled)
        return sorted(dated, key=lambda one: one.starts_at or self.moment)

    @cached_property
    def _workshops(self) -> dict[int, list[Workshop]]:
        return grouped(self.workshops)

    @cached_property
    def _participants(self) -> dict[int, list[Membership]]:
        return grouped(self.participants)

    def to_begin_within(self, time: timedelta) -> list[Workshop]:
        return [
            one
            for one in self.dated
            if one.starts_at and self.moment < one.starts_at < self.moment + time
        ]

    def of(self, cohort: Cohort) -> list[Workshop]:
        return self._workshops.get(cohort.pk, [])

    def active(self, cohort: Cohort) -> list[Membership]:
        return [one for one in self._participants.get(cohort.pk, ()) if one.is_active]

    def expected(self, workshop: Workshop) -> list[Membership]:
        """Return the members expected at a workshop, by the rule of the register."""
        return [
            one
            for one in self._participants.get(workshop.cohort_id, ())
            if was_expected(one, workshop, is_marked=bool(self.reply(workshop, one).mark))
        ]

    def reply(self, workshop: Workshop, member: Membership) -> Reply:
        key = (workshop.pk, member.pk)
        return self._replies.get(key) or Reply(*key, "", "", None, "")

    def standing(self, workshop: Workshop) -> RsvpCounts:
        said = [self.reply(workshop, member).answer for member in self.expected(workshop)]
        return RsvpCounts(
            len(said), said.count(Attendance.Answer.COMING), said.count(Attendance.Answer.APOLOGIES)
        )


Row = TypeVar("Row", Workshop, Membership)


def grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return the rows by the pk of their cohort."""
    by_cohort: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_cohort[row.cohort_id].append(row)
    return by_cohort


def workload_of(user: User, facilitated: Iterable[Cohort], moment: datetime) -> Workload:
    """Load the current cohorts among the facilitated ones. Three queries.

    Never reveals who writes reflections or answers surveys.
    """
    every = {cohort.pk: cohort for cohort in facilitated}
    workshops = grouped(Workshop.objects.filter(cohort__in=every))
    current = [
        cohort for pk, cohort in every.items() if not is_long_over(workshops.get(pk, []), moment)
    ]
    current.sort(key=lambda cohort: distance(workshops.get(cohort.pk, []), moment))
    shown = {cohort.pk: cohort for cohort in current[:MOST_COHORTS]}
    loaded = [workshop for pk in shown for workshop in workshops.get(pk, [])]
    for workshop in loaded:
        workshop.cohort = shown[workshop.cohort_id]
    participants = people_of(shown, moment)
    replies = Attendance.objects.filter(workshop__cohort__in=shown).values_list(*Reply._fields)
    return Workload(
        user=user,
        moment=moment,
        cohorts=sorted(
            shown.values(), key=lambda cohort: (cohort.made_at, cohort.pk), reverse=True
        ),
        others=len(current) - len(shown),
        workshops=loaded,
        participants=participants,
        replies=[Reply(*row) for row in replies],
        never_signed_in=[
            one for one in participants if one.is_active and getattr(one, "is_silent", False)
        ],
    )


def is_long_over(workshops: Iterable[Workshop], moment: datetime) -> bool:
    planned = [one for one in workshops if not one.is_cancelled]
    return bool(planned) and all(
        one.ends_at and one.ends_at < moment - AFTERWARDS for one in planned
    )


def distance(workshops: Iterable[Workshop], moment: datetime) -> timedelta:
    """Return the time between now and the nearest workshop; cohorts without dates come last."""
    return min(
        (
            abs(one.starts_at - moment)
            for one in workshops
            if one.starts_at and not one.is_cancelled
        ),
        default=timedelta.max,
    )


def people_of(cohorts: dict[int, Cohort], moment: datetime) -> list[Membership]:
    """Return the participants, past ones too.

    `is_silent` is true for people who were invited long ago and have not responded since.
    """
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
    people = list(
        Membership.objects.participating()
        .filter(cohort__in=cohorts)
        .select_related("user")
        .only("public_id", "cohort", "role", "joined_at", "left_at", "user__name", "user__email")
        .order_by("user__name", "pk")
        .annotate(is_silent=Exists(invited.filter(recipient__last_login=None)) & ~Exists(heard))
    )
    for member in people:
        member.cohort = cohorts[member.cohort_id]
    return people
