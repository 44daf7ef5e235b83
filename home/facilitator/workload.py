"""A facilitator's current cohorts, with workshops, participants and registers.

Loaded in four queries, however many cohorts there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, repeat
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from accounts.models import User
from cohorts.deliverability import with_suppressed
from cohorts.models import Cohort, Membership
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect
from outbox.models import Message
from partnerships.attention import needing_facilitator
from sets.models import Grouping, SetMembership
from workshops.messages.invitations import INVITATION
from workshops.models import Attendance, Workshop
from workshops.register.expected import once_each, was_expected
from workshops.register.rsvp import RsvpCounts

# A cohort is current until this long after its last workshop.
CURRENT_FOR = timedelta(days=30)
# Only people whose invitation is at least this old can be listed as never signed in.
INVITED_BEFORE = timedelta(days=14)
# At most this many cohorts are loaded, those with the nearest workshops, to limit the page's cost.
MOST_COHORTS = 4
# Query parameters for the pks of the loaded cohorts. Their number is fixed, because the SQL of a
# compiled query contains one placeholder for each.
COHORT_PARAMS: list[Any] = [BindParam(f"cohort{n}") for n in range(MOST_COHORTS)]
# The value of unused parameters: the pk of no cohort. It is not 0, because messages that belong to
# no cohort have the `group_id` 0.
NO_COHORT = -1


def cohort_params(pks: Iterable[int]) -> dict[str, int]:
    """Return a dict that maps the name of each of COHORT_PARAMS to a pk, or to NO_COHORT."""
    filled = chain(pks, repeat(NO_COHORT))
    return {param.name: pk for param, pk in zip(COHORT_PARAMS, filled, strict=False)}


class Span(NamedTuple):
    """A summary of the dates of one cohort's workshops, without cancelled ones, as a row of SPANS.

    `undated` is the number of workshops without a date. `last_start` is the latest start until now,
    `next_start` the earliest start after now, and `last_end` the latest end; each is None if there
    is none.
    """

    cohort_id: int = 0
    undated: int = 0
    last_start: datetime | None = None
    next_start: datetime | None = None
    last_end: datetime | None = None

    def is_long_over(self, moment: datetime) -> bool:
        """Return whether every workshop has a date and ended more than CURRENT_FOR ago."""
        return not self.undated and bool(self.last_end and self.last_end < moment - CURRENT_FOR)

    def time_to_nearest(self, moment: datetime) -> timedelta:
        """Return the time between now and the start of the nearest workshop, past or future.

        Returns `timedelta.max` if no workshop has a date.
        """
        starts = (self.last_start, self.next_start)
        return min((abs(one - moment) for one in starts if one), default=timedelta.max)


class Participant(NamedTuple):
    """A present or former participant, with the columns that the dashboard needs.

    `has_not_responded` is true if the invitation was sent over two weeks ago and the user has not
    responded at all: no sign-in, no RSVP, and no mark other than “absent” on any register.
    `has_draft_of_sets` is true if the cohort has sets that are not published. `is_without_set` is
    true if it has published sets and the participant is in none. `has_waiting_work` is true if work
    that was started together in the cohort needs the facilitator.
    """

    pk: int
    public_id: str
    cohort_id: int
    user_id: int
    joined_at: datetime
    left_at: datetime | None
    name: str
    email: str
    is_suppressed: bool
    has_not_responded: bool
    has_draft_of_sets: bool
    is_without_set: bool
    has_waiting_work: bool

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_active(self) -> bool:
        return self.left_at is None


class RegisterEntry(NamedTuple):
    """A register's entry for one member: a mark, and an RSVP (`answer`, with its `note`)."""

    workshop_id: int
    membership_id: int
    answer: str
    mark: str
    answered_at: datetime | None
    note: str


@dataclass(frozen=True)
class Workload:
    """A facilitator's current cohorts, with their workshops, participants and register entries.

    At most MOST_COHORTS are loaded; `others` is the number of current cohorts that are not loaded.
    `participants` includes former participants. `never_signed_in` has only active participants for
    whom `Participant.has_not_responded` is true.
    """

    user: User
    moment: datetime
    cohorts: list[Cohort]
    others: int
    workshops: list[Workshop]
    participants: list[Participant]
    entries: list[RegisterEntry]
    never_signed_in: list[Participant]

    @cached_property
    def _entries(self) -> dict[tuple[int, int], RegisterEntry]:
        return {(one.workshop_id, one.membership_id): one for one in self.entries}

    @cached_property
    def dated(self) -> list[Workshop]:
        """The workshops that have a date and are not cancelled, the earliest first."""
        dated = (one for one in self.workshops if one.starts_at and not one.is_cancelled)
        return sorted(dated, key=lambda one: one.starts_at or self.moment)

    @cached_property
    def _workshops(self) -> dict[int, list[Workshop]]:
        return by_cohort_pk(self.workshops)

    @cached_property
    def _participants(self) -> dict[int, list[Participant]]:
        return by_cohort_pk(self.participants)

    def to_begin_within(self, time: timedelta) -> list[Workshop]:
        """Return the workshops that start between now and `time` from now, the earliest first."""
        return [
            one
            for one in self.dated
            if one.starts_at and self.moment < one.starts_at < self.moment + time
        ]

    def workshops_of(self, cohort: Cohort) -> list[Workshop]:
        return self._workshops.get(cohort.pk, [])

    def active_participants(self, cohort: Cohort) -> list[Participant]:
        return [one for one in self._participants.get(cohort.pk, ()) if one.is_active]

    def expected_at(self, workshop: Workshop) -> list[Participant]:
        """Return the participants expected at a workshop (see `workshops.register.expected`)."""
        marked = {
            one: bool(self.entry(workshop, one).mark)
            for one in self._participants.get(workshop.cohort_id, ())
        }
        expected = {
            one: is_marked
            for one, is_marked in marked.items()
            if was_expected(one, workshop, is_marked=is_marked)
        }
        return once_each(expected)

    def entry(self, workshop: Workshop, member: Participant) -> RegisterEntry:
        """Return the member's entry on the workshop's register; an empty one if there is none."""
        key = (workshop.pk, member.pk)
        return self._entries.get(key) or RegisterEntry(*key, "", "", None, "")

    def rsvp_counts(self, workshop: Workshop) -> RsvpCounts:
        said = [self.entry(workshop, member).answer for member in self.expected_at(workshop)]
        return RsvpCounts(
            len(said), said.count(Attendance.Answer.COMING), said.count(Attendance.Answer.APOLOGIES)
        )


