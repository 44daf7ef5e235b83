"""Tests that facilitators can't find out who answered a survey by changing attendance marks.

The lists of messages would reveal who answered if they counted the recipients of a survey reminder.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from surveys.opening import get_or_create_survey
from surveys.submission import submit
from tests.people import signed_in
from workshops.models import Attendance, Workshop
from workshops.register import marking

ENDED = datetime(2027, 3, 18, 13, tzinfo=UTC)
PRESENT, ABSENT = marking.Entry(Attendance.Mark.PRESENT), marking.Entry(Attendance.Mark.ABSENT)


@pytest.fixture
def members(cohort: Cohort) -> list[Membership]:
    people = [
        User.objects.create_user(f"person{number}@example.org", f"Person {number}")
        for number in range(6)
    ]
    long_ago = ENDED - timedelta(days=60)
    return [
        Membership.objects.create(cohort=cohort, user=user, joined_at=long_ago) for user in people
    ]


@pytest.fixture
def workshop(cohort: Cohort, members: list[Membership], facilitator: User) -> Workshop:
    """A past workshop. Four of the six members are marked as present, and got the survey e-mail."""
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Who leads here?",
        starts_at=ENDED - timedelta(hours=3),
        ends_at=ENDED,
        scheduled_at=ENDED - timedelta(days=50),
    )
    entries = {member.pk: PRESENT for member in members[:4]}
    marking.mark_all(workshop=workshop, entries=entries, by=facilitator, at=ENDED)
    turn(ENDED + timedelta(hours=1))
    return workshop


def turn(moment: datetime) -> None:
    take_turn(lambda: moment)


def survey_lines(facilitator: User, cohort: Cohort, moment: datetime) -> list[str]:
    """Return the lines about surveys that a facilitator sees on the two pages with messages."""
    with time_machine.travel(moment, tick=False):
        client: Client = signed_in(facilitator)
        pages = [
            client.get(reverse(f"home:{name}", args=[cohort.public_id]))
            for name in ("message_list", "cohort_detail")
        ]
    items = [
        item
        for page in pages
        for item in re.findall(r"<li>(.*?)</li>", page.content.decode(), re.DOTALL)
    ]
    texts = [" ".join(re.sub("<[^>]+>", " ", item).split()) for item in items]
    return [text for text in texts if "survey" in text]


@pytest.mark.parametrize("day", [1, 4])
def test_marking_a_member_as_absent_does_not_reveal_whether_they_answered(
    workshop: Workshop, members: list[Membership], facilitator: User, day: int
) -> None:
    """Only one of two members has answered. Marking either as absent leads to the same pages."""
    moment = ENDED + timedelta(days=1)
    submit(
        survey=get_or_create_survey(workshop),
        membership=members[0],
        answers={"worth_time": 5},
        at=moment,
    )
    if day == 4:
        turn(ENDED + timedelta(days=4))
    seen = []
    for member in members[:2]:
        marking.mark(workshop=workshop, membership=member, entry=ABSENT, by=facilitator, at=moment)
        seen.append(survey_lines(facilitator, workshop.cohort, ENDED + timedelta(days=day)))
        marking.mark(workshop=workshop, membership=member, entry=PRESENT, by=facilitator, at=moment)
    assert seen[0] == seen[1]
    assert any("Reminder: survey not answered" in line for line in seen[0])
    assert not [line for line in seen[0] if re.search(r"\d+ (people|person)", line)]


def test_late_attendance_mark_adds_no_separate_line(
    workshop: Workshop, members: list[Membership], facilitator: User
) -> None:
    """A member marked as present a day later gets the survey and its reminder after the others."""
    seen = []
    for late, answers in ((members[4], False), (members[5], True)):
        moment = ENDED + timedelta(days=1)
        marking.mark(workshop=workshop, membership=late, entry=PRESENT, by=facilitator, at=moment)
        turn(moment)
        if answers:
            submit(
                survey=get_or_create_survey(workshop),
                membership=late,
                answers={"worth_time": 1},
                at=moment,
            )
        seen.append(survey_lines(facilitator, workshop.cohort, moment + timedelta(hours=1)))
        marking.mark(workshop=workshop, membership=late, entry=ABSENT, by=facilitator, at=moment)
    assert seen[0] == seen[1]
    turn(ENDED + timedelta(days=4))
    after = survey_lines(facilitator, workshop.cohort, ENDED + timedelta(days=4, hours=1))
    assert sum("Reminder: survey" in line for line in after) == 2  # once on each of the two pages


@pytest.mark.parametrize("days", [1, 4])
def test_reminder_to_a_sole_attendee_does_not_reveal_their_response(
    workshop: Workshop, members: list[Membership], facilitator: User, days: int
) -> None:
    """The survey's line does not depend on whether the only attendee has answered."""
    moment = ENDED + timedelta(days=1)
    submit(
        survey=get_or_create_survey(workshop),
        membership=members[0],
        answers={"worth_time": 5},
        at=moment,
    )
    seen = []
    for alone in members[:2]:
        entries = {member.pk: PRESENT if member == alone else ABSENT for member in members}
        marking.mark_all(workshop=workshop, entries=entries, by=facilitator, at=moment)
        seen.append(
            survey_lines(facilitator, workshop.cohort, ENDED + timedelta(days=days, hours=1))
        )
    if days == 4:
        turn(ENDED + timedelta(days=4))
        seen.append(
            survey_lines(facilitator, workshop.cohort, ENDED + timedelta(days=days, hours=1))
        )
    assert seen[1:] == seen[:1] * len(seen[1:])
    assert sum("Reminder: survey" in line for line in seen[0]) == 2
