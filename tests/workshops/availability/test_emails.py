"""The e-mails of an availability poll: who is owed them, and from when until when."""

from datetime import UTC, datetime

import pytest

from accounts.models import User
from cohorts.models import Cohort, Country, Membership
from home.messages.timeline import timeline
from outbox.forecast import foresee
from outbox.models import Message
from outbox.queueing import generate
from outbox.rules import Rule
from tests.workshops.poll_helpers import (
    ASKED,
    CLOSES,
    DAY,
    MINUTE,
    NUDGED,
    Join,
    open_poll,
    save_answer,
)
from workshops.availability import polls
from workshops.availability.emails import ASK, NUDGE
from workshops.availability.polls import ANSWER_LINK
from workshops.models import AvailabilityPoll, Workshop


@pytest.fixture
def poll(cohort: Cohort) -> AvailabilityPoll:
    return open_poll(cohort)


def names_owed(rule: Rule, moment: datetime) -> list[str]:
    numbers = rule.owed(moment).values_list("owed_recipient", flat=True)
    return sorted(User.objects.get(pk=number).first_name for number in numbers)


@pytest.mark.parametrize(
    ("moment", "is_owed"),
    [(ASKED - MINUTE, False), (ASKED, True), (CLOSES - MINUTE, True), (CLOSES, False)],
)
def test_poll_email_is_due_for_everyone_until_close(
    poll: AvailabilityPoll, join: Join, facilitator: User, moment: datetime, is_owed: bool
) -> None:
    Membership.objects.update(joined_at=ASKED - 30 * DAY)
    join("Amina")
    assert names_owed(ASK, moment) == (["Amina", "Ruth"] if is_owed else [])


def test_poll_email_is_due_until_close_of_longest_poll(cohort: Cohort, join: Join) -> None:
    join("Amina")
    open_poll(cohort, closes_at=ASKED + polls.MAX_OPEN)
    assert names_owed(ASK, ASKED + polls.MAX_OPEN - MINUTE) == ["Amina"]


def test_poll_email_is_due_when_member_joins(poll: AvailabilityPoll, join: Join) -> None:
    join("Late", joined_at=ASKED + 2 * DAY)
    assert names_owed(ASK, ASKED + 2 * DAY - MINUTE) == []
    assert names_owed(ASK, ASKED + 2 * DAY) == ["Late"]


def test_poll_email_is_not_due_for_member_joining_after_close(
    poll: AvailabilityPoll, join: Join
) -> None:
    join("Late", joined_at=CLOSES)
    assert names_owed(ASK, CLOSES + MINUTE) == []


@pytest.mark.parametrize("how", ["answered", "left", "closed"])
@pytest.mark.parametrize(("rule", "moment"), [(ASK, ASKED + DAY), (NUDGE, NUDGED)])
def test_emails_are_not_due_after_answer_departure_or_close(
    poll: AvailabilityPoll, join: Join, facilitator: User, how: str, rule: Rule, moment: datetime
) -> None:
    Membership.objects.all().update(left_at=datetime.now(UTC) + DAY)
    amina = join("Amina")
    assert names_owed(rule, moment) == ["Amina"]
    if how == "answered":
        assert save_answer(poll, amina)
    elif how == "left":
        amina.leave(by=None, at=ASKED)
    else:
        poll.close(by=facilitator, at=ASKED)
    assert names_owed(rule, moment) == []


@pytest.mark.parametrize(
    ("moment", "is_owed"),
    [(NUDGED - MINUTE, False), (NUDGED, True), (CLOSES - MINUTE, True), (CLOSES, False)],
)
def test_reminder_is_due_two_days_before_close_or_on_next_working_day_at_9am(
    poll: AvailabilityPoll, join: Join, moment: datetime, is_owed: bool
) -> None:
    join("Amina")
    assert names_owed(NUDGE, moment) == (["Amina"] if is_owed else [])


def test_reminder_is_due_at_9am_after_clocks_go_back(cohort: Cohort, join: Join) -> None:
    join("Amina")
    open_poll(
        cohort,
        at=datetime(2027, 10, 20, 9, tzinfo=UTC),
        closes_at=datetime(2027, 11, 2, 23, 59, tzinfo=UTC),
    )
    # The clocks go back on Sunday 31 October, two days before the close.
    assert names_owed(NUDGE, datetime(2027, 11, 1, 9, tzinfo=UTC) - MINUTE) == []
    assert names_owed(NUDGE, datetime(2027, 11, 1, 9, tzinfo=UTC)) == ["Amina"]


