"""Tests that a facilitator can't find out who answered a survey by changing addresses."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cohorts.enrolment import change_address, correct_address, may_change_address
from cohorts.models import Cohort, Membership
from outbox.delivery.claims import claim, release_untried
from outbox.delivery.outgoing import render
from outbox.delivery.precheck import claim_for_sending
from outbox.models import Message, Outcome
from outbox.queueing import generate
from outbox.rules import all_rules
from surveys.links import SURVEY_LINK
from surveys.models import Receipt
from tests.concurrency import run_concurrently
from tests.people import signed_in
from tests.privacy.address_changes.attacker import (
    BEFORE,
    HOUR,
    MINE,
    NO_SUCH,
    OLD,
    bounce,
    page_of,
    takes_over,
)
from tests.services import Letterbox
from tests.surveys.conftest import LONG_AGO, mark
from tests.surveys.pages import FULL, answer
from tests.surveys.sending import NUDGE_DUE, SURVEY_DUE, turn_at
from workshops.models import Attendance, AvailabilityPoll, Workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(
    cohort: Cohort,
    member: Membership,
    facilitator: User,
    workshop: Workshop,
    smtp_server: Letterbox,
    clock: time_machine.Traveller,
) -> tuple[Membership, Membership]:
    """Two participants to whom the survey was sent half an hour after the workshop."""
    user = User.objects.create_user("beryl.shaw@example.org", "Beryl Shaw")
    council = member.organisation
    other = Membership.objects.create(
        cohort=cohort, user=user, organisation=council, joined_at=LONG_AGO
    )
    mark(workshop, member, other)
    clock.move_to(SURVEY_DUE)
    turn_at(SURVEY_DUE)
    clock.move_to(SURVEY_DUE + HOUR)
    assert Message.objects.filter(kind="survey", sent_at__isnull=False).count() == 2
    return member, other


def answer_survey(member: Membership, workshop: Workshop) -> None:
    path = SURVEY_LINK.path(workshop.public_id, member.public_id)
    assert answer(Client(), path, FULL).status_code == 302
    assert Receipt.objects.filter(membership=member).exists()


def test_address_does_not_tell_who_has_answered(
    facilitator: User, asked: tuple[Membership, Membership], workshop: Workshop
) -> None:
    """Pages and refusals are the same for a member who has answered and one who has not."""
    answered, silent = asked
    answer_survey(answered, workshop)

    for name in ("cohorts:member_edit", "cohorts:member_address"):
        assert page_of(facilitator, answered, name) == page_of(facilitator, silent, name)
    assert [takes_over(facilitator, one) for one in asked] == [False, False]
    assert list(User.objects.exclude(acted_at=None)) == []
    assert list(User.objects.exclude(last_login=None)) == [facilitator]


def test_address_stays_closed_when_the_nudge_is_sent(
    facilitator: User,
    asked: tuple[Membership, Membership],
    workshop: Workshop,
    clock: time_machine.Traveller,
) -> None:
    answered, silent = asked
    answer_survey(answered, workshop)
    clock.move_to(NUDGE_DUE)
    turn_at(NUDGE_DUE)
    assert [message.recipient for message in Message.objects.filter(kind="survey-nudge")] == [
        silent.user
    ]

    for name in ("cohorts:member_edit", "cohorts:member_address"):
        assert page_of(facilitator, answered, name) == page_of(facilitator, silent, name)
    assert [takes_over(facilitator, one) for one in asked] == [False, False]


def test_facilitator_corrects_an_address_whose_survey_bounced(
    facilitator: User,
    asked: tuple[Membership, Membership],
    workshop: Workshop,
    smtp_server: Letterbox,
) -> None:
    """The survey bounced unanswered, so the facilitator may correct the address.

    Then the survey is sent to the new address, so the facilitator can't change that address.
    """
    member = asked[0]
    bounce(member, at=SURVEY_DUE)
    smtp_server.messages.clear()

    assert takes_over(facilitator, member, "amina.right@example.org")

    turn_at(SURVEY_DUE + HOUR)
    subjects = {str(mail["Subject"]) for mail in smtp_server.to("amina.right@example.org")}
    assert "How was “Trust under strain” for you?" in subjects
    assert not takes_over(facilitator, member)


def test_refused_survey_leaves_the_address_open_and_an_uncertain_one_does_not(
    facilitator: User, asked: tuple[Membership, Membership]
) -> None:
    member = asked[0]
    survey = Message.objects.filter(kind="survey", recipient=member.user_id)
    now = timezone.now()
    for outcome, facts, may in (
        (Outcome.REFUSED, {"failed_at": now, "reason": NO_SUCH}, True),
        (Outcome.SUPPRESSED, {"failed_at": now, "reason": NO_SUCH, "attempts": 0}, True),
        (Outcome.PENDING, {"attempts": 0}, True),
        # The mail server's reply was lost, so the e-mail may have arrived.
        (Outcome.DEFERRED, {"attempts": 1}, False),
        (Outcome.UNTRUE, {"dropped_at": now, "reason": "Answered", "attempts": 1}, False),
    ):
        empty = {"sent_at": None, "failed_at": None, "dropped_at": None, "reason": ""}
        survey.update(outcome=outcome, **{**empty, "attempts": 1, **facts})
        assert may_change_address(user=member.user, by=facilitator) is may, outcome


def test_nudge_that_arrived_after_the_survey_bounced_closes_the_address(
    facilitator: User,
    asked: tuple[Membership, Membership],
    workshop: Workshop,
    clock: time_machine.Traveller,
) -> None:
    """When the survey bounces, the person may already have answered by the link in the reminder."""
    clock.move_to(NUDGE_DUE)
    turn_at(NUDGE_DUE)
    bounce(asked[0], at=NUDGE_DUE + HOUR)
    assert not takes_over(facilitator, asked[0])
    bounce(asked[0], "survey-nudge", at=NUDGE_DUE + HOUR)
    assert takes_over(facilitator, asked[0])


def test_retrying_an_address_does_not_open_it(
    facilitator: User, asked: tuple[Membership, Membership], workshop: Workshop
) -> None:
    answer_survey(asked[0], workshop)
    for one in asked:
        path = reverse("cohorts:member_address_right", args=[one.public_id])
        signed_in(facilitator).post(path)
    turn_at(SURVEY_DUE + HOUR)

    assert [takes_over(facilitator, one) for one in asked] == [False, False]


def test_correction_by_an_administrator_does_not_tell_who_has_answered(
    facilitator: User,
    administrator: User,
    asked: tuple[Membership, Membership],
    workshop: Workshop,
    cohort: Cohort,
) -> None:
    """The survey is sent again although it was answered.

    If it were dropped, the page of its message, which has one recipient, would show that.
    """
    member, other = asked
    Attendance.objects.filter(membership=other).update(mark="absent")
    Message.objects.filter(kind="survey", recipient=other.user_id).delete()
    answer_survey(member, workshop)
    line = reverse("home:message_line", args=[cohort.public_id, "survey", workshop.pk])
    client = signed_in(facilitator)
    before = client.get(line).content.decode().count("Sent")

    correct_address(
        user=member.user, email="amina@example.org", by=administrator, at=timezone.now()
    )
    turn_at(SURVEY_DUE + 2 * HOUR)

    assert Message.objects.get(kind="survey", recipient=member.user_id).status == "sent"
    assert client.get(line).content.decode().count("Sent") == before > 0
    assert not takes_over(facilitator, member)


# At the moment when a survey is sent


@pytest.fixture
def due(member: Membership, facilitator: User, workshop: Workshop) -> Message:
    """A survey that is due and that no worker has claimed yet."""
    mark(workshop, member)
    generate(SURVEY_DUE)
    Message.objects.exclude(kind="survey").delete()
    return Message.objects.get(kind="survey")


def test_survey_claimed_by_a_worker_is_not_sent_to_the_old_address(
    due: Message, facilitator: User, member: Membership, workshop: Workshop
) -> None:
    [message] = claim("a-worker", SURVEY_DUE)
    rule = all_rules()["survey"]
    outgoing = render(message, rule)

    assert takes_over(facilitator, member)

    assert not claim_for_sending(outgoing.message, rule, "a-worker", SURVEY_DUE)
    due.refresh_from_db()
    assert (due.claim, due.attempts, due.outcome) == ("", 0, Outcome.PENDING)


def test_survey_past_the_pre_send_check_closes_the_address(
    due: Message, facilitator: User, member: Membership
) -> None:
    """The worker may already be sending the survey to the old address."""
    [message] = claim("a-worker", SURVEY_DUE)
    rule = all_rules()["survey"]
    assert claim_for_sending(render(message, rule).message, rule, "a-worker", SURVEY_DUE)

    assert not takes_over(facilitator, member)

    due.refresh_from_db()
    assert (due.claim, due.attempts) == ("a-worker", 1)


@pytest.mark.postgresql
def test_change_waits_for_a_pre_send_check_that_is_running(
    due: Message, facilitator: User, member: Membership
) -> None:
    """Without the wait, the survey would go to the old address after the change."""
    claim("a-worker", SURVEY_DUE)
    other = connection.copy()
    with closing(other), other.cursor() as cursor, transaction.atomic():
        cursor.execute("BEGIN")
        cursor.execute("UPDATE outbox_message SET attempts = 1 WHERE id = %s", [due.pk])
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = '10s'")
        with connection.cursor() as ours:
            ours.execute("SET LOCAL lock_timeout = '300ms'")
        with pytest.raises(Exception, match="lock timeout"), transaction.atomic():
            release_untried(member.user)
        cursor.execute("COMMIT")
        release_untried(member.user)
    due.refresh_from_db()
    assert (due.claim, due.attempts) == ("a-worker", 1)
    assert not takes_over(facilitator, member)


@pytest.mark.postgresql
def test_act_and_change_at_the_same_moment_are_serialised(
    facilitator: User, member: Membership, workshop: Workshop, poll: AvailabilityPoll
) -> None:
    """If the act is first, the change of address is refused."""

    def take() -> datetime:
        with transaction.atomic():
            change_address(user=member.user, email=MINE, by=facilitator)
        return timezone.now()

    def act() -> None:
        with transaction.atomic():
            User.objects.record_act(member.user_id, at=BEFORE)

    results = run_concurrently([take, act], refused=ValidationError)
    user = User.objects.get(pk=member.user_id)
    assert user.acted_at == BEFORE
    assert (user.email == OLD) == isinstance(results[0], ValidationError)
    with pytest.raises(ValidationError):
        change_address(user=user, email="again@example.org", by=facilitator)