Row = TypeVar("Row", Workshop, Participant)


def by_cohort_pk(rows: Iterable[Row]) -> dict[int, list[Row]]:
    """Return a dict that maps each cohort's pk to the list of its rows."""
    by_cohort: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_cohort[row.cohort_id].append(row)
    return by_cohort


def participants_query() -> QuerySet[Any, Any]:
    """Return a query for the fields of `Participant`, ordered by name.

    The query selects the participants of the cohorts given by COHORT_PARAMS.
    """
    invited = Message.objects.filter(
        kind=INVITATION.kind,
        group_id=OuterRef("cohort"),
        recipient=OuterRef("user"),
        sent_at__lte=MOMENT - INVITED_BEFORE,
    )
    heard = Attendance.objects.filter(membership=OuterRef("pk")).filter(
        ~Q(answer="")
        | Q(mark__in=(Attendance.Mark.PRESENT, Attendance.Mark.PARTLY, Attendance.Mark.APOLOGIES))
    )
    groupings = Grouping.objects.filter(
        cohort=OuterRef("cohort"), cohort__uses_sets=True, made_at__isnull=False
    )
    places = SetMembership.objects.active().filter(
        membership=OuterRef("pk"), grouping__in=Grouping.objects.current()
    )
    rows: QuerySet[Any, Any] = (
        with_suppressed(Membership.objects.participating())
        .filter(cohort__pk__in=COHORT_PARAMS)
        .order_by("user__name", "pk")
        .annotate(
            has_not_responded=Exists(invited.filter(recipient__last_login=None)) & ~Exists(heard),
            has_draft_of_sets=Exists(groupings.drafts()),
            is_without_set=Exists(groupings.current()) & ~Exists(places),
            has_waiting_work=Exists(needing_facilitator(MOMENT).filter(cohort=OuterRef("cohort"))),
        )
        .values_list(
            "pk",
            "public_id",
            "cohort",
            "user",
            "joined_at",
            "left_at",
            "user__name",
            "user__email",
            "is_suppressed",
            "has_not_responded",
            "has_draft_of_sets",
            "is_without_set",
            "has_waiting_work",
        )
    )
    return rows


# Compiled once in each process, because building the queries takes longer than running them.
SPANS = CompiledSelect(
    Workshop.objects.filter(
        cohort__in=Membership.objects.active()
        .facilitating()
        .filter(user=BindParam("user"))
        .values("cohort"),
        cancelled_at=None,
    )
    .order_by()
    .values("cohort")
    .annotate(
        undated=Count("pk", filter=Q(starts_at=None)),
        last_start=Max("starts_at", filter=Q(starts_at__lte=MOMENT)),
        next_start=Min("starts_at", filter=Q(starts_at__gt=MOMENT)),
        last_end=Max("ends_at"),
    )
    .values_list("cohort", "undated", "last_start", "next_start", "last_end"),
    prepare=True,
)
PARTICIPANTS = CompiledSelect(participants_query(), prepare=True)
ENTRIES = CompiledSelect(
    Attendance.objects.filter(workshop__cohort__pk__in=COHORT_PARAMS).values_list(
        *RegisterEntry._fields
    ),
    prepare=True,
)


def workload_of(user: User, facilitated: Iterable[Cohort], moment: datetime) -> Workload:
    """Load the current cohorts of those in `facilitated`. Makes four queries.

    Loads no reflections and no survey receipts, so that the dashboard can't reveal who has written
    something or answered a survey.
    """
    every = {cohort.pk: cohort for cohort in facilitated}
    spans = {row[0]: Span(*row) for row in SPANS(user=user.pk, moment=moment)}
    current = [
        cohort for pk, cohort in every.items() if not spans.get(pk, Span()).is_long_over(moment)
    ]
    current.sort(key=lambda cohort: spans.get(cohort.pk, Span()).time_to_nearest(moment))
    shown = {cohort.pk: cohort for cohort in current[:MOST_COHORTS]}
    workshops = by_cohort_pk(Workshop.objects.filter(cohort__in=shown))
    loaded = [workshop for pk in shown for workshop in workshops.get(pk, ())]
    for workshop in loaded:
        workshop.cohort = shown[workshop.cohort_id]
    participants = [
        Participant(*row) for row in PARTICIPANTS(moment=moment, **cohort_params(shown))
    ]
    entries = ENTRIES(**cohort_params(shown))
    return Workload(
        user=user,
        moment=moment,
        cohorts=sorted(
            shown.values(), key=lambda cohort: (cohort.made_at, cohort.pk), reverse=True
        ),
        others=len(current) - len(shown),
        workshops=loaded,
        participants=participants,
        entries=[RegisterEntry(*row) for row in entries],
        never_signed_in=[one for one in participants if one.is_active and one.has_not_responded],
    )
