"""Tests of the e-mails about introductions: who gets which, and what each says."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from home.messages.timeline import timeline
from outbox.models import Message, OptOut
from outbox.preferences.preferences import optional_rules_for, required_rules_for
from outbox.rules import all_rules
from sets.introductions.emails import KINDS
from sets.introductions.making import make_due_rounds
from sets.introductions.taking_part import answer, stop
from tests.services import Letterbox
from tests.sets.introductions.conftest import A_DAY, MARCH, MARCH_ENDS, Meet, introducee
from tests.surveys.sending import recipients, turn_at, users_of
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)
SOON = MARCH + A_DAY


@pytest.fixture
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def turn(moment: datetime) -> None:
    """Run the minutely task, and then the sending loop."""
    make_due_rounds(at=moment)
    turn_at(moment)


def letters_to(server: Letterbox, member: Membership, words: str = "") -> list[EmailMessage]:
    return [
        letter
        for letter in server.messages
        if letter["To"] == member.user.email and words in str(letter["Subject"])
    ]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


def test_each_is_asked_about_the_other_without_an_address(server: Letterbox, meet: Meet) -> None:
    one, other = meet(2)
    turn(MARCH)
    assert recipients("introduction") == users_of(one, other)
    [letter] = letters_to(server, one, "Someone you haven’t met yet")
    text = text_of(letter)
    for shown in (other.user.name, str(other.organisation), f"Fewer forms for {other.user.name}."):
        assert shown in text
    assert other.user.email not in text
    assert "/introductions/" in text
    assert "Thursday 1 April 2027" in text


def test_addresses_go_to_all_once_all_have_said_yes(server: Letterbox, meet: Meet) -> None:
    one, other = meet(2)
    turn(MARCH)
    answer(introducee=introducee(one), says="yes", at=SOON)
    turn(SOON)
    assert recipients("introduction-made") == set()
    answer(introducee=introducee(other), says="yes", at=SOON)
    turn(SOON)
    assert recipients("introduction-made") == users_of(one, other)
    [letter] = letters_to(server, one, "You’re introduced")
    assert other.user.email in text_of(letter)
    assert letter["Reply-To"] == other.user.email
    turn(MARCH_ENDS)
    assert recipients("introduction-ended") == set()


def test_who_said_yes_in_vain_hears_at_the_end_without_a_reason(
    server: Letterbox, meet: Meet
) -> None:
    one, other = meet(2)
    turn(MARCH)
    answer(introducee=introducee(one), says="yes", at=SOON)
    answer(introducee=introducee(other), says="not-now", at=SOON)
    turn(SOON)
    assert recipients("introduction-ended") == set()
    turn(MARCH_ENDS)
    assert recipients("introduction-ended") == users_of(one)
    [letter] = letters_to(server, one, "didn’t come about")
    text = text_of(letter)
    assert other.user.name not in text
    assert "Monday 19 April 2027" in text


def test_no_and_no_answer_look_the_same_to_the_other(server: Letterbox, meet: Meet) -> None:
    """Two pairs: in one somebody says no, in the other nobody answers."""
    meet(4)
    turn(MARCH)
    asked = list(Membership.objects.participating().order_by("pk"))
    first = introducee(asked[0]).introduction
    assert first is not None
    seconds = [one for one in asked[1:] if introducee(one).introduction == first]
    willing = [asked[0], next(one for one in asked if introducee(one).introduction != first)]
    for member in willing:
        answer(introducee=introducee(member), says="yes", at=SOON)
    answer(introducee=introducee(seconds[0]), says="not-now", at=SOON)
    turn(MARCH_ENDS)
    assert recipients("introduction-ended") == users_of(*willing)
    texts = [
        text_of(letters_to(server, one, "come about")[0]).replace(one.user.first_name, "")
        for one in willing
    ]
    without_links = [text.split("See your introductions")[0] for text in texts]
    assert without_links[0] == without_links[1]


def test_somebody_with_nobody_to_meet_is_told(server: Letterbox, meet: Meet) -> None:
    [member] = meet(1)
    turn(MARCH)
    assert recipients("introduction-nobody") == users_of(member)
    [letter] = letters_to(server, member, "Nobody new")
    assert "Monday 19 April 2027" in text_of(letter)


def test_who_answered_already_or_left_is_not_asked(server: Letterbox, meet: Meet) -> None:
    members = meet(4)
    make_due_rounds(at=MARCH)
    answer(introducee=introducee(members[0]), says="yes", at=MARCH)
    gone = next(
        one
        for one in members[1:]
        if introducee(one).introduction != introducee(members[0]).introduction
    )
    gone.leave(by=None, at=MARCH)
    alone = next(
        one
        for one in members
        if one != gone and introducee(one).introduction == introducee(gone).introduction
    )
    turn_at(MARCH)
    asked = recipients("introduction")
    assert not asked & users_of(members[0], gone, alone)
    assert len(asked) == 1


def test_nothing_is_sent_if_switched_off_or_archived(
    server: Letterbox, cohort: Cohort, meet: Meet, facilitator: User
) -> None:
    meet(3)
    make_due_rounds(at=MARCH)
    Cohort.objects.update(uses_introductions=False)
    turn(MARCH)
    Cohort.objects.update(uses_introductions=True)
    cohort.archive(by=facilitator, at=MARCH)
    turn(MARCH)
    assert not Message.objects.filter(kind__in=KINDS).exists()


def test_opting_out_of_the_e_mail_ends_taking_part(server: Letterbox, meet: Meet) -> None:
    one, other = meet(2)
    OptOut.objects.create(person=one.user, kind="introduction", at=MARCH - A_DAY)
    turn(MARCH)
    assert recipients("introduction") == set()
    assert recipients("introduction-nobody") == users_of(other)


def test_stopping_before_the_others_answer_sends_no_address(server: Letterbox, meet: Meet) -> None:
    one, other = meet(2)
    turn(MARCH)
    answer(introducee=introducee(one), says="yes", at=SOON)
    stop(membership=one, at=SOON)
    answer(introducee=introducee(other), says="yes", at=SOON)
    turn(MARCH_ENDS)
    assert recipients("introduction-made") == set()
    assert recipients("introduction-ended") == users_of(other)


def test_no_list_of_the_cohorts_messages_shows_them(
    server: Letterbox, cohort: Cohort, meet: Meet, series: list[Workshop]
) -> None:
    meet(3)
    turn(MARCH)
    assert recipients("introduction")
    found = timeline(cohort, series, MARCH + timedelta(hours=1), KINDS, says_why=False)
    assert (list(found.before), list(found.after)) == ([], [])


def test_preferences_list_them_only_in_cohorts_that_use_introductions(meet: Meet) -> None:
    [member] = meet(1)

    def listed() -> set[str]:
        rules = (*optional_rules_for(member.user), *required_rules_for(member.user))
        return {rule.kind for rule in rules} & set(KINDS)

    assert listed() == set(KINDS)
    Cohort.objects.update(uses_introductions=False)
    assert listed() == set()
    assert all(all_rules()[kind].feature == "uses_introductions" for kind in KINDS)
