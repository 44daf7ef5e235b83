"""Tests that the preview of a change lists the messages that it will send, and saves nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Membership
from outbox.forecast import foresee
from outbox.models import Message
from outbox.queueing import generate
from tests.factories import FEBRUARY, STARTS
from tests.queries import CapturedQueries
from workshops.changes import move_preview
from workshops.changes.move_preview import AnswerCounts, RescheduledMessage
from workshops.models import Change, Workshop
from workshops.register import rsvp
from workshops.times import Arrangement, Slot

WEEK, LENGTH, HOUR = timedelta(weeks=1), timedelta(minutes=210), timedelta(hours=1)
CURRENT = Arrangement(Slot(STARTS, STARTS + LENGTH), "", "")
WEEK_LATER = Arrangement(Slot(STARTS + WEEK, STARTS + WEEK + LENGTH), "", "")
REMINDERS = {"First reminder", "Last reminder"}
SURVEYS = {"Feedback survey", "Reminder: survey not answered"}
Join = Callable[..., Membership]


@pytest.fixture
def workshop(workshops: list[Workshop]) -> Workshop:
    workshops[3].arrange(CURRENT, at=FEBRUARY - WEEK)
    return workshops[3]


def by_title(
    shifts: list[RescheduledMessage], titles: set[str]
) -> dict[str, tuple[datetime | None, ...]]:
    return {
        message.title: (message.before, message.after)
        for message in shifts
        if message.title in titles
    }


def at_nine(day: int) -> datetime:
    return datetime(2027, 3, day, 9, tzinfo=UTC)


def test_preview_reschedules_reminders_and_survey(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    for name in ("Ann", "Ben"):
        join(name)
    found = move_preview.preview_move(workshop, WEEK_LATER, by=facilitator, at=FEBRUARY)
    assert by_title(found.rescheduled, REMINDERS) == {
        "First reminder": (at_nine(11), at_nine(18)),
        "Last reminder": (at_nine(17), at_nine(24)),
    }
    ends = STARTS + LENGTH + timedelta(minutes=30)
    assert by_title(found.rescheduled, SURVEYS) == {
        "Feedback survey": (ends, ends + WEEK),
        # The third day after the workshop is Sunday 21 March; after the move, Easter Sunday. So
        # the reminder moves from a Monday to a Tuesday, when 9am in London is 8:00 UTC.
        "Reminder: survey not answered": (at_nine(22), datetime(2027, 3, 30, 8, tzinfo=UTC)),
    }
    assert {message.people for message in found.rescheduled if message.title in REMINDERS} == {2}
    assert {message.people for message in found.rescheduled if message.title in SURVEYS} == {None}


def test_preview_saves_nothing(facilitator: User, workshop: Workshop, join: Join) -> None:
    join("Ann")
    move_preview.preview_move(workshop, WEEK_LATER, by=facilitator, at=FEBRUARY)
    move_preview.preview_cancel(workshop, by=facilitator, at=FEBRUARY)
    saved = Workshop.objects.get(pk=workshop.pk)
    assert (saved.arrangement, saved.is_cancelled, workshop.arrangement) == (
        CURRENT,
        False,
        CURRENT,
    )
    assert (Change.objects.count(), Message.objects.count()) == (1, 0)


def test_preview_of_first_date_lists_immediate_invitations(
    facilitator: User, participant: User, workshops: list[Workshop]
) -> None:
    Membership.objects.update(joined_at=FEBRUARY - WEEK)
    found = move_preview.preview_move(workshops[0], CURRENT, by=facilitator, at=FEBRUARY)
    names = {one.title: one.names for one in found.immediate}
    assert names["Invitation to the cohort"] == ["Amina Rahman", "Ruth Okafor"]
    assert by_title(found.rescheduled, REMINDERS) == {
        "First reminder": (None, at_nine(11)),
        "Last reminder": (None, at_nine(17)),
    }


def test_preview_lists_everyone_notified_immediately(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann", joined_at=FEBRUARY - WEEK)
    Membership.objects.filter(user=facilitator).update(joined_at=FEBRUARY - WEEK)
    generate(FEBRUARY - HOUR)
    Message.objects.update(outcome="sent", sent_at=FEBRUARY - HOUR)
    everybody = ["Ann", "Ruth Okafor"]
    for preview, title in (
        (
            move_preview.preview_move(workshop, WEEK_LATER, by=facilitator, at=FEBRUARY),
            "Change to a workshop",
        ),
        (
            move_preview.preview_cancel(workshop, by=facilitator, at=FEBRUARY),
            "Calendar cancellation",
        ),
    ):
        assert [(sent.title, sent.names) for sent in preview.immediate] == [(title, everybody)]


def test_preview_of_move_reminds_everyone_and_counts_answers_to_reset(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    rsvp.save_answer(workshop=workshop, membership=join("Ann"), answer="apologies", at=FEBRUARY)
    rsvp.save_answer(workshop=workshop, membership=join("Ben"), answer="coming", at=FEBRUARY)
    later = Arrangement(Slot(STARTS + HOUR, STARTS + HOUR + LENGTH), "", "")
    found = move_preview.preview_move(workshop, later, by=facilitator, at=FEBRUARY)
    (message,) = (one for one in found.rescheduled if one.title == "First reminder")
    assert (message.has_same_time, message.people) == (True, 2)
    assert move_preview.answers_to_reset(workshop, later.slot, FEBRUARY) == AnswerCounts(
        coming=1, apologies=1
    )
    for same in (CURRENT.slot, Slot(FEBRUARY - WEEK, FEBRUARY)):
        assert not move_preview.answers_to_reset(workshop, same, FEBRUARY)


def test_venue_change_reschedules_nothing(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann")
    found = move_preview.preview_move(
        workshop, Arrangement(CURRENT.slot, "Library", ""), by=facilitator, at=FEBRUARY
    )
    assert by_title(found.rescheduled, REMINDERS | SURVEYS) == {}


def test_preview_of_cancellation_stops_all_messages(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann")
    found = move_preview.preview_cancel(workshop, by=facilitator, at=FEBRUARY)
    assert by_title(found.rescheduled, REMINDERS) == {
        "First reminder": (at_nine(11), None),
        "Last reminder": (at_nine(17), None),
    }
    assert {message.after for message in found.rescheduled} == {None}


def test_reinstated_workshop_sends_same_messages_as_new_one(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    """Messages that were sent before the cancellation, such as a reminder, are sent again."""
    for name in ("Ann", "Ben"):
        join(name, joined_at=FEBRUARY - WEEK)
    group_id, until = workshop.cohort_id, STARTS + 2 * WEEK
    afterwards = at_nine(11) + HOUR
    for moment in (FEBRUARY, afterwards):
        generate(moment)
    Message.objects.update(outcome="sent", sent_at=afterwards)
    assert Message.objects.filter(kind="week-before").count() == 2
    workshop.cancel(by=facilitator, at=afterwards)
    generate(afterwards)
    Message.objects.update(outcome="sent", sent_at=afterwards)
    later = Arrangement(Slot(STARTS + 2 * WEEK, STARTS + 2 * WEEK + LENGTH), "", "")
    until += 4 * WEEK
    workshop.arrange(later, by=facilitator, at=afterwards + HOUR)
    workshop.reinstate(by=facilitator, at=afterwards + 2 * HOUR)
    again = foresee(group_id, afterwards + 2 * HOUR, until)
    new = Workshop.objects.create(cohort=workshop.cohort, position=9, title="A new one")
    workshop.cancel(by=facilitator, at=afterwards + 2 * HOUR)
    new.arrange(later, by=facilitator, at=afterwards + 2 * HOUR)
    of_new_one = [
        one for one in foresee(group_id, afterwards + 2 * HOUR, until) if one.subject_id == new.pk
    ]
    # The calendar has an entry of the old workshop, and none of the new one.
    assert {one.kind for one in again} - {one.kind for one in of_new_one} == {"calendar"}
    assert [(one.kind, one.due_at, one.recipient) for one in again if one.kind != "calendar"] == [
        (one.kind, one.due_at, one.recipient) for one in of_new_one
    ]
    assert {one.kind for one in again} >= {"week-before", "day-before", "survey", "survey-nudge"}


def test_reminder_is_generated_again_after_reinstating(
    facilitator: User, workshop: Workshop, join: Join
) -> None:
    join("Ann")
    generate(at_nine(11))
    workshop.cancel(by=facilitator, at=FEBRUARY)
    workshop.reinstate(by=facilitator, at=at_nine(11))
    assert generate(at_nine(11)) >= 1
    assert Message.objects.filter(kind="week-before").count() == 2


@pytest.mark.parametrize("people", [1, 30])
def test_preview_query_count_is_constant(
    facilitator: User, workshop: Workshop, join: Join, people: int
) -> None:
    for number in range(people):
        join(f"Person {number}")
    with CapturedQueries() as queries:
        move_preview.preview_move(workshop, WEEK_LATER, by=facilitator, at=FEBRUARY)
    assert len(queries) <= 13
