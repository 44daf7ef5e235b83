"""The two reminders of a survey: when they are sent, and who gets them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from accounts.models import User
from cohorts.models import Cohort
from outbox.forecast import due_between
from outbox.models import Message
from surveys.opening import get_or_create_survey
from tests.services import Letterbox
from tests.surveys.conftest import Join, make_workshop, mark
from tests.surveys.sending import (
    NUDGE_DUE,
    SECOND,
    SECOND_NUDGE_DUE,
    SURVEY_DUE,
    recipients,
    submit_survey,
    turn_at,
    users_of,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)

A_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def test_reminders_are_sent_once_each_to_people_without_receipt(
    join: Join, workshop: Workshop
) -> None:
    quick, slow, silent, absent = join(4)
    mark(workshop, quick, slow, silent)
    mark(workshop, absent, as_="absent")
    turn_at(SURVEY_DUE)
    submit_survey(workshop, quick, SURVEY_DUE + timedelta(hours=1))

    assert turn_at(NUDGE_DUE - SECOND).owed == 0
    turn_at(NUDGE_DUE)
    assert recipients("survey-nudge") == users_of(slow, silent)
    submit_survey(workshop, slow, NUDGE_DUE + timedelta(hours=1))

    assert turn_at(SECOND_NUDGE_DUE - SECOND).owed == 0
    turn_at(SECOND_NUDGE_DUE)
    assert recipients("survey-nudge-2") == users_of(silent)
    for days in range(1, 12):
        assert turn_at(SECOND_NUDGE_DUE + timedelta(days=days)).owed == 0


@pytest.mark.parametrize("minute", [0, 1])
def test_person_asked_less_than_a_day_before_gets_only_the_second_reminder(
    join: Join, workshop: Workshop, minute: int
) -> None:
    early, late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, late)
    turn_at(NUDGE_DUE - A_DAY + timedelta(minutes=minute))

    turn_at(NUDGE_DUE)
    assert recipients("survey-nudge") == users_of(*([early] if minute else [early, late]))
    for hours in range(1, 23, 3):
        assert turn_at(NUDGE_DUE + timedelta(hours=hours)).owed == 0
    turn_at(SECOND_NUDGE_DUE)
    assert recipients("survey-nudge-2") == users_of(early, late)


def test_person_reminded_less_than_a_day_before_gets_no_second_reminder(
    join: Join, workshop: Workshop
) -> None:
    """Nothing is sent for two days. Then both reminders are due, and only the first is sent."""
    members = join(2)
    turn_at(SURVEY_DUE)

    late = SECOND_NUDGE_DUE + timedelta(hours=6)
    turn_at(late)
    for hours in range(48):
        turn_at(late + timedelta(hours=hours))
    assert recipients("survey-nudge") == users_of(*members)
    assert recipients("survey-nudge-2") == set()


@pytest.mark.parametrize(
    ("first", "second", "due"),
    [
        # The workshop is on Thursday 25 February 2027.
        ({}, {}, ("1 March 09:00", "3 March 09:00")),
        ({"days": 2}, {"days": 2}, ("1 March 09:00", "2 March 09:00")),
        ({"days": 7}, {"days": 2}, ("4 March 09:00", "5 March 09:00")),
        ({"days": 8}, {"days": 8}, ("5 March 09:00", "8 March 09:00")),
        ({"days": 9}, {"days": 13}, ("8 March 09:00", "10 March 09:00")),
        ({"days": 4, "at": time(17)}, {"at": time(8)}, ("1 March 17:00", "3 March 08:00")),
        ({"days": 5, "at": time(17)}, {"at": time(8)}, ("2 March 17:00", "3 March 17:00")),
    ],
)
def test_second_reminder_is_never_due_before_the_first_was_due_for_a_day(
    first: dict[str, Any],
    second: dict[str, Any],
    due: tuple[str, str],
    join: Join,
    cohort: Cohort,
) -> None:
    cohort.survey_days = 28  # so that the survey is open for as long as reminders may be due
    cohort.save()
    starts = datetime(2027, 2, 25, 9, 30, tzinfo=UTC)
    make_workshop(cohort, starts_at=starts, ends_at=starts + timedelta(hours=3))
    join(1)
    for kind, timing in (("survey-nudge", first), ("survey-nudge-2", second)):
        cohort.message_templates.create(kind=kind, **timing)

    ahead = due_between(cohort.pk, starts, starts + timedelta(days=40))

    found = {one.kind: f"{one.due_at:%-d %B %H:%M}" for one in ahead}
    assert (found["survey-nudge"], found["survey-nudge-2"]) == due


def test_reminder_is_not_sent_without_survey(join: Join, workshop: Workshop) -> None:
    early, too_late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, too_late)
    turn_at(SURVEY_DUE + timedelta(days=5, hours=1))

    assert recipients("survey-nudge") == users_of(early)
    turn_at(SECOND_NUDGE_DUE + timedelta(days=2))
    assert recipients("survey-nudge-2") == set()


def test_reminder_is_not_sent_when_survey_was_undeliverable(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    server.answers[member.user.email] = "550 5.1.1 No such person"
    turn_at(SURVEY_DUE)

    assert turn_at(NUDGE_DUE).owed == turn_at(SECOND_NUDGE_DUE).owed == 0


def test_reminder_is_not_sent_after_close_cancellation_or_departure(
    join: Join, cohort: Cohort, workshop: Workshop, facilitator: User
) -> None:
    cancelled = make_workshop(cohort, 2)
    [member] = join(1)
    mark(workshop, member)
    mark(cancelled, member)
    turn_at(SURVEY_DUE)
    get_or_create_survey(workshop).close(by=facilitator, at=NUDGE_DUE - SECOND)
    cancelled.cancel(by=facilitator, at=NUDGE_DUE - SECOND)
    assert turn_at(NUDGE_DUE).owed == 0

    third = make_workshop(cohort, 3)
    turn_at(SURVEY_DUE)
    member.leave(by=None, at=NUDGE_DUE - SECOND)
    assert (
        Message.objects.filter(kind="survey", subject_id=third.pk, sent_at__isnull=False).count()
        == 1
    )
    assert turn_at(NUDGE_DUE).owed == 0


def test_first_reminder_four_days_late_is_not_sent(join: Join, workshop: Workshop) -> None:
    join(1)
    turn_at(SURVEY_DUE)

    turn_at(NUDGE_DUE + timedelta(days=4))
    assert recipients("survey-nudge") == set()


def test_reminder_is_dropped_when_answered_before_sending(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    turn_at(SURVEY_DUE)
    server.answers[member.user.email] = "451 4.3.0 Try again later"
    turn_at(NUDGE_DUE)
    server.answers.clear()
    submit_survey(workshop, member, NUDGE_DUE + SECOND)

    assert turn_at(NUDGE_DUE + timedelta(minutes=5)).dropped == 1
    assert len(server.messages) == 1
