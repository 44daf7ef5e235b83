"""The survey e-mail: when it is sent, to whom, its forecast and its contents."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.forecast import due_between
from outbox.models import Message
from outbox.preferences.links import PREFERENCES_LINK
from surveys.links import SURVEY_LINK, survey_url
from surveys.opening import get_or_create_survey
from tests.services import Letterbox
from tests.surveys.conftest import ENDS, STARTS, Join, make_workshop, mark
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
from workshops.models import Attendance, Workshop
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


def test_survey_is_sent_once_half_an_hour_after_end(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    members = join(3)
    mark(workshop, *members)

    assert turn_at(SURVEY_DUE - SECOND).sent == 0
    assert turn_at(SURVEY_DUE).sent == 3
    assert turn_at(SURVEY_DUE + timedelta(minutes=1)).owed == 0
    assert recipients() == users_of(*members)
    assert len(server.messages) == 3


def test_survey_is_sent_to_people_who_attended(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    present, partly, absent, excused, unmarked = join(5)
    mark(workshop, present, facilitator.memberships.get())
    mark(workshop, partly, as_="partly")
    mark(workshop, absent, as_="absent")
    mark(workshop, excused, as_="apologies")
    turn_at(SURVEY_DUE)

    assert recipients() == users_of(present, partly)
    assert unmarked.user_id not in recipients()


def test_survey_is_not_resent_when_end_is_corrected(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    """A later end on the same day sends no second survey e-mail; a move to another day does."""
    members = join(2)
    turn_at(SURVEY_DUE)
    later = Slot(STARTS, SURVEY_DUE + timedelta(minutes=30))
    workshop.arrange(Arrangement(later, workshop.venue, ""), at=SURVEY_DUE + timedelta(minutes=5))
    turn_at(SURVEY_DUE + timedelta(hours=2))
    assert recipients() == users_of(*members)
    assert Message.objects.filter(kind="survey").count() == 2

    next_week = Slot(STARTS + timedelta(days=7), ENDS + timedelta(days=7))
    workshop.arrange(Arrangement(next_week, workshop.venue, ""), at=SURVEY_DUE + timedelta(hours=3))
    server.messages.clear()
    turn_at(SURVEY_DUE + timedelta(days=7))
    assert len([mail for mail in server.messages if "How was" in mail["Subject"]]) == 2


def test_survey_without_register_is_sent_to_everyone_expected_without_apologies(
    join: Join, workshop: Workshop
) -> None:
    members = join(2)
    [excused] = join(1)
    Attendance.objects.create(
        workshop=workshop,
        membership=excused,
        answer=Attendance.Answer.APOLOGIES,
        answered_at=STARTS - SECOND,
    )
    join(1, at=STARTS + SECOND)  # joined after it had begun
    [left] = join(1)
    left.leave(by=None, at=ENDS)
    turn_at(SURVEY_DUE)

    assert recipients() == users_of(*members)


def test_survey_is_sent_when_person_is_marked_later(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    first, late, too_late = join(3)
    mark(workshop, first)
    turn_at(SURVEY_DUE)
    mark(workshop, late)
    turn_at(SURVEY_DUE + timedelta(days=4))
    assert recipients() == users_of(first, late)
    [mail] = server.to(late.user.email)
    assert mail["Date"].datetime == SURVEY_DUE + timedelta(days=4)

    mark(workshop, too_late)
    turn_at(SURVEY_DUE + timedelta(days=5))
    assert recipients() == users_of(first, late)


def test_survey_is_not_sent_after_answer_or_close(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    quick, other = join(2)
    submit_survey(workshop, quick, ENDS)
    turn_at(SURVEY_DUE)
    assert recipients() == users_of(other)

    second = make_workshop(quick.cohort, 2)
    get_or_create_survey(second).close(by=facilitator, at=ENDS)
    assert turn_at(SURVEY_DUE).owed == 0


def test_survey_is_not_sent_for_cancelled_workshop(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    join(2)
    workshop.cancel(by=facilitator, at=ENDS)

    assert turn_at(SURVEY_DUE).owed == 0


@pytest.mark.parametrize("scheduled_at", [SURVEY_DUE + SECOND, SURVEY_DUE + timedelta(days=1)])
def test_survey_is_not_sent_for_workshop_entered_afterwards(
    scheduled_at: datetime, join: Join, cohort: Cohort
) -> None:
    join(2)
    make_workshop(cohort, scheduled_at=scheduled_at)

    for days in range(8):
        assert turn_at(SURVEY_DUE + timedelta(days=days, minutes=1)).owed == 0


def test_survey_moves_with_workshop(join: Join, workshop: Workshop) -> None:
    members = join(2)
    week = timedelta(days=7)
    workshop.arrange(Arrangement(Slot(STARTS + week, ENDS + week), "", ""), at=STARTS - week)

    turn_at(SURVEY_DUE)
    assert recipients() == set()
    turn_at(SURVEY_DUE + week)
    assert recipients() == users_of(*members)


def test_survey_is_dropped_when_answered_before_sending(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    server.answers[member.user.email] = "451 4.3.0 Try again later"
    assert turn_at(SURVEY_DUE).waiting == 1
    server.answers.clear()
    submit_survey(workshop, member, SURVEY_DUE + timedelta(minutes=1))

    assert turn_at(SURVEY_DUE + timedelta(minutes=5)).dropped == 1
    assert server.messages == []


# The forecast of survey e-mails


def test_forecast_shows_survey_and_reminders(
    join: Join, cohort: Cohort, workshop: Workshop
) -> None:
    join(4)
    ahead = due_between(cohort.pk, STARTS - timedelta(days=30), STARTS + timedelta(days=30))
    people = Counter((one.kind, one.due_at) for one in ahead if "survey" in one.kind)

    assert people == {
        ("survey", SURVEY_DUE): 4,
        ("survey-nudge", NUDGE_DUE): 4,
        ("survey-nudge-2", SECOND_NUDGE_DUE): 4,
    }


def test_forecast_shows_reminders_after_survey_was_sent(
    join: Join, cohort: Cohort, workshop: Workshop
) -> None:
    members = join(4)
    turn_at(SURVEY_DUE)
    submit_survey(workshop, members[0], SURVEY_DUE + SECOND)
    ahead = due_between(cohort.pk, SURVEY_DUE + timedelta(hours=1), NUDGE_DUE + timedelta(days=10))

    assert Counter((one.kind, one.due_at) for one in ahead) == {
        ("survey-nudge", NUDGE_DUE): 3,
        ("survey-nudge-2", SECOND_NUDGE_DUE): 3,
    }


# Contents of the survey e-mail


@pytest.mark.parametrize(
    ("due", "subject"),
    [
        (SURVEY_DUE, "How was “Trust under strain” for you?"),
        (NUDGE_DUE, "Still time to say how “Trust under strain” was"),
        (SECOND_NUDGE_DUE, "The survey about “Trust under strain” is still open"),
    ],
)
def test_email_has_one_private_link_and_closing_time(
    due: datetime,
    subject: str,
    join: Join,
    workshop: Workshop,
    facilitator: User,
    server: Letterbox,
) -> None:
    [member] = join(1)
    for moment in (SURVEY_DUE, NUDGE_DUE, SECOND_NUDGE_DUE):
        if moment <= due:
            turn_at(moment)

    mail = server.messages[-1]
    assert (mail["Subject"].strip(), mail["To"], mail["Reply-To"]) == (
        subject,
        member.user.email,
        facilitator.email,
    )
    link = survey_url(workshop, member)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for part in (text.get_content(), html.get_content()):
        assert set(re.findall(r"http://127[^\s\"<]+", part)) == {
            link,
            PREFERENCES_LINK.url(member.user.public_id),
        }
        words = " ".join(re.sub(r"<[^>]+>", " ", part).split())
        assert "North East, spring 2027" in words
        assert "Sunday 4 April 2027, 2pm" in words  # 13:00 UTC, in summer
        assert "two minutes" in words
        assert "no name on your answers" in words


def test_link_is_not_stored_with_message(join: Join, workshop: Workshop) -> None:
    [member] = join(1)
    turn_at(SURVEY_DUE)
    message = Message.objects.get(kind="survey")

    assert "/feedback/" not in message.text + message.html
    assert SURVEY_LINK.path(workshop.public_id, member.public_id).startswith("/feedback/")


def test_link_is_for_membership_that_attended(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    """A member leaves and rejoins. The link is for the membership with which they attended."""
    [first] = join(1)
    turn_at(SURVEY_DUE)
    first.leave(by=None, at=SURVEY_DUE + SECOND)
    Membership.objects.create(cohort=first.cohort, user=first.user, joined_at=SURVEY_DUE + SECOND)
    turn_at(NUDGE_DUE)

    assert [mail["Subject"] for mail in server.messages] == [
        "How was “Trust under strain” for you?"
    ]
    body = server.messages[0].get_body(("plain",))
    assert body is not None
    assert survey_url(workshop, first) in body.get_content()
