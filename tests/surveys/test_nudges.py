"""The survey reminder (nudge): when it is sent, and to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort
from outbox.models import Message
from surveys.models import Survey
from tests.services import Letterbox
from tests.surveys.conftest import Join, make_workshop, mark
from tests.surveys.sending import (
    NUDGE_DUE,
    SECOND,
    SURVEY_DUE,
    recipients,
    submit_survey,
    turn_at,
    users_of,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def test_nudge_is_sent_at_nine_on_third_day_to_people_without_receipt(
    join: Join, workshop: Workshop
) -> None:
    quick, slow, absent = join(3)
    mark(workshop, quick, slow)
    mark(workshop, absent, as_="absent")
    turn_at(SURVEY_DUE)
    submit_survey(workshop, quick, SURVEY_DUE + timedelta(hours=1))

    assert turn_at(NUDGE_DUE - SECOND).owed == 0
    turn_at(NUDGE_DUE)
    assert recipients("survey-nudge") == users_of(slow)
    for days in range(1, 12):
        assert turn_at(NUDGE_DUE + timedelta(days=days)).owed == 0


def test_nudge_waits_three_days_after_late_survey(join: Join, workshop: Workshop) -> None:
    early, late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, late)
    turn_at(NUDGE_DUE + timedelta(hours=1))
    assert recipients("survey-nudge") == users_of(early)

    turn_at(NUDGE_DUE + timedelta(days=3) - SECOND)
    assert recipients("survey-nudge") == users_of(early)
    turn_at(NUDGE_DUE + timedelta(days=3))
    assert recipients("survey-nudge") == users_of(early, late)


def test_nudge_is_not_sent_without_survey(join: Join, workshop: Workshop) -> None:
    early, too_late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, too_late)
    turn_at(SURVEY_DUE + timedelta(days=5, hours=1))

    assert recipients("survey-nudge") == users_of(early)


def test_nudge_is_not_sent_when_survey_was_undeliverable(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    server.answers[member.user.email] = "550 5.1.1 No such person"
    turn_at(SURVEY_DUE)

    assert turn_at(NUDGE_DUE).owed == 0


def test_nudge_is_not_sent_after_close_cancellation_or_departure(
    join: Join, cohort: Cohort, workshop: Workshop, facilitator: User
) -> None:
    cancelled = make_workshop(cohort, 2)
    [member] = join(1)
    mark(workshop, member)
    mark(cancelled, member)
    turn_at(SURVEY_DUE)
    Survey.objects.of(workshop).close(by=facilitator, at=NUDGE_DUE - SECOND)
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


def test_nudge_four_days_late_is_not_sent(join: Join, workshop: Workshop) -> None:
    join(1)
    turn_at(SURVEY_DUE)

    assert turn_at(NUDGE_DUE + timedelta(days=4)).owed == 0


def test_nudge_is_dropped_when_answered_before_sending(
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
