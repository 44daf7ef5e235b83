"""The demo's sets: published after the first workshop, with meetings, notes and wishes."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cohorts.models import Cohort, Membership
from home.demo.roles import DEMO_ROLES
from home.demo.story import Story, send
from sets import meetings, notes
from sets.keep_apart import keep_apart
from sets.making import jobs
from sets.making.sizes import most_sets
from sets.messages.published import AFTER_CHANGE
from sets.models import Set, SetMembership
from sets.publishing import publish, publish_version
from workshops.times import Slot

PARTICIPANT = next(role.email for role in DEMO_ROLES if role.name == "participant")
SEED = 1848
# How long after the first workshop the sets are published, and when they meet.
PUBLISHED_AFTER = timedelta(hours=20)
FIRST_MEETING_AFTER = timedelta(days=12)
MEETING_LENGTH = timedelta(hours=1)


def schedule(cohort: Cohort, words: dict[str, Any], story: Story, *, until: datetime) -> None:
    """Schedule the making and publishing of the cohort's sets, and their notes and meetings.

    The cohort's workshops must have their dates.
    """
    first = cohort.workshops.get(position=1).slot
    if first is None or first.ends_at + PUBLISHED_AFTER >= until:
        return
    at = first.ends_at + PUBLISHED_AFTER
    members = list(cohort.memberships.participating().by_name())
    for number, member in enumerate(members):
        if number % 4 != 3:
            wish = words["wishes"][number % len(words["wishes"])]
            write = partial(notes.save_wish, membership=member, text=wish)
            story.at(at - timedelta(hours=1), partial(write, at=at - timedelta(hours=1)))
    story.at(at, partial(make, cohort, members, words["reason"], at))
    story.at(at + timedelta(seconds=1), partial(send, at))
    story.at(at + AFTER_CHANGE, partial(meet, cohort, words, at, until))
    story.at(at + AFTER_CHANGE + timedelta(seconds=1), partial(send, at + AFTER_CHANGE))


def make(cohort: Cohort, members: list[Membership], reason: str, at: datetime) -> None:
    """Keep two people apart, make the sets, and publish them."""
    facilitator = cohort.memberships.facilitating()[0].user
    one, other = members[1], members[-1]
    keep_apart(cohort=cohort, one=one, other=other, reason=reason, by=facilitator, at=at)
    number = most_sets(len(members))
    draft = jobs.ask_for_sets(cohort, number_of_sets=number, seed=SEED, by=facilitator, at=at)
    claimed = jobs.claim(at)
    if claimed:
        jobs.make(claimed, at=at)
    draft.refresh_from_db()
    publish(grouping=draft, seen=publish_version(draft), by=facilitator, at=at)


def meet(cohort: Cohort, words: dict[str, Any], at: datetime, until: datetime) -> None:
    """Plan a past meeting of each set and, while the cohort runs, one in the next days.

    The set of the demo's participant, or else the first set, writes notes.
    """
    sets = list(Set.objects.filter(grouping__cohort=cohort, grouping__workshop=None))
    shown = Set.objects.filter(grouping__cohort=cohort, places__membership__user__email=PARTICIPANT)
    noted = shown.first() or sets[0]
    for number, one in enumerate(sets):
        people = places(one)
        days = [at + FIRST_MEETING_AFTER + timedelta(days=number)]
        if cohort.workshops.to_come(until).exists():
            days.append(until + timedelta(days=4 + number))
        for day in days:
            starts = day.astimezone(cohort.zone).replace(hour=16, minute=0, second=0, microsecond=0)
            meetings.plan_meeting(
                of=one,
                slot=Slot(starts, starts + MEETING_LENGTH),
                place=words["place"],
                joining_link="",
                by=people[0].user,
                at=at + AFTER_CHANGE,
            )
    for number, body in enumerate(words["notes"]):
        people = places(noted)
        author = people[number % len(people)].user
        written_at = min(at + FIRST_MEETING_AFTER + timedelta(days=number), until)
        notes.write_note(of=noted, author=author, body=body, at=written_at)


def places(one: Set) -> list[Membership]:
    found = SetMembership.objects.active().filter(set=one).select_related("membership__user")
    return [place.membership for place in found.order_by("pk")]
