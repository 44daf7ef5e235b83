"""The experiments of the demo's participants, and their outcomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cohorts.models import Membership
from home.demo.roles import DEMO_ROLES
from home.demo.story import Story
from reflections.experiments.actions import answer, start
from reflections.experiments.follow_ups import ASKED_AT, LookBack
from reflections.models import Experiment
from ui import dates
from workshops.models import Workshop

PARTICIPANT = next(role.email for role in DEMO_ROLES if role.name == "participant")
# How long after the end of the workshop an experiment is started, and its follow-up answered.
BEGUN_AFTER, ANSWERED_AFTER = timedelta(hours=26), timedelta(days=20)


def add_experiment(
    story: Story,
    facts: dict[str, Any],
    workshop: Workshop,
    ended: datetime,
    people: Sequence[Membership],
    send: Callable[[datetime], None],
) -> None:
    """Schedule an experiment; if `facts` has an outcome, also the answer to its follow-up.

    A participant starts the experiment 26 hours after the workshop `ended`, and answers 20 days
    after the workshop ended. If `facts` sets a follow-up date, also schedules a call of `send` when
    the follow-up e-mail is due.
    """
    begun_at, answered_at = ended + BEGUN_AFTER, ended + ANSWERED_AFTER
    member = participant_at(people, facts["person"])
    started: list[Experiment] = []
    story.at(begun_at, lambda: started.append(start_experiment(facts, member, workshop, begun_at)))
    if days := facts.get("look_back_days"):
        on = dates.day_of(begun_at, workshop.cohort.zone) + timedelta(days=days)
        due = datetime.combine(on, ASKED_AT, workshop.cohort.zone)
        story.at(due + timedelta(seconds=1), partial(send, due))
    if "outcome" in facts:
        story.at(answered_at, partial(answer_experiment, started, facts, answered_at))


def participant_at(people: Sequence[Membership], person: int) -> Membership:
    """Return the participant at the index `person`, modulo the number of people.

    Index 0 is the participant as whom visitors sign in, if that participant is among the people.
    """
    shown = [member for member in people if member.user.email == PARTICIPANT]
    return shown[0] if shown and person == 0 else people[person % len(people)]


def start_experiment(
    facts: dict[str, Any], member: Membership, workshop: Workshop, at: datetime
) -> Experiment:
    days = facts.get("look_back_days")
    today = dates.day_of(at, workshop.cohort.zone)
    return start(
        author=member.user,
        cohort=workshop.cohort,
        workshop=workshop,
        words=facts["words"],
        audience=facts.get("audience", "me"),
        look_back=LookBack(on=today + timedelta(days=days)) if days else None,
        at=at,
    )


def answer_experiment(started: list[Experiment], facts: dict[str, Any], at: datetime) -> None:
    said = {name: facts.get(name, "") for name in ("happened", "learned")}
    answer(experiment=started[0], outcome=facts["outcome"], **said, by=started[0].author, at=at)
