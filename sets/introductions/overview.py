"""Introductions for pages: a participant's own, and only numbers for conveners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from cohorts.models import Cohort, Membership
from sets.introductions.links import INTRODUCTION_LINK
from sets.introductions.people import Acquaintance, others_of, others_of_each
from sets.introductions.rounds import DueRound, next_round, with_span
from sets.models import Introducee, IntroductionOptIn, IntroductionRound
from sets.notes import wish_of
from ui.numbers import joined_by_and


@dataclass(frozen=True)
class Proposal:
    """An introduction that a participant can answer now, with the other people in it."""

    others: list[Acquaintance]
    answer: str
    answer_by: datetime
    path: str

    @property
    def names(self) -> str:
        return joined_by_and(one.name for one in self.others)


@dataclass(frozen=True)
class Met:
    """The people to whom a participant was introduced in one month."""

    month: date
    others: list[Acquaintance]


@dataclass(frozen=True)
class OwnIntroductions:
    """A participant's introductions. `next` is the next round, if there is one.

    `outcome` is how the latest round ended for them: "ended" (without an introduction), "nobody"
    (there was nobody to meet), or "" (otherwise).
    """

    takes_part: bool
    wish: str
    proposal: Proposal | None
    outcome: str
    met: list[Met]
    next: DueRound | None


def own_introductions(membership: Membership, moment: datetime) -> OwnIntroductions:
    """Return the participant's introductions. Makes at most seven queries."""
    opted_in = IntroductionOptIn.objects.taking_part().filter(membership=membership)
    mine = list(
        Introducee.objects.filter(membership=membership)
        .select_related("introduction__round", "round")
        .order_by("-round__month", "-pk")
    )
    proposal = proposal_of(mine[0], moment) if mine else None
    made = [
        one for one in mine if one.introduction and one.introduction.introduced_at and one.said_yes
    ]
    met = others_of_each(made, introduced=True)
    return OwnIntroductions(
        takes_part=opted_in.exists(),
        wish=wish_of(membership),
        proposal=proposal,
        outcome="" if proposal or not mine else outcome_of(mine[0]),
        met=[Met(one.round.month, met[one.pk]) for one in made],
        next=following_round(membership.cohort, moment),
    )


def proposal_of(introducee: Introducee, moment: datetime) -> Proposal | None:
    """Return the introduction that the person can answer now, if any. Makes at most one query."""
    introduction = introducee.introduction
    if introduction is None or not introduction.takes_answers(moment):
        return None
    others = others_of(introducee)
    if not others:
        return None
    return Proposal(
        others,
        introducee.answer,
        introduction.round.answer_by,
        INTRODUCTION_LINK.path(introducee.public_id),
    )


def outcome_of(introducee: Introducee) -> str:
    introduction = introducee.introduction
    if introduction is None:
        return "nobody"
    return "" if introduction.introduced_at and introducee.said_yes else "ended"


def following_round(cohort: Cohort, moment: datetime) -> DueRound | None:
    """Return the cohort's next round; None if no more rounds are due. Makes two queries.

    Leaves out months whose round has been made, even if a workshop has been moved since.
    """
    made = set(cohort.introduction_rounds.values_list("month", flat=True))
    spanned = with_span(Cohort.objects.filter(pk=cohort.pk)).get()
    return next_round(spanned, moment, made=made)


def unanswered(moment: datetime) -> QuerySet[Introducee]:
    """Return the people who can answer about an introduction now, but have not answered."""
    return Introducee.objects.filter(
        answer="",
        introduction__isnull=False,
        introduction__introduced_at=None,
        introduction__ended_at=None,
        round__answer_by__gt=moment,
    )


def proposal_for(membership: Membership, moment: datetime) -> Proposal | None:
    """Return the introduction that the participant has yet to answer. Makes at most two queries."""
    waiting = unanswered(moment).filter(membership=membership)
    found = waiting.select_related("introduction__round").first()
    return proposal_of(found, moment) if found else None


@dataclass(frozen=True)
class RoundCounts:
    """The counts of one month. `introduced` is None until the time to answer is over."""

    month: date
    took_part: int
    introduced: int | None
    answer_by: datetime


def number_asked_to_meet() -> Subquery:
    """Return an SQL expression like `asked_to_meet`, for a query of cohorts."""
    asked = IntroductionOptIn.objects.order_by().filter(membership__cohort=OuterRef("pk"))
    number = asked.values("membership__cohort").annotate(number=Count("pk")).values("number")
    return Subquery(number)


def asked_to_meet(cohort: Cohort) -> int:
    """Return how many people have asked to be introduced. Makes one query.

    Counts people who have left since. Otherwise, removing somebody would reveal whether they had
    asked.
    """
    return IntroductionOptIn.objects.filter(membership__cohort=cohort).count()


def counts_of(cohort: Cohort, moment: datetime) -> list[RoundCounts]:
    """Return each month's numbers, the latest first. Makes one query.

    People are never named. While people can still answer, the number of those introduced is not
    shown, because changes of it would reveal who has answered.
    """
    introduced = Q(introducees__answer=Introducee.Answer.YES) & Q(
        introducees__introduction__introduced_at__isnull=False
    )
    rounds = IntroductionRound.objects.filter(cohort=cohort).annotate(
        took_part=Count("introducees"), introduced=Count("introducees", filter=introduced)
    )
    return [
        RoundCounts(
            one.month,
            one.took_part,
            one.introduced if one.answer_by <= moment else None,
            one.answer_by,
        )
        for one in rounds.order_by("-month")
    ]
