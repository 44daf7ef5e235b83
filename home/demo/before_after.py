"""“Before and after” in the demo: the answers of participants and of colleagues."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cohorts.models import Cohort, Membership
from home.demo.story import Story, send
from surveys.before_after.answering import submit, submit_sights
from surveys.before_after.colleagues import name_colleague
from surveys.before_after.instrument import HOPE, SCALES, SIGHTS, UNSEEN
from surveys.before_after.timing import with_times
from surveys.models import Answers, Colleague, Occasion, Wave

# How many participants name a colleague who answers.
COLLEAGUES = 6


def schedule(cohort: Cohort, words: dict[str, Any], story: Story, *, until: datetime) -> None:
    """Schedule the answers to the cohort's waves that open before `until`.

    Most participants answer the start and the end wave. Some name a colleague, who also answers.
    The cohort's workshops must have their dates. Uses random numbers of its own, so that the rest
    of the demo doesn't depend on it.
    """
    chance = random.Random(cohort.name)
    members = list(cohort.memberships.participating().by_name())
    waves = {one.occasion: one for one in with_times(Wave.objects.filter(cohort=cohort))}
    usual = {member.pk: chance.choice((2, 2, 3, 3, 4)) for member in members}
    hopes = chance.sample(words["hopes"], len(words["hopes"]))
    for occasion, gain in ((Occasion.START, 0.0), (Occasion.END, 0.7)):
        wave = waves[occasion]
        for member in chance.sample(members, round(0.85 * len(members))):
            answers = statements(usual[member.pk] + gain, chance)
            if wave.is_start and hopes:
                answers[HOPE] = hopes.pop()
            if wave.is_end:
                answers |= {scale.looking_back: chance.choice((1, 2, 2, 3)) for scale in SCALES}
            at = wave.opens + timedelta(hours=chance.randint(1, 60))
            if at < until:
                story.at(at, partial(submit, wave=wave, membership=member, answers=answers, at=at))
    schedule_colleagues(waves, members, words["colleagues"], chance, story, until=until)


def statements(usual: float, chance: random.Random) -> Answers:
    names = [name for scale in SCALES for name in scale.statements]
    return {name: min(max(round(usual + chance.uniform(-0.9, 0.9)), 1), 5) for name in names}


def schedule_colleagues(
    waves: dict[str, Any],
    members: list[Membership],
    names: list[str],
    chance: random.Random,
    story: Story,
    *,
    until: datetime,
) -> None:
    wave, start = waves[Occasion.COLLEAGUES], waves[Occasion.START]
    named_at = start.opens + timedelta(days=9)
    story.at(wave.opens + timedelta(seconds=1), partial(send, wave.opens))
    for number, (member, name) in enumerate(zip(members, names, strict=False)):
        address = f"{name.lower().replace(' ', '.')}@example.org"
        story.at(
            named_at,
            partial(name_colleague, membership=member, name=name, email=address, at=named_at),
        )
        seen = {thing: chance.choice((3, 4, 4, 5, UNSEEN)) for thing in SIGHTS}
        seen |= dict(zip(SIGHTS, (4, 4), strict=False))
        at = wave.opens + timedelta(hours=3 + number)
        if number < COLLEAGUES and at < until:
            story.at(at, partial(see, wave, member, seen, at))


def see(wave: Wave, member: Membership, seen: Answers, at: datetime) -> None:
    colleague = Colleague.objects.get(membership=member)
    submit_sights(wave=wave, colleague=colleague, answers=seen, at=at)
