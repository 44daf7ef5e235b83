"""“Who do you know here?” in the demo: two rounds of a finished cohort, one of a running one."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations
from typing import Any

from cohorts.models import Cohort, Membership
from home.demo.story import Story, send
from relationships.answers import save_answers
from relationships.closing import close_round
from relationships.levels import sector_of
from relationships.models import Levels, Occasion, Round
from relationships.opening import open_round
from relationships.timing import with_times

# The probability that a participant has answered a round that is closed.
ANSWER = 0.95
# The levels to choose from at random, for two people of the same organisation, of the same sector,
# and of different sectors.
AT_THE_START = ((2, 3, 3, 4), (0, 0, 0, 1, 1, 1, 2, 3), (0, 0, 0, 0, 0, 0, 1, 1, 2, 3))
AT_THE_END = ((3, 3, 4), (1, 2, 2, 3, 3, 4), (1, 1, 2, 2, 2, 3, 3, 4))


def schedule(cohort: Cohort, story: Story, *, until: datetime) -> None:
    """Schedule the rounds of a finished cohort, and the answers of nearly everybody.

    The cohort's workshops must have their dates. Uses random numbers of its own, so that the rest
    of the demo doesn't depend on it.
    """
    chance = random.Random(cohort.name)
    members = list(cohort.memberships.participating().by_name())
    rounds = {one.occasion: one for one in with_times(Round.objects.filter(cohort=cohort))}
    for occasion, levels in ((Occasion.START, AT_THE_START), (Occasion.END, AT_THE_END)):
        one = rounds[occasion]
        if one.closes < until:
            schedule_opening(one, story, at=one.opens)
            answering = chance.sample(members, round(ANSWER * len(members)))
            schedule_answers(one, members, answering, levels, chance, story, after=one.opens)
            story.at(one.closes, partial(close_round, one.pk, at=one.closes))


def schedule_open_round(cohort: Cohort, story: Story, *, silent: str, until: datetime) -> None:
    """Schedule the first round two days ago, opened by a facilitator, and half of the answers.

    The user with the address `silent` has not answered yet.
    """
    chance = random.Random(cohort.name)
    members = list(cohort.memberships.participating().by_name())
    one = Round.objects.get(cohort=cohort, occasion=Occasion.START)
    opened_at = until - timedelta(days=2)
    facilitator = cohort.memberships.facilitating()[0].user
    story.at(opened_at, partial(open_round, one, by=facilitator, at=opened_at))
    story.at(opened_at + timedelta(seconds=1), partial(send, opened_at))
    others = [member for member in members if member.user.email != silent]
    answering = chance.sample(others, len(others) // 2)
    schedule_answers(one, members, answering, AT_THE_START, chance, story, after=opened_at)


def schedule_opening(one: Any, story: Story, *, at: datetime) -> None:
    story.at(at, partial(open_round, one, by=None, at=at))
    story.at(at + timedelta(seconds=1), partial(send, at))


def schedule_answers(
    one: Round,
    members: list[Membership],
    answering: list[Membership],
    levels: tuple[tuple[int, ...], ...],
    chance: random.Random,
    story: Story,
    *,
    after: datetime,
) -> None:
    said: dict[int, Levels] = {member.pk: {} for member in members}
    for first, second in combinations(members, 2):
        level = chance.choice(levels[distance(first, second)])
        for member, other in ((first, second), (second, first)):
            # Two people don't always give each other the same level.
            said[member.pk][other.pk] = max(level - (chance.random() < 0.15), 0)
    for number, member in enumerate(answering, 1):
        at = after + timedelta(hours=2, minutes=90 * number)
        story.at(
            at,
            partial(
                save_answers,
                one=one,
                membership=member,
                levels=said[member.pk],
                at=at,
                is_finished=True,
            ),
        )


def distance(first: Membership, second: Membership) -> int:
    """Return 0 for two people of one organisation, 1 for two of one sector, else 2."""
    if first.organisation_id and first.organisation_id == second.organisation_id:
        return 0
    return 1 if sector_of(first) == sector_of(second) else 2
