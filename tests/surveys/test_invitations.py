"""Who is asked for feedback, and when: through whole turns of the sending loop and a real mail server."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import Turn, take_turn
from outbox.forecast import due_between
from outbox.models import Message
from outbox.preferences.links import PREFERENCES_LINK
from surveys.invitations import surveys_due_for
from surveys.links import SURVEY_LINK, survey_url
from surveys.models import Survey
from surveys.submission import submit
from tests.services import Letterbox
from tests.surveys.conftest import CLOSED, ENDS, STARTS, Join, make_workshop, mark
from workshops.models import Attendance, Workshop
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)

SURVEY_DUE = ENDS + timedelta(minutes=30)
# Nine o'clock on the third day, on which the clocks of Europe/London have gone forward.
NUDGE_DUE = datetime(2027, 3, 28, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def turn_at(moment: datetime) -> Turn:
    return take_turn(lambda: moment)


def asked(kind: str = "survey") -> set[int | None]:
    """Whose message of this kind was sent."""
    return set(
        Message.objects.filter(kind=kind, sent_at__isnull=False).values_list("recipient", flat=True)
    )


def people(*members: Membership) -> set[int | None]:
    return {member.user_id for member in members}


def reply(workshop: Workshop, member: Membership, at: datetime) -> None:
    submit(survey=Survey.objects.of(workshop), membership=member, answers={"worth_time": 5}, at=at)


@pytest.fixture(autouse=True)
def server(smtp_server: Letterbox) -> Letterbox:
    return smtp_server


# The survey -----------------------------------------------------------------------------------------------------------


def test_survey_goes_half_an_hour_after_the_end_once(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    members = join(3)
    mark(workshop, *members)

    assert turn_at(SURVEY_DUE - SECOND).sent == 0
    assert turn_at(SURVEY_DUE).sent == 3
    assert turn_at(SURVEY_DUE + timedelta(minutes=1)).owed == 0
    assert asked() == people(*members)
    assert len(server.messages) == 3


def test_survey_asks_those_who_were_there(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    present, partly, absent, excused, unmarked = join(5)
    mark(workshop, present, facilitator.memberships.get())
    mark(workshop, partly, as_="partly")
    mark(workshop, absent, as_="absent")
    mark(workshop, excused, as_="apologies")
    turn_at(SURVEY_DUE)

    assert asked() == people(present, partly)
    assert unmarked.user_id not in asked()


def test_nobody_is_asked_again_as_the_end_is_put_right(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    """It ran over. Moved to another day, it is another time that it was held."""
    members = join(2)
    turn_at(SURVEY_DUE)
    later = Slot(STARTS, SURVEY_DUE + timedelta(minutes=30))
    workshop.arrange(Arrangement(later, workshop.venue, ""), at=SURVEY_DUE + timedelta(minutes=5))
    turn_at(SURVEY_DUE + timedelta(hours=2))
    assert asked() == people(*members)
    assert Message.objects.filter(kind="survey").count() == 2

    next_week = Slot(STARTS + timedelta(days=7), ENDS + timedelta(days=7))
    workshop.arrange(Arrangement(next_week, workshop.venue, ""), at=SURVEY_DUE + timedelta(hours=3))
    server.messages.clear()
    turn_at(SURVEY_DUE + timedelta(days=7))
    assert len([mail for mail in server.messages if "How was" in mail["Subject"]]) == 2


def test_without_a_register_everybody_expected_is_asked_who_sent_no_apologies(
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
    join(1, at=STARTS + SECOND)  # joined once it had begun
    [left] = join(1)
    left.leave(by=None, at=ENDS)
    turn_at(SURVEY_DUE)

    assert asked() == people(*members)


def test_those_marked_late_are_asked_as_they_are_marked(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    first, late, too_late = join(3)
    mark(workshop, first)
    turn_at(SURVEY_DUE)
    mark(workshop, late)
    turn_at(SURVEY_DUE + timedelta(days=4))
    assert asked() == people(first, late)
    [mail] = server.to(late.user.email)
    assert mail["Date"].datetime == SURVEY_DUE + timedelta(days=4)

    mark(workshop, too_late)
    turn_at(SURVEY_DUE + timedelta(days=5))
    assert asked() == people(first, late)


def test_nobody_is_asked_who_has_answered_or_after_it_closed(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    quick, other = join(2)
    reply(workshop, quick, ENDS)
    turn_at(SURVEY_DUE)
    assert asked() == people(other)

    second = make_workshop(quick.cohort, 2)
    Survey.objects.of(second).close(by=facilitator, at=ENDS)
    assert turn_at(SURVEY_DUE).owed == 0


def test_nobody_is_asked_about_a_cancelled_workshop(
    join: Join, workshop: Workshop, facilitator: User
) -> None:
    join(2)
    workshop.cancel(by=facilitator, at=ENDS)

    assert turn_at(SURVEY_DUE).owed == 0


@pytest.mark.parametrize("scheduled_at", [SURVEY_DUE + SECOND, SURVEY_DUE + timedelta(days=1)])
def test_dates_written_down_afterwards_ask_nobody(
    scheduled_at: datetime, join: Join, cohort: Cohort
) -> None:
    join(2)
    make_workshop(cohort, scheduled_at=scheduled_at)

    for days in range(8):
        assert turn_at(SURVEY_DUE + timedelta(days=days, minutes=1)).owed == 0


def test_workshop_that_moves_takes_its_survey_along(join: Join, workshop: Workshop) -> None:
    members = join(2)
    week = timedelta(days=7)
    workshop.arrange(Arrangement(Slot(STARTS + week, ENDS + week), "", ""), at=STARTS - week)

    turn_at(SURVEY_DUE)
    assert asked() == set()
    turn_at(SURVEY_DUE + week)
    assert asked() == people(*members)


def test_answer_between_writing_and_sending_stops_the_mail(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    server.answers[member.user.email] = "451 4.3.0 Try again later"
    assert turn_at(SURVEY_DUE).waiting == 1
    server.answers.clear()
    reply(workshop, member, SURVEY_DUE + timedelta(minutes=1))

    assert turn_at(SURVEY_DUE + timedelta(minutes=5)).dropped == 1
    assert server.messages == []


# The nudge ------------------------------------------------------------------------------------------------------------


def test_nudge_goes_at_nine_on_the_third_day_to_those_without_a_receipt(
    join: Join, workshop: Workshop
) -> None:
    quick, slow, absent = join(3)
    mark(workshop, quick, slow)
    mark(workshop, absent, as_="absent")
    turn_at(SURVEY_DUE)
    reply(workshop, quick, SURVEY_DUE + timedelta(hours=1))

    assert turn_at(NUDGE_DUE - SECOND).owed == 0
    turn_at(NUDGE_DUE)
    assert asked("survey-nudge") == people(slow)
    for days in range(1, 12):
        assert turn_at(NUDGE_DUE + timedelta(days=days)).owed == 0


def test_nudge_waits_three_days_for_who_was_asked_late(join: Join, workshop: Workshop) -> None:
    early, late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, late)
    turn_at(NUDGE_DUE + timedelta(hours=1))
    assert asked("survey-nudge") == people(early)

    turn_at(NUDGE_DUE + timedelta(days=3) - SECOND)
    assert asked("survey-nudge") == people(early)
    turn_at(NUDGE_DUE + timedelta(days=3))
    assert asked("survey-nudge") == people(early, late)


def test_nobody_is_nudged_who_was_never_asked(join: Join, workshop: Workshop) -> None:
    early, too_late = join(2)
    mark(workshop, early)
    turn_at(SURVEY_DUE)
    mark(workshop, too_late)
    turn_at(SURVEY_DUE + timedelta(days=5, hours=1))

    assert asked("survey-nudge") == people(early)


def test_nobody_is_nudged_whose_survey_could_not_be_delivered(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    server.answers[member.user.email] = "550 5.1.1 No such person"
    turn_at(SURVEY_DUE)

    assert turn_at(NUDGE_DUE).owed == 0


def test_survey_that_closed_cancelled_or_lost_its_person_nudges_nobody(
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


def test_nudge_that_was_missed_for_four_days_is_not_sent(join: Join, workshop: Workshop) -> None:
    join(1)
    turn_at(SURVEY_DUE)

    assert turn_at(NUDGE_DUE + timedelta(days=4)).owed == 0


def test_answer_before_the_nudge_leaves_stops_it(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    [member] = join(1)
    turn_at(SURVEY_DUE)
    server.answers[member.user.email] = "451 4.3.0 Try again later"
    turn_at(NUDGE_DUE)
    server.answers.clear()
    reply(workshop, member, NUDGE_DUE + SECOND)

    assert turn_at(NUDGE_DUE + timedelta(minutes=5)).dropped == 1
    assert len(server.messages) == 1


# Ahead ----------------------------------------------------------------------------------------------------------------


def test_plan_ahead_shows_survey_and_nudge(join: Join, cohort: Cohort, workshop: Workshop) -> None:
    join(4)
    ahead = due_between(cohort.pk, STARTS - timedelta(days=30), STARTS + timedelta(days=30))
    people = Counter((one.kind, one.due_at) for one in ahead if "survey" in one.kind)

    assert people == {("survey", SURVEY_DUE): 4, ("survey-nudge", NUDGE_DUE): 4}


def test_plan_shows_the_nudge_after_the_survey_was_sent(
    join: Join, cohort: Cohort, workshop: Workshop
) -> None:
    members = join(4)
    turn_at(SURVEY_DUE)
    reply(workshop, members[0], SURVEY_DUE + SECOND)
    ahead = due_between(cohort.pk, SURVEY_DUE + timedelta(hours=1), NUDGE_DUE + timedelta(days=10))

    assert Counter((one.kind, one.due_at) for one in ahead) == {("survey-nudge", NUDGE_DUE): 3}


# The letters ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("due", "subject"),
    [
        (SURVEY_DUE, "How was “Trust under strain” for you?"),
        (NUDGE_DUE, "Still time to say how “Trust under strain” was"),
    ],
)
def test_letter_has_one_private_link_and_says_when_it_closes(
    due: datetime,
    subject: str,
    join: Join,
    workshop: Workshop,
    facilitator: User,
    server: Letterbox,
) -> None:
    [member] = join(1)
    turn_at(SURVEY_DUE)
    turn_at(due)

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
        assert "Thursday 8 April 2027, 2pm" in words  # 13:00 UTC, in summer
        assert "two minutes" in words
        assert "no name on your answers" in words


def test_link_is_not_kept_with_the_message(join: Join, workshop: Workshop) -> None:
    [member] = join(1)
    turn_at(SURVEY_DUE)
    message = Message.objects.get(kind="survey")

    assert "/feedback/" not in message.text + message.html
    assert SURVEY_LINK.path(workshop.public_id, member.public_id).startswith("/feedback/")


def test_link_is_the_membership_that_was_there(
    join: Join, workshop: Workshop, server: Letterbox
) -> None:
    """Somebody who left and came back is asked as who they were at the workshop."""
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


# At home --------------------------------------------------------------------------------------------------------------


def test_surveys_wait_at_home_until_answered_or_closed(
    join: Join, cohort: Cohort, workshop: Workshop, facilitator: User
) -> None:
    [member, other] = join(2)
    second = make_workshop(
        cohort, 2, starts_at=STARTS + timedelta(days=1), ends_at=ENDS + timedelta(days=1)
    )
    moment = ENDS + timedelta(days=1)

    def waiting(user: User = member.user, at: datetime = moment) -> list[tuple[Workshop, str]]:
        return [(due.workshop, due.url) for due in surveys_due_for(user, at)]

    first_link, second_link = (
        SURVEY_LINK.path(one.public_id, member.public_id) for one in (workshop, second)
    )
    assert waiting(at=ENDS - SECOND) == []
    assert waiting() == [(second, second_link), (workshop, first_link)]
    assert waiting(facilitator) == []
    mark(second, other)
    assert waiting() == [(workshop, first_link)]
    assert waiting(at=CLOSED) == []
    reply(workshop, member, moment)
    assert waiting() == []
    assert len(waiting(other.user)) == 2


def test_surveys_at_home_take_one_query(join: Join, workshop: Workshop) -> None:
    [member, *_] = join(30)
    with CaptureQueriesContext(connection) as queries:
        assert len(surveys_due_for(member.user, ENDS)) == 1

    assert len(queries) == 1
