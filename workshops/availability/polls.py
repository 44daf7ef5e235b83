"""When people are free: asked of a whole cohort, answered by each of its members, and told to those who plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership, Sector
from workshops.models import AvailabilityAnswer, AvailabilityPoll, Unavailability
from workshops.times import HalfDay

# A page of half days stays one that a thumb gets through; who is asked has four weeks at most, as the messages have.
MOST_WEEKS = 26
MOST_HALF_DAYS = 150
LONGEST_OPEN = timedelta(days=28)

# Some mail programs cut a link at ":", which stands before the signature otherwise.
SIGNER = Signer(salt="availability", sep="~")

Members = Mapping[int, Membership]


@transaction.atomic
def ask(
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
    """Asks every active member, facilitators too; None if they are being asked already. The messages follow from it."""
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
        asked_at=at,
        asked_by=by,
        closes_at=closes_at,
    )
    return poll


@transaction.atomic
def answer(
    *,
    poll: AvailabilityPoll,
    membership: Membership,
    cannot: Iterable[tuple[date, HalfDay]],
    at: datetime,
) -> bool:
    """Says on which half days the member can't come, none for somebody who can always; it replaces what they said.

    False, and nothing is kept, if the poll has closed or the member has left meanwhile.
    """
    locked = AvailabilityPoll.objects.select_for_update().get(pk=poll.pk)
    is_member = (
        Membership.objects.active().filter(pk=membership.pk, cohort=locked.cohort_id).exists()
    )
    if not locked.is_open(at) or not is_member:
        return False
    given, _ = AvailabilityAnswer.objects.update_or_create(
        poll=locked, membership=membership, defaults={"answered_at": at}
    )
    given.cannot.all().delete()
    asked = set(locked.half_days())
    Unavailability.objects.bulk_create(
        Unavailability(answer=given, day=day, half=half)
        for day, half in sorted(set(cannot) & asked)
    )
    return True


def said_before(cohort: Cohort, membership: Membership) -> AvailabilityAnswer | None:
    """What the member answered last, to this poll or an earlier one, with its half days. Two queries."""
    answers = AvailabilityAnswer.objects.filter(poll__cohort=cohort, membership=membership)
    return answers.prefetch_related("cannot").order_by("-answered_at", "-pk").first()


def waiting_for(membership: Membership, moment: datetime) -> AvailabilityPoll | None:
    """The open poll of the member's cohort that they have not answered. One query."""
    answered = AvailabilityAnswer.objects.filter(poll=OuterRef("pk"), membership=membership)
    polls = AvailabilityPoll.objects.open(moment).filter(
        ~Exists(answered), cohort=membership.cohort_id
    )
    return polls.first()


# The private link, by which one member answers one poll without signing in -------------------------------------------


def token_of(poll: AvailabilityPoll, membership: Membership) -> str:
    """Of two public ids, the same each time; nothing about the link is kept."""
    return SIGNER.sign(f"{poll.public_id}-{membership.public_id}")


def url_of(poll: AvailabilityPoll, membership: Membership) -> str:
    """The whole address, for an e-mail."""
    path = reverse("workshops:availability_by_link", args=[token_of(poll, membership)])
    return f"{settings.BASE_URL}{path}"


def asked_by(token: str) -> tuple[AvailabilityPoll, Membership] | None:
    """Whom a link is for; None for one that is mangled, forged, or about what is gone. Two queries."""
    try:
        poll_id, membership_id = SIGNER.unsign(token).split("-")
    except (BadSignature, ValueError):
        return None
    poll = AvailabilityPoll.objects.select_related("cohort").filter(public_id=poll_id).first()
    membership = Membership.objects.select_related("user").filter(public_id=membership_id).first()
    return (poll, membership) if poll and membership else None


# For those who plan --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lost:
    """Those who can't make a date: how many, of which sectors, and for their facilitators who."""

    count: int
    sectors: tuple[tuple[str, int], ...]
    names: tuple[str, ...] = ()


def lost_by_sector(lost: Collection[int], members: Members, *, named: bool) -> Lost:
    """`lost` are numbers of memberships, as a Proposal has them; those of nobody who is in `members` don't count."""
    people = [member for number, member in members.items() if number in lost]
    sectors = Counter(sector_of(person) for person in people)
    return Lost(
        count=len(people),
        sectors=tuple((sector.value, sectors[sector]) for sector in Sector if sectors[sector]),
        names=tuple(person.user.name for person in people) if named else (),
    )


def sector_of(membership: Membership) -> Sector:
    return Sector(membership.organisation.sector) if membership.organisation else Sector.OTHER


def members_of(cohort: Cohort) -> Members:
    """Everybody in the cohort by the number of their membership, in the order of a register. One query."""
    return {member.pk: member for member in cohort.memberships.active().by_name()}


def may_be_named_to(user: User, members: Members) -> bool:
    """Who can't come is told to the cohort's own facilitators; administrators see how many."""
    return any(member.user_id == user.pk and member.is_facilitator for member in members.values())
