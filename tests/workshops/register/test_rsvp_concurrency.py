"""Concurrent RSVPs of one member, and an RSVP that is made while the workshop is moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Membership
from tests.concurrency import run_concurrently
from workshops.models import Attendance, Workshop
from workshops.register import rsvp
from workshops.register.rsvp import AnswerRefusedError, Invitee
from workshops.times import Arrangement, Slot

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

STARTS = datetime(2099, 3, 18, 9, 30, tzinfo=UTC)
NOW = STARTS - timedelta(days=6)


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def member(participant: User) -> Membership:
    return participant.memberships.select_related("user").get()


def current_invitee(workshop: Workshop, member: Membership) -> Invitee:
    return Invitee(Workshop.objects.get(pk=workshop.pk), member)


def test_concurrent_rsvps_create_one_row(workshop: Workshop, member: Membership) -> None:
    answers = ["coming", "apologies"] * 4
    acts = [
        lambda answer=answer: rsvp.submit(
            current_invitee(workshop, member),
            answer=answer,
            note="A word.",
            seen_version="",
            at=NOW,
        )
        for answer in answers
    ]
    run_concurrently(acts)
    row = Attendance.objects.get()
    assert (row.answer, row.note) in {("coming", ""), ("apologies", "A word.")}


def test_rsvp_during_move_is_not_saved_for_new_date(workshop: Workshop, member: Membership) -> None:
    seen = str(workshop.version)
    later = Slot(STARTS + timedelta(days=7), STARTS + timedelta(days=7, hours=3))

    def say() -> None:
        rsvp.submit(
            current_invitee(workshop, member), answer="coming", note=None, seen_version=seen, at=NOW
        )

    def move() -> None:
        Workshop.objects.get(pk=workshop.pk).arrange(Arrangement(later, "", ""), at=NOW)

    run_concurrently([say, move, say], refused=AnswerRefusedError)
    assert not Attendance.objects.exclude(answer="").exists()