@pytest.mark.parametrize(
    ("country", "closes", "due"),
    [
        # Two days before the poll closes is a Thursday.
        (Country.ENGLAND_AND_WALES, (2026, 11, 28), (2026, 11, 26, 9)),
        # Two days before the poll closes is a Saturday.
        (Country.ENGLAND_AND_WALES, (2026, 11, 30), (2026, 11, 30, 9)),
        # Monday 30 November is St Andrew's Day.
        (Country.ENGLAND_AND_WALES, (2026, 12, 2), (2026, 11, 30, 9)),
        (Country.SCOTLAND, (2026, 12, 2), (2026, 12, 1, 9)),
        # Christmas Day is a Friday, and the holiday of Boxing Day is on Monday 28 December.
        (Country.NORTHERN_IRELAND, (2026, 12, 29), (2026, 12, 29, 9)),
        (Country.ELSEWHERE, (2026, 12, 30), (2026, 12, 28, 9)),
    ],
)
def test_reminder_is_never_due_on_a_day_off_of_the_cohorts_country(
    cohort: Cohort,
    join: Join,
    country: str,
    closes: tuple[int, int, int],
    due: tuple[int, int, int, int],
) -> None:
    Cohort.objects.update(country=country)
    cohort.refresh_from_db()
    join("Amina")
    closes_at = datetime(*closes, 23, 59, tzinfo=UTC)
    open_poll(cohort, at=closes_at - 10 * DAY, closes_at=closes_at)
    due_at = datetime(*due, tzinfo=UTC)
    assert names_owed(NUDGE, due_at - MINUTE) == []
    assert names_owed(NUDGE, due_at) == ["Amina"]
    foreseen = foresee(cohort.pk, due_at - DAY, closes_at)
    assert [one.due_at for one in foreseen if one.kind == "availability-nudge"] == [due_at]


def test_reminder_is_not_due_within_day_of_poll_email(poll: AvailabilityPoll, join: Join) -> None:
    join("Late", joined_at=NUDGED - DAY + MINUTE)
    join("Early", joined_at=NUDGED - DAY)
    assert names_owed(NUDGE, NUDGED) == ["Early"]


def test_reminder_is_not_due_until_poll_email_is_sent(poll: AvailabilityPoll, join: Join) -> None:
    join("Amina")
    generate(ASKED)
    assert names_owed(NUDGE, NUDGED) == []
    Message.objects.update(outcome="sent", sent_at=ASKED)
    assert names_owed(NUDGE, NUDGED) == ["Amina"]


def test_poll_email_is_generated_once(poll: AvailabilityPoll, join: Join) -> None:
    join("Amina")
    assert [generate(ASKED), generate(ASKED + MINUTE)] == [1, 0]


def test_stored_email_contains_no_private_link(poll: AvailabilityPoll, join: Join) -> None:
    amina = join("Amina")
    generate(ASKED)
    message = Message.objects.get()
    letter = ASK.compose(message)
    assert letter.subject == "When are you free? North East, spring 2027"
    assert "Wednesday 31 March 2027" in letter.text
    assert ANSWER_LINK.token(poll.public_id, amina.public_id) not in letter.text + letter.html
    assert ASK.link(message).endswith(
        f"/free/{ANSWER_LINK.token(poll.public_id, amina.public_id)}/"
    )


def test_timeline_does_not_confuse_poll_id_with_workshop_id(
    poll: AvailabilityPoll, join: Join, workshops: list[Workshop]
) -> None:
    join("Amina")
    Workshop.objects.filter(pk=workshops[0].pk).update(id=poll.pk + 1000)
    AvailabilityPoll.objects.filter(pk=poll.pk).update(id=poll.pk + 1000)
    generate(ASKED)
    Message.objects.update(outcome="sent", sent_at=ASKED)
    found = list(Workshop.objects.all())
    line_up = timeline(poll.cohort, found, ASKED)
    assert [(line.batch.kind, line.workshop) for line in [*line_up.before, *line_up.after]] == [
        ("availability", None),
        ("availability-nudge", None),
    ]
