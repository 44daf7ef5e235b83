"""The requeueing of messages that were dropped as no longer due, when they are due again."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox import overrides
from outbox.models import Message, OptOut, Outcome
from outbox.models.messages import DROPPED
from outbox.overrides import Occasion
from outbox.queueing import reopen, requeue_dropped
from outbox.rules import Rule, all_rules
from tests.concurrency import run_concurrently
from tests.factories import LONG_AGO, STARTS, turn_at, who_leads_here
from tests.queries import CapturedQueries
from tests.services import Letterbox
from workshops.models import Attendance, Workshop
from workshops.register import rsvp

pytestmark = pytest.mark.django_db(transaction=True)

DAY_BEFORE = datetime(2027, 3, 17, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ADDRESS = "dev@example.org"


def reminder() -> Message:
    return Message.objects.get(kind="day-before")


@pytest.fixture
def workshop(cohort: Cohort) -> Workshop:
    return who_leads_here(cohort)


@pytest.fixture
def member(cohort: Cohort, workshop: Workshop, smtp_server: Letterbox) -> Membership:
    """A member whose reminder was deferred, then dropped because they sent apologies."""
    user = User.objects.create_user(ADDRESS, "Dev Patel")
    member = Membership.objects.create(cohort=cohort, user=user, joined_at=LONG_AGO)
    turn_at(LONG_AGO)
    smtp_server.messages.clear()
    smtp_server.answers[ADDRESS] = "451 4.7.1 Greylisted"
    turn_at(DAY_BEFORE)
    smtp_server.answers.clear()
    answer(member, "apologies", DAY_BEFORE + 2 * MINUTE)
    turn_at(DAY_BEFORE + 3 * MINUTE)
    return member


def answer(member: Membership, answer: str, at: datetime) -> None:
    workshop = Workshop.objects.get()
    rsvp.save_answer(workshop=workshop, membership=member, answer=Attendance.Answer(answer), at=at)


def test_member_who_changes_to_coming_is_reminded_once(
    member: Membership, smtp_server: Letterbox
) -> None:
    assert reminder().reason == "It stopped being true before it was sent."
    answer(member, "coming", DAY_BEFORE + 4 * MINUTE)

    turns = [turn_at(DAY_BEFORE + minutes * MINUTE) for minutes in (5, 6)]

    assert [(turn.owed, turn.sent) for turn in turns] == [(1, 1), (0, 0)]
    assert len(smtp_server.to(ADDRESS)) == 1
    assert (reminder().status, reminder().reason) == ("sent", "")


def test_deleted_opt_out_requeues_the_message(member: Membership, smtp_server: Letterbox) -> None:
    opt_out = OptOut.objects.create(person=member.user, kind="day-before", at=DAY_BEFORE)
    answer(member, "coming", DAY_BEFORE + 4 * MINUTE)
    assert turn_at(DAY_BEFORE + 5 * MINUTE).sent == 0
    opt_out.delete()

    assert turn_at(DAY_BEFORE + 6 * MINUTE).sent == 1


def test_message_that_is_still_not_due_stays_dropped(member: Membership) -> None:
    turn = turn_at(DAY_BEFORE + 10 * MINUTE)

    assert (turn.owed, turn.dropped) == (0, 0)
    assert reminder().status == "dropped"


def test_message_is_not_requeued_after_its_window(member: Membership) -> None:
    answer(member, "coming", STARTS - MINUTE)

    assert turn_at(STARTS).owed == 0
    assert reminder().status == "dropped"


@pytest.mark.parametrize("outcome", [one for one in DROPPED if one is not Outcome.UNTRUE])
def test_message_dropped_for_another_cause_is_not_requeued(
    outcome: Outcome, member: Membership
) -> None:
    Message.objects.filter(kind="day-before").update(outcome=outcome)
    answer(member, "coming", DAY_BEFORE + 4 * MINUTE)

    assert turn_at(DAY_BEFORE + 5 * MINUTE).owed == 0


def test_skipped_message_is_not_requeued_until_restored(
    member: Membership, workshop: Workshop, facilitator: User
) -> None:
    occasion = Occasion(workshop.cohort_id, "day-before", workshop.pk)
    overrides.skip(occasion, by=facilitator, at=DAY_BEFORE + 4 * MINUTE)
    answer(member, "coming", DAY_BEFORE + 4 * MINUTE)
    assert turn_at(DAY_BEFORE + 5 * MINUTE).owed == 0
    overrides.send_after_all(occasion, at=DAY_BEFORE + 6 * MINUTE)

    assert turn_at(DAY_BEFORE + 7 * MINUTE).sent == 1


@pytest.mark.postgresql
def test_concurrent_turns_send_the_requeued_message_once(
    member: Membership, smtp_server: Letterbox
) -> None:
    answer(member, "coming", DAY_BEFORE + 4 * MINUTE)

    turns = run_concurrently([lambda: turn_at(DAY_BEFORE + 5 * MINUTE)] * 4)

    assert sum(turn.owed for turn in turns) == 1
    assert len(smtp_server.to(ADDRESS)) == 1


def test_only_kinds_with_dropped_messages_are_queried(member: Membership) -> None:
    with CapturedQueries() as asked:
        requeue_dropped(DAY_BEFORE + 5 * MINUTE)
    assert len(asked) == 2
    Message.objects.all().delete()

    with CapturedQueries() as asked:
        requeue_dropped(DAY_BEFORE + 5 * MINUTE)

    assert len(asked) == 1


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.kind)
def test_requeueing_of_every_rule_is_valid_sql(rule: Rule) -> None:
    assert reopen(rule, LONG_AGO, DAY_BEFORE) == 0
