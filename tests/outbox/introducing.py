"""Events that send every e-mail about introductions. A part of the story in every_kind.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Protocol

from accounts.models import User
from cohorts.enrolment import enrol
from cohorts.models import Cohort
from sets.introductions.making import make_due_rounds
from sets.introductions.taking_part import answer, stop, take_part
from sets.models import Introducee
from tests.outbox.cast import Cast
from tests.outbox.clock import by_the_clock


class StoryWithCast(Protocol):
    """The part of a `Story` that the events need."""

    cast: Cast
    cohort: Cohort
    participant: User
    administrator: User


def introduction_events(
    story: StoryWithCast,
) -> Iterator[tuple[datetime, Callable[[datetime], None]]]:
    """Yield three months of introductions: one that is made, one that is not, and nobody to meet.

    `cast.peer` takes part in the first month and `cast.newcomer` in the second.
    """

    cast, cohort = story.cast, story.cohort

    def joins(person: User, at: datetime) -> None:
        member = cohort.memberships.get(user=person)
        take_part(membership=member, wish=cast.wish, at=at)

    def begin(at: datetime) -> None:
        joins(story.participant, at)
        joins(User.objects.get(email="dev@example.org"), at)

    def say_yes(*people: str) -> Callable[[datetime], None]:
        def say(at: datetime) -> None:
            asked = Introducee.objects.filter(round=cohort.introduction_rounds.latest("month"))
            for one in asked.filter(membership__user__email__in=people):
                answer(introducee=one, says=Introducee.Answer.YES, at=at)

        return say

    def replace_by(leaving: str, name: str = "") -> Callable[[datetime], None]:
        def replace(at: datetime) -> None:
            stop(membership=cohort.memberships.get(user__email=leaving), at=at)
            if name:
                mo = enrol(
                    cohort=cohort, email="mo@example.org", name=name, by=story.administrator, at=at
                )
                joins(mo.user, at)

        return replace

    def make(at: datetime) -> None:
        make_due_rounds(at=at)

    for month, day, event in (
        (2, 26, begin),
        (3, 18, make),
        (3, 19, say_yes("amina@example.org", "dev@example.org")),
        (3, 20, replace_by("dev@example.org", cast.newcomer)),
        (4, 19, make),
        (4, 20, say_yes("amina@example.org")),
        (5, 3, make),  # which ends last month’s
        (5, 4, replace_by("mo@example.org")),
        (5, 18, make),
    ):
        yield by_the_clock(date(2027, month, day), 9), event
