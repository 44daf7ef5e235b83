"""The e-mail that deletes all future workshops from a removed member's calendar."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import User
from cohorts.enrolment import enrol, leave
from cohorts.models import Cohort, Membership
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.entries import (
    DAY,
    PLANNED,
    WEEK,
    entries_in,
    parts,
    text_of,
    turn_at,
)
from workshops.calendar.ical import uid_of
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

Schedule = Callable[..., Workshop]


@pytest.fixture
def invited_to_three(
    calendar_mail_server: Letterbox,
    workshops: list[Workshop],
    dated_workshop: Workshop,
    schedule: Schedule,
    amina: Membership,
) -> Letterbox:
    """A mail server, after Amina has received the entries of three workshops."""
    for number in (3, 4):
        schedule(workshops[number], STARTS + number * WEEK, at=PLANNED)
    assert turn_at(PLANNED).sent == 1
    calendar_mail_server.messages.clear()
    return calendar_mail_server


def test_removed_member_gets_one_email_about_all_entries(
    invited_to_three: Letterbox, workshops: list[Workshop], amina: Membership, facilitator: User
) -> None:
    removed = PLANNED + DAY
    leave(membership=amina, by=facilitator, at=removed)
    for days in (0, 1, 5, 60):
        turn_at(removed + days * DAY)
    workshops[3].cancel(by=facilitator, at=removed + 61 * DAY)
    turn_at(removed + 61 * DAY)

    [mail] = invited_to_three.to("amina.rahman@example.org")
    assert mail["Subject"] == "You are no longer in North East, spring 2027"
    words = " ".join(text_of(mail).split())
    assert "its 3 workshops to come go from your calendar" in words
    for workshop in workshops[2:5]:
        assert workshop.title in words
    # Only one file: calendar programs process an invitation only if it has one UID.
    assert "text/calendar" not in parts(mail)
    events = entries_in(mail)
    assert [event["STATUS"] for event in events] == ["CANCELLED"] * 3
    assert [event["SEQUENCE"] for event in events] == [2, 2, 2]
    assert {event["UID"] for event in events} == {uid_of(one) for one in workshops[2:5]}


def test_silently_removed_member_gets_no_email(
    invited_to_three: Letterbox, workshops: list[Workshop], amina: Membership, facilitator: User
) -> None:
    leave(membership=amina, by=facilitator, at=PLANNED + DAY, silently=True)
    turn_at(PLANNED + DAY)
    workshops[3].cancel(by=facilitator, at=PLANNED + 2 * DAY)
    turn_at(PLANNED + 2 * DAY)

    assert invited_to_three.to("amina.rahman@example.org") == []


def test_removed_member_who_returns_gets_entries_again(
    invited_to_three: Letterbox, cohort: Cohort, amina: Membership, facilitator: User
) -> None:
    leave(membership=amina, by=facilitator, at=PLANNED + DAY)
    turn_at(PLANNED + DAY)
    back = PLANNED + 2 * DAY
    enrol(cohort=cohort, email=amina.user.email, name="", by=facilitator, at=back)
    turn_at(back)
    _off, again = invited_to_three.to("amina.rahman@example.org")
    events = entries_in(again)
    assert [(one["SEQUENCE"], one["STATUS"]) for one in events] == [(3, "CONFIRMED")] * 3
    leave(membership=amina.user.memberships.active().get(), by=facilitator, at=back + DAY)
    turn_at(back + DAY)
    assert len(invited_to_three.to("amina.rahman@example.org")) == 3
