"""Tests of the e-mails that ask “Who do you know here?”."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.claimed import is_claimed
from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.models import Message, OptOut
from outbox.rules import Rule, Visibility, all_rules
from relationships.answers import leave_list, save_answers
from relationships.deliveries import who_may_have_got_round
from relationships.links import invitee_of
from relationships.models import Occasion, Round
from relationships.opening import open_due_rounds, open_round
from tests.relationships.conftest import (
    END_CLOSED,
    END_OPENS,
    START_CLOSED,
    START_OPENS,
    Rounds,
    closed,
    finish,
    make_people,
    opened,
)
from tests.services import Letterbox
from tests.surveys.sending import SECOND, recipients, turn_at, users_of

# Three days after a Thursday is a Sunday; the reminder is due on Monday. Six days later is a
# Wednesday, the day before the workshop.
NUDGE_DUE = datetime(2027, 1, 11, 9, tzinfo=UTC)
LAST_NUDGE_DUE = datetime(2027, 1, 13, 9, tzinfo=UTC)
KINDS = ("round", "round-nudge", "round-nudge-2")


@pytest.fixture
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


@pytest.mark.django_db(transaction=True)
def test_people_without_a_receipt_are_asked_and_reminded_twice_at_most(
    server: Letterbox, rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    quick, partial, off, gone, *others = people
    turn_at(START_OPENS - SECOND)
    start = opened(rounds[Occasion.START], at=START_OPENS)
    turn_at(START_OPENS)
    assert recipients("round") == users_of(*people)
    later = START_OPENS + timedelta(hours=1)
    finish(start, quick, {}, at=later)
    save_answers(one=start, membership=partial, levels={quick.pk: 1}, at=later)
    leave_list(one=start, membership=off, at=later)
    gone.leave(by=None, at=later)
    turn_at(NUDGE_DUE - SECOND)
    assert recipients("round-nudge") == set()
    turn_at(NUDGE_DUE)
    assert recipients("round-nudge") == users_of(partial, *others)
    finish(start, partial, {}, at=NUDGE_DUE)
    turn_at(LAST_NUDGE_DUE)
    assert recipients("round-nudge-2") == users_of(*others)
    before = Message.objects.filter(kind__in=KINDS, sent_at__isnull=False).count()
    for days in range(1, 9):
        turn_at(LAST_NUDGE_DUE + timedelta(days=days))
    assert Message.objects.filter(kind__in=KINDS, sent_at__isnull=False).count() == before


@pytest.mark.django_db(transaction=True)
def test_link_in_the_e_mail_opens_the_round(
    server: Letterbox, rounds: Rounds, people: list[Membership]
) -> None:
    start = opened(rounds[Occasion.START], at=START_OPENS)
    turn_at(START_OPENS)
    letter = next(
        one
        for one in server.messages
        if people[0].user.email in str(one["To"]) and "Who do you know" in str(one["Subject"])
    )
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "Nobody sees what you say of anyone" in text
    [token] = [word.split("/")[-2] for word in text.split() if "/who-do-you-know/" in word]
    invitee = invitee_of(token)
    assert invitee
    assert (invitee.round, invitee.membership) == (start, people[0])


@pytest.mark.django_db(transaction=True)
def test_late_joiner_is_asked_when_added(
    server: Letterbox, rounds: Rounds, people: list[Membership], cohort: Cohort
) -> None:
    opened(rounds[Occasion.START], at=START_OPENS)
    turn_at(START_OPENS)
    joined = START_OPENS + timedelta(days=2)
    [late] = make_people(cohort, 1, at=joined)
    open_due_rounds(at=joined)
    turn_at(joined + SECOND)
    assert late.user_id in recipients("round")


@pytest.mark.django_db(transaction=True)
def test_each_round_asks_again_and_opting_out_stops_all(
    server: Letterbox, rounds: Rounds, people: list[Membership]
) -> None:
    OptOut.objects.create(person=people[0].user, kind="round", at=START_OPENS)
    opened(rounds[Occasion.START], at=START_OPENS)
    turn_at(START_OPENS)
    turn_at(NUDGE_DUE)
    assert people[0].user_id not in recipients("round") | recipients("round-nudge")
    closed(rounds[Occasion.START], at=START_CLOSED)
    opened(rounds[Occasion.END], at=END_OPENS)
    turn_at(END_OPENS)
    assert Message.objects.filter(kind="round", sent_at__isnull=False).count() == 2 * 11


@pytest.mark.django_db(transaction=True)
def test_nothing_is_sent_while_it_is_off_or_archived(
    server: Letterbox, rounds: Rounds, people: list[Membership], cohort: Cohort, facilitator: User
) -> None:
    opened(rounds[Occasion.START], at=START_OPENS)
    cohort.uses_relationships = False
    cohort.save()
    turn_at(START_OPENS)
    cohort.uses_relationships = True
    cohort.save()
    cohort.archive(by=facilitator, at=START_OPENS)
    turn_at(START_OPENS + timedelta(hours=1))
    assert recipients("round") == set()


def planned(rule: Rule, since: datetime, until: datetime) -> list[int]:
    """Return the pks of the rounds in the rule's plan."""
    rows = rule.planned(since, until)
    assert rows is not None
    return list(rows.values_list("owed_subject", flat=True))


def test_plan_shows_a_round_before_it_opens_and_not_who_has_answered(
    rounds: Rounds, people: list[Membership]
) -> None:
    rule = all_rules()["round"]
    before, after = START_OPENS - SECOND, START_OPENS + SECOND
    assert rule.visibility == Visibility.SCHEDULE
    assert not rule.owed(after).exists()
    assert planned(rule, before, after) == [rounds[Occasion.START].pk]
    start = opened(rounds[Occasion.START], at=START_OPENS)
    finish(start, people[0], {})
    assert rule.owed(after).count() == 11
    assert planned(rule, before, after) == [start.pk]


def test_plan_leaves_out_rounds_that_no_longer_open(
    rounds: Rounds, people: list[Membership]
) -> None:
    Round.objects.update(made_at=START_CLOSED)
    rule = all_rules()["round"]
    assert planned(rule, START_OPENS - SECOND, START_CLOSED) == []
    assert planned(rule, END_OPENS - SECOND, END_CLOSED) == [rounds[Occasion.END].pk]


def test_round_opened_by_hand_is_owed_from_then_on(
    rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    early = START_OPENS - timedelta(days=2)
    open_round(rounds[Occasion.START], by=facilitator, at=early)
    assert all_rules()["round"].owed(early).count() == 12


@pytest.mark.django_db(transaction=True)
def test_address_of_somebody_who_was_asked_is_an_administrators_to_change(
    server: Letterbox, rounds: Rounds, people: list[Membership], cohort: Cohort
) -> None:
    assert not is_claimed(people[0].user)
    opened(rounds[Occasion.START], at=START_OPENS)
    turn_at(START_OPENS)
    assert is_claimed(people[0].user)
    asked = set(who_may_have_got_round(Membership.objects.filter(cohort=cohort)))
    assert asked == {one.pk for one in people}
