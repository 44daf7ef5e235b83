"""Walk-ins without an e-mail address: what they are owed before and after one is added."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.enrolment import correct_address
from cohorts.models import Cohort, Membership
from outbox.forecast import foresee, tallies
from outbox.models import Message
from outbox.queueing import generate
from tests.factories import FIVE_MINUTES_IN, STARTS
from workshops.availability import polls
from workshops.calendar.entries import ENTRIES
from workshops.messages.invitations import INVITATION
from workshops.models import Attendance, Workshop
from workshops.register import walk_ins
from workshops.times import HalfDay

DAY = timedelta(days=1)
THREE_WEEKS_LATER = FIVE_MINUTES_IN + 21 * DAY


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    """A workshop that has just begun. Another one follows six weeks later."""
    schedule(workshops[4], STARTS + 42 * DAY)
    return schedule(workshops[3], STARTS)


@pytest.fixture
def walk_in(workshop: Workshop, facilitator: User) -> Membership:
    return add(workshop, facilitator)


def add(workshop: Workshop, by: User) -> Membership:
    return walk_ins.add(workshop=workshop, email="", name="Zoe Walker", by=by, at=FIVE_MINUTES_IN)


def kinds_owed(member: Membership, moment: datetime) -> list[str]:
    """Run the message rules, and return the kinds of all the member's messages."""
    generate(moment)
    return sorted(Message.objects.filter(recipient=member.user).values_list("kind", flat=True))


def open_poll(cohort: Cohort, by: User) -> None:
    polls.open_poll(
        cohort=cohort,
        first=(STARTS + 60 * DAY).date(),
        last=(STARTS + 90 * DAY).date(),
        weekdays=(1, 2, 3),
        halves=[HalfDay.MORNING],
        closes_at=FIVE_MINUTES_IN + 28 * DAY,
        by=by,
        at=FIVE_MINUTES_IN + DAY,
    )


def test_two_walk_ins_with_one_name_are_two_people(
    workshop: Workshop, walk_in: Membership, facilitator: User
) -> None:
    second = add(workshop, facilitator)
    assert second.user_id != walk_in.user_id
    assert list(Attendance.objects.filter(mark="present").values_list("membership", flat=True)) == [
        walk_in.pk,
        second.pk,
    ]


def test_walk_in_without_address_who_left_is_suggested_and_comes_back(
    workshop: Workshop, walk_in: Membership, facilitator: User
) -> None:
    walk_in.leave(by=facilitator, at=FIVE_MINUTES_IN + DAY)
    later = workshop.cohort.workshops.get(position=5)
    found = walk_ins.suggestions(workshop=later, by=facilitator, words="zoe")
    assert [(one.membership, one.why) for one in found] == [(walk_in, "was in this cohort before")]
    assert later.starts_at is not None
    for _ in range(2):
        member = walk_ins.add_known(
            workshop=later, known=walk_in, by=facilitator, at=later.starts_at
        )
    assert (member.user, member.pk != walk_in.pk) == (walk_in.user, True)
    assert later.attendances.marked().get().membership == member


def test_nothing_is_owed_or_foreseen_without_an_address(
    workshop: Workshop, walk_in: Membership, facilitator: User, join: Callable[..., Membership]
) -> None:
    join("Ann Able")
    open_poll(workshop.cohort, facilitator)
    moments = [FIVE_MINUTES_IN + days * DAY for days in range(45)]
    assert [kinds_owed(walk_in, moment) for moment in moments] == [[]] * 45
    assert Message.objects.filter(recipient__name="Ann Able").exists()
    ahead = foresee(workshop.cohort_id, FIVE_MINUTES_IN, FIVE_MINUTES_IN + 400 * DAY)
    assert walk_in.user_id not in {one.recipient for one in ahead}


def test_tallies_count_nobody_without_an_address(
    workshop: Workshop, walk_in: Membership, join: Callable[..., Membership]
) -> None:
    join("Ann Able")
    found = tallies(workshop.cohort_id, FIVE_MINUTES_IN, ["week-before"])
    assert [one.people for one in found if one.due_at > FIVE_MINUTES_IN] == [1]


def test_first_address_brings_what_a_new_member_gets(
    workshop: Workshop, walk_in: Membership, facilitator: User
) -> None:
    open_poll(workshop.cohort, facilitator)
    correct_address(
        user=walk_in.user, email="zoe@example.org", by=facilitator, at=THREE_WEEKS_LATER
    )
    assert kinds_owed(walk_in, THREE_WEEKS_LATER) == [
        "availability",
        "calendar-entries",
        "invitation",
    ]
    messages = Message.objects.filter(recipient=walk_in.user)
    assert {one.due_at for one in messages} == {THREE_WEEKS_LATER}
    invitation = messages.get(kind="invitation")
    assert "Learning by trying" in INVITATION.compose(invitation).text
    entries = ENTRIES.compose(messages.get(kind="calendar-entries"))
    assert entries.calendar.count("BEGIN:VEVENT") == 1


def test_first_address_brings_the_survey_if_it_is_not_too_late(
    workshop: Workshop, walk_in: Membership, facilitator: User
) -> None:
    at = FIVE_MINUTES_IN + DAY
    assert kinds_owed(walk_in, at) == []
    correct_address(user=walk_in.user, email="zoe@example.org", by=facilitator, at=at)
    assert kinds_owed(walk_in, at) == ["calendar-entries", "invitation", "survey"]
