"""The demo's partnerships, with their agreements and checks, and a timeline of ripples."""

from __future__ import annotations

import tomllib
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cohorts.models import Cohort, Membership
from home.demo.story import Story, send
from home.demo.trying import participant_at
from partnerships import actions
from partnerships.actions import OutsideContact
from partnerships.agreement import agree
from partnerships.checks.answering import answer_check
from partnerships.checks.due import due_at
from partnerships.models import Partnership, Ripple
from reports.quote_selection import offer_about_work

TEXTS = Path(__file__).with_name("together.toml")
# How long after a workshop a partnership is saved, how long after that the others agree, and how
# long after a check is due it is answered.
WRITTEN_AFTER, AGREED_AFTER, ANSWERED_AFTER = (
    timedelta(days=1),
    timedelta(hours=20),
    timedelta(hours=5),
)
FACTS = ("title", "what", "kind", "first_step")


def schedule(cohort: Cohort, stage: str, story: Story, *, until: datetime) -> None:
    """Schedule the partnerships of a finished or running cohort, and the answers to their checks.

    The cohort's workshops must have their dates. Only the finished cohort has a timeline.
    """
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))
    first: Any = cohort.workshops.earliest("position").ends_at
    people = list(cohort.memberships.participating().by_name())
    works = texts[stage]
    for facts in works:
        at = first + timedelta(weeks=facts["weeks"]) + WRITTEN_AFTER
        members = [participant_at(people, number) for number in facts["people"]]
        if at < until:
            schedule_work(story, cohort, facts, members, at, until)
    if stage == "finished":
        for facts in texts["ripples"]:
            at = first + timedelta(weeks=facts["weeks"], days=2)
            story.at(at, partial(add_ripple, cohort, texts, facts, people[0], at))


def schedule_work(
    story: Story,
    cohort: Cohort,
    facts: dict[str, Any],
    members: list[Membership],
    at: datetime,
    until: datetime,
) -> None:
    story.at(at, partial(start, cohort, facts, members, at))
    story.at(at + timedelta(seconds=1), partial(send, at))
    if facts["agrees"]:
        agreed_at = at + AGREED_AFTER
        story.at(agreed_at, partial(agree_all, cohort, facts, agreed_at))
    if weeks := facts.get("stopped_weeks"):
        stopped_at = at + timedelta(weeks=weeks - facts["weeks"])
        story.at(stopped_at, partial(stop, cohort, facts, stopped_at))
    if "answers" in facts:
        due = due_at(Partnership(cohort=cohort, begun_on=at.astimezone(cohort.zone).date()), 3)
        story.at(due + timedelta(seconds=1), partial(send, due))
        story.at(due + ANSWERED_AFTER, partial(answer, cohort, facts, due + ANSWERED_AFTER))


def start(
    cohort: Cohort, facts: dict[str, Any], members: list[Membership], at: datetime
) -> Partnership:
    outside = facts.get("outside")
    begun_on = at.astimezone(cohort.zone).date()
    return actions.start(
        cohort=cohort,
        facts={
            **{name: facts[name] for name in FACTS},
            "begun_on": begun_on,
            "first_step_on": begun_on + timedelta(days=14),
            "status": "trying" if facts["agrees"] else "idea",
        },
        members=members[1:],
        outside=OutsideContact(**outside) if outside else None,
        by=members[0],
        may_be_named=facts.get("names", False),
        at=at,
    )


def work_of(cohort: Cohort, facts: dict[str, Any]) -> Partnership:
    return Partnership.objects.get(cohort=cohort, title=facts["title"])


def agree_all(cohort: Cohort, facts: dict[str, Any], at: datetime) -> None:
    for party in work_of(cohort, facts).parties.filter(agreed_at=None):
        agree(party=party, may_be_named=facts.get("names", False), at=at)


def stop(cohort: Cohort, facts: dict[str, Any], at: datetime) -> None:
    actions.stop(partnership=work_of(cohort, facts), learned=facts["learned"], at=at)


def answer(cohort: Cohort, facts: dict[str, Any], at: datetime) -> None:
    work = work_of(cohort, facts)
    check, party = work.checks.get(months=3), work.parties.agreed().earliest("agreed_at")
    answer_check(check=check, party=party, **facts["answers"], at=at)
    if party.membership and "offer" in facts:
        author = party.membership.user
        offer_about_work(party=party, words=facts["offer"], by=author, at=at)


def add_ripple(
    cohort: Cohort, texts: dict[str, Any], facts: dict[str, Any], by: Membership, at: datetime
) -> Ripple:
    follows, work = facts.get("follows"), facts.get("work")
    return actions.add_ripple(
        cohort=cohort,
        facts={
            "sentence": facts["sentence"],
            "surprise": facts["surprise"],
            "happened_on": at.astimezone(cohort.zone).date(),
            "follows": None
            if follows is None
            else Ripple.objects.get(cohort=cohort, sentence=texts["ripples"][follows]["sentence"]),
            "partnership": None if work is None else work_of(cohort, texts["finished"][work]),
        },
        by=by.user,
        at=at,
    )
