"""Availability polls: opening a poll, saving answers, and summarising who can't make a date."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef

from accounts.models import User
from accounts.signed_links import SignedLink
from cohorts.models import Cohort, Membership, Sector
from workshops.models import AvailabilityAnswer, AvailabilityPoll, Unavailability
from workshops.planning.constraints import KeepClear, closed_days
from workshops.times import HalfDay, Slot

# Limits of a poll. With more half days, the page would be hard to use on a phone.
MAX_WEEKS = 26
MAX_HALF_DAYS = 150
MAX_OPEN = timedelta(days=28)

# The link by which one member answers one poll without signing in. The token has the public ids of
# the poll and of the membership.
ANSWER_LINK = SignedLink("workshops:availability_by_link", salt="availability")

Members = Mapping[int, Membership]


@transaction.atomic
def open_poll(
    *,
    cohort: Cohort,
    first: date,
    last: date,
    weekdays: Sequence[int],
    halves: Sequence[str],
    closes_at: datetime,
    by: User,
    at: datetime,
) -> AvailabilityPoll | None:
    """Open a poll of the cohort's active members, facilitators included.

    The poll does not ask about days that are closed when it opens: bank holidays, and the periods
    in `ClosedDays`. Return None if a poll is already open. Locks the cohort's row. The message
    rules send the e-mails.
    """
    Cohort.objects.select_for_update().get(pk=cohort.pk)
    polls = cohort.availability_polls
    if polls.open(at).exists():
        return None
    polls.filter(closed_at=None).update(closed_at=F("closes_at"))
    poll: AvailabilityPoll = polls.create(
        first=first,
        last=last,
        weekdays=sorted(weekdays),
        halves=[half for half in HalfDay if half in halves],
        closed_days=closed_between(cohort, first, last),
        asked_at=at,
        asked_by=by,
        closes_at=closes_at,
    )
    return poll


def closed_between(cohort: Cohort, first: date, last: date) -> list[str]:
    """Return the cohort's closed days in this period, in ISO format. Makes one query."""
    closed = closed_days(cohort, frozenset(KeepClear), first)
    return [day.isoformat() for day in sorted(closed) if first <= day <= last]


@transaction.atomic
def save_answer(
    *,
    poll: AvailabilityPoll,
    membership: Membership,
    unavailable: Iterable[tuple[date, HalfDay]],
    at: datetime,
) -> bool:
    """Replace the member's answer to the poll with the half days that they can't make.

    If `unavailable` is empty, the member can make every half day. Half days outside the poll are
    ignored. If the poll has closed or the member has left the cohort, save nothing and return
    False. Locks the poll's row.
    """
    locked = AvailabilityPoll.objects.select_for_update().get(pk=poll.pk)
    is_member = (
        Membership.objects.active().filter(pk=membership.pk, cohort=locked.cohort_id).exists()
    )
    if not locked.is_open(at) or not is_member:
        return False
    answer, _created = AvailabilityAnswer.objects.update_or_create(
        poll=locked, membership=membership, defaults={"answered_at": at}
    )
    answer.unavailable.all().delete()
    asked = set(locked.half_days())
    Unavailability.objects.bulk_create(
        Unavailability(answer=answer, day=day, half=half)
        for day, half in sorted(set(unavailable) & asked)
    )
    User.objects.record_act(membership.user_id, at=at)
    return True


def latest_answer(cohort: Cohort, membership: Membership) -> AvailabilityAnswer | None:
    """Return the member's latest answer to any poll of the cohort, or None.

    Its half days are prefetched. Makes two queries.
    """
    answers = AvailabilityAnswer.objects.filter(poll__cohort=cohort, membership=membership)
    return answers.prefetch_related("unavailable").order_by("-answered_at", "-pk").first()


def unanswered_poll(membership: Membership, moment: datetime) -> AvailabilityPoll | None:
    """Return the open poll that the member has not answered, or None. Makes one query."""
    answered = AvailabilityAnswer.objects.filter(poll=OuterRef("pk"), membership=membership)
    polls = AvailabilityPoll.objects.open(moment).filter(
        ~Exists(answered), cohort=membership.cohort_id
    )
    return polls.first()


def resolve_link(token: str) -> tuple[AvailabilityPoll, Membership] | None:
    """Return the poll and the membership for which the token of an answer link was made.

    Return None if the token is forged or damaged, or if the poll or the membership has been
    deleted. Makes two queries.
    """
    ids = ANSWER_LINK.ids(token, count=2)
    if ids is None:
        return None
    poll = AvailabilityPoll.objects.select_related("cohort").filter(public_id=ids[0]).first()
    membership = Membership.objects.select_related("user").filter(public_id=ids[1]).first()
    return (poll, membership) if poll and membership else None


@dataclass(frozen=True)
class Unavailable:
    """The number of people who can't make a slot, in total and by sector.

    `names` is empty if the viewer may not see who they are.
    """

    count: int
    sectors: tuple[tuple[str, int], ...]
    names: tuple[str, ...] = ()


def summarise_unavailable(ids: Collection[int], members: Members, *, named: bool) -> Unavailable:
    """Return how many members have these primary keys (`ids`), in total and by sector.

    Ids that are not in `members` are ignored. The names are included only if `named` is true.
    """
    people = [member for number, member in members.items() if number in ids]
    sectors = Counter(sector_of(person) for person in people)
    return Unavailable(
        count=len(people),
        sectors=tuple((sector.value, sectors[sector]) for sector in Sector if sectors[sector]),
        names=tuple(person.user.name for person in people) if named else (),
    )


def sector_of(membership: Membership) -> Sector:
    return Sector(membership.organisation.sector) if membership.organisation else Sector.OTHER


def members_by_id(cohort: Cohort) -> Members:
    """Return a dict that maps primary keys to the cohort's active memberships.

    They are ordered by name. Makes one query.
    """
    return {member.pk: member for member in cohort.memberships.active().by_name()}


def may_see_names(user: User, members: Members) -> bool:
    """Return whether the user may see the names of people who can't make a date.

    Only facilitators among the members may. Other administrators see the numbers.
    """
    return any(member.user_id == user.pk and member.is_facilitator for member in members.values())


@dataclass(frozen=True)
class PollSummary:
    """The latest poll of a cohort, as one user may see it.

    `answers` is the number of current members who have answered. `shows_names` says whether the
    user may see who can't make a date. Without a poll, `half_days` is empty.
    """

    half_days: frozenset[tuple[date, HalfDay]]
    answers: int
    members: Members
    shows_names: bool

    @property
    def is_complete(self) -> bool:
        """Whether every current member has answered."""
        return self.answers == len(self.members)

    def covers(self, slot: Slot, zone: ZoneInfo) -> bool:
        """Return whether the poll includes the slot's half days, and somebody has answered it."""
        return bool(self.answers) and self.half_days.issuperset(slot.half_days(zone))


def poll_summary(cohort: Cohort, user: User) -> PollSummary:
    """Return the cohort's latest poll as this user may see it. Makes three queries."""
    poll, members = cohort.availability_polls.first(), members_by_id(cohort)
    return PollSummary(
        half_days=frozenset(poll.half_days() if poll else ()),
        answers=AvailabilityAnswer.objects.filter(poll=poll, membership__left_at=None).count(),
        members=members,
        shows_names=may_see_names(user, members),
    )
