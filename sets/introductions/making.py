"""The creation of each month's introductions, and their end. Safe to run concurrently."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from itertools import combinations
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, Q, QuerySet, Subquery

from cohorts.models import Cohort, Membership
from sets.introductions.pairing import Pair, Person, Rules, pair_up
from sets.introductions.rounds import TIME_TO_ANSWER, round_due, with_span
from sets.models import (
    ChangeWish,
    Introducee,
    Introduction,
    IntroductionOptIn,
    IntroductionRound,
    KeepApart,
)


def make_due_rounds(*, at: datetime) -> int:
    """End overdue introductions, and make the rounds that are due; return the number of rounds.

    First, people who have left and rejoined the cohort get their opt-ins back. Makes three queries
    if there is nothing to do, and one for each cohort whose round was made in the last days.
    """
    take_part_again()
    end_overdue(at=at)
    cohorts = with_span(Cohort.objects.unarchived().filter(uses_introductions=True))
    begun = cohorts.filter(first_starts__lt=at)
    due = [(cohort, found) for cohort in begun if (found := round_due(cohort, at))]
    return sum(bool(make_round(cohort=cohort, month=one.month, at=at)) for cohort, one in due)


@transaction.atomic
def take_part_again() -> None:
    """Move the opt-ins of people who left and came back to their new memberships.

    What they would like to change moves too, unless they have said something else since.
    """
    current = (
        Membership.objects.active()
        .participating()
        .filter(cohort=OuterRef("membership__cohort"), user=OuterRef("membership__user"))
        .filter(introduction_opt_in=None)
    )
    left = IntroductionOptIn.objects.filter(membership__left_at__isnull=False)
    returned: Any = left.annotate(current=Subquery(current.values("pk")[:1]))
    for one in returned.filter(current__isnull=False).select_for_update(of=("self",)):
        IntroductionOptIn.objects.filter(pk=one.pk).update(membership=one.current)
        if not ChangeWish.objects.filter(membership=one.current).exists():
            ChangeWish.objects.filter(membership=one.membership_id).update(membership=one.current)


@transaction.atomic
def make_round(*, cohort: Cohort, month: date, at: datetime) -> IntroductionRound | None:
    """Create and return a month's round of introductions; None if it exists. Locks the cohort.

    Everybody who takes part is in an introduction, or stored as somebody without one. Concurrent
    runs are serialised, so one makes the round and the others find it. A round is made even if
    nobody takes part, so that somebody who joins in later waits for the next month.
    """
    known = Cohort.objects.select_for_update(no_key=True).filter(
        pk=cohort.pk, archived_at=None, uses_introductions=True
    )
    if not known.exists() or cohort.introduction_rounds.filter(month=month).exists():
        return None
    made = IntroductionRound.objects.create(
        cohort=cohort, month=month, made_at=at, answer_by=at + TIME_TO_ANSWER
    )
    members = members_taking_part(cohort)
    people = [
        Person(
            user,
            member.organisation_id,
            member.organisation.sector if member.organisation else None,
        )
        for user, member in members.items()
    ]
    pairing = pair_up(people, rules_of(cohort), seed=cohort.pk * 100 + month.month)
    for group in pairing.groups:
        introduction = Introduction.objects.create(round=made)
        Introducee.objects.bulk_create(
            Introducee(round=made, introduction=introduction, membership=members[user])
            for user in group
        )
    Introducee.objects.bulk_create(
        Introducee(round=made, membership=members[user]) for user in pairing.alone
    )
    return made


def members_taking_part(cohort: Cohort) -> dict[int, Membership]:
    """Return the memberships of the people who take part, by the user's pk."""
    opted_in = IntroductionOptIn.objects.taking_part().filter(membership__cohort=cohort)
    rows = opted_in.select_related("membership__organisation").order_by("membership__user")
    return {one.membership.user_id: one.membership for one in rows}


def rules_of(cohort: Cohort) -> Rules:
    """Return the pairs of users never to introduce, and the pairs asked about each other before.

    Pairs never to introduce are those that facilitators keep apart, and those introduced already.
    """
    kept_apart = KeepApart.objects.filter(cohort=cohort)
    never = {
        frozenset(pair) for pair in kept_apart.values_list("first__user_id", "second__user_id")
    }
    asked: set[Pair] = set()
    groups: defaultdict[int, list[tuple[int, bool]]] = defaultdict(list)
    past = Introducee.objects.filter(round__cohort=cohort, introduction__isnull=False)
    rows = past.values_list(
        "introduction", "introduction__introduced_at", "membership__user", "answer"
    )
    for introduction, introduced_at, user, answer in rows:
        was_introduced = introduced_at is not None and answer == Introducee.Answer.YES
        groups[introduction].append((user, was_introduced))
    for group in groups.values():
        for (one, one_met), (other, other_met) in combinations(group, 2):
            (never if one_met and other_met else asked).add(frozenset((one, other)))
    return Rules(frozenset(never), frozenset(asked - never))


def end_overdue(*, at: datetime) -> None:
    """Call `end_introduction` for each introduction whose time to answer is over."""
    overdue = Introduction.objects.pending().filter(round__answer_by__lte=at)
    for pk in list(overdue.values_list("pk", flat=True)):
        end_introduction(pk, at=at)


@transaction.atomic
def end_introduction(pk: int, *, at: datetime) -> None:
    """Introduce the people who said yes, if at least two did; otherwise end the introduction.

    Does nothing if the introduction has been made or has ended. Locks the introduction.
    """
    introduction = Introduction.objects.select_for_update(of=("self",)).get(pk=pk)
    if introduction.is_pending:
        willing = present_in(introduction).filter(answer=Introducee.Answer.YES).count()
        uses_it = Cohort.objects.unarchived().filter(
            uses_introductions=True, pk=introduction.round.cohort_id
        )
        settle(introduction, is_made=willing > 1 and uses_it.exists(), at=at)


def present_in(introduction: Introduction) -> QuerySet[Any]:
    return Introducee.objects.present().filter(introduction=introduction)


def settle(introduction: Introduction, *, is_made: bool, at: datetime) -> None:
    """Store that the introduction is made or has ended, and clear answers of “Not this time”.

    Must be called with the introduction locked. Also clears the answers of people who have left
    since, so that they are not introduced.
    """
    introduction.introduced_at, introduction.ended_at = (at, None) if is_made else (None, at)
    introduction.save(update_fields=["introduced_at", "ended_at"])
    gone = ~Q(pk__in=present_in(introduction).values("pk"))
    introduction.introducees.filter(gone | Q(answer=Introducee.Answer.NOT_NOW)).update(answer="")
