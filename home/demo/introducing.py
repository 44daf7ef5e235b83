"""Introductions in the demo: one that was made, and one that waits for the second yes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from cohorts.models import Cohort, Membership
from home.demo.roles import DEMO_ROLES
from home.demo.story import Story, send
from sets.introductions.making import end_overdue, make_round
from sets.introductions.rounds import rounds_of, with_span
from sets.introductions.taking_part import answer, take_part
from sets.models import Introducee
from sets.notes import wish_of

PARTICIPANT = next(role.email for role in DEMO_ROLES if role.name == "participant")
# How many days ago people were last asked, so that a visitor can answer.
LAST_ASKED = timedelta(days=5)


def schedule(cohort: Cohort, wishes: list[str], story: Story, *, now: datetime) -> None:
    """Schedule two rounds: the cohort's first, when it was due, and its second, five days ago.

    The participant as whom visitors sign in, and one person for each wish, take part. The cohort's
    workshops must have their dates.
    """
    spanned = with_span(Cohort.objects.filter(pk=cohort.pk)).get()
    first, second = list(rounds_of(spanned))[:2]
    asked_at = now - LAST_ASKED
    people = sorted(
        cohort.memberships.participating().by_name(), key=lambda one: one.user.email != PARTICIPANT
    )
    joined_at = first.due - timedelta(days=3)
    for member, wish in zip(people, wishes, strict=False):
        story.at(joined_at, partial(join, member, wish, joined_at))
    for month, at in ((first.month, first.due), (second.month, asked_at)):
        story.at(at, partial(make_round, cohort=cohort, month=month, at=at))
        story.at(at + timedelta(seconds=1), partial(send, at))
    said_at = first.due + timedelta(days=1)
    story.at(said_at, partial(say_yes, cohort, said_at, away_from_participant=True))
    story.at(said_at + timedelta(seconds=1), partial(send, said_at))
    ended_at = first.due + timedelta(days=15)
    story.at(ended_at, partial(end_overdue, at=ended_at))
    story.at(ended_at + timedelta(seconds=1), partial(send, ended_at))
    said_at = asked_at + timedelta(days=1)
    story.at(said_at, partial(say_yes, cohort, said_at))
    story.at(said_at + timedelta(seconds=1), partial(send, said_at))


def join(member: Membership, wish: str, at: datetime) -> None:
    take_part(membership=member, wish=wish_of(member) or wish, at=at)


def say_yes(cohort: Cohort, at: datetime, *, away_from_participant: bool = False) -> None:
    """Let everybody whom the latest round asked say yes, besides one person.

    That is the participant as whom visitors sign in or, if `away_from_participant`, somebody in
    another introduction.
    """
    made = cohort.introduction_rounds.latest("month")
    asked = Introducee.objects.present().filter(round=made, introduction__isnull=False)
    participant = asked.get(membership__user__email=PARTICIPANT)
    silent = participant
    if away_from_participant:
        silent = asked.exclude(introduction=participant.introduction).latest("pk")
    for one in asked.exclude(pk=silent.pk).select_related("membership").order_by("pk"):
        answer(introducee=one, says=Introducee.Answer.YES, at=at)
