"""Changes to the times of a cohort's reminders: no reminder is repeated, back-dated or lost."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from cohorts.message_templates import save_message_template
from cohorts.models import Cohort, CohortMessageTemplate, Membership
from outbox.models import Message
from outbox.queueing import generate
from outbox.rules import Rule
from tests.factories import STARTS
from tests.workshops.entries import turn_at
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Workshop

LONDON = ZoneInfo("Europe/London")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The workshop is on Thursday 18 March 2027 at 9:30. Its reminders are due at 9am on the 11th and
# on the 17th.
WEEK_DUE, DAY_DUE = datetime(2027, 3, 11, 9, tzinfo=UTC), datetime(2027, 3, 17, 9, tzinfo=UTC)


@pytest.fixture
def workshop(
    workshops: list[Workshop], schedule: Callable[..., Workshop], join: Callable[..., Membership]
) -> Workshop:
    join("Amina")
    return schedule(workshops[3], STARTS)


def retime(
    cohort: Cohort, rule: Rule, at: datetime, days: int | None = None, clock: time | None = None
) -> bool:
    content = {"subject": "", "body": "", "days": days, "at": clock, "minutes": None}
    return save_message_template(cohort, rule, content=content, at=at)


def due_times(rule: Rule, moment: datetime) -> list[datetime]:
    """Return the due times of the messages that the sending loop would queue at this moment."""
    return list(rule.unwritten(rule.owed(moment)).values_list("owed_due", flat=True))


def test_reminder_follows_cohort_timing(cohort: Cohort, workshop: Workshop) -> None:
    retime(cohort, WEEK_BEFORE, STARTS - 30 * DAY, days=10, clock=time(17, 30))
    due = datetime(2027, 3, 8, 17, 30, tzinfo=UTC)
    assert [due_times(WEEK_BEFORE, moment) for moment in (due - MINUTE, due, WEEK_DUE)] == [
        [],
        [due],
        [due],
    ]
    retime(cohort, WEEK_BEFORE, STARTS - 29 * DAY)
    assert [due_times(WEEK_BEFORE, moment) for moment in (due, WEEK_DUE)] == [[], [WEEK_DUE]]


@pytest.mark.parametrize("days", [5, 10])
def test_sent_reminder_is_not_resent(cohort: Cohort, workshop: Workshop, days: int) -> None:
    turn_at(WEEK_DUE)
    sent = Message.objects.get(kind="week-before").sent_at
    assert sent is not None
    retime(cohort, WEEK_BEFORE, WEEK_DUE + HOUR, days=days)
    for moment in (WEEK_DUE + 2 * HOUR, STARTS - 5 * DAY, STARTS - 4 * DAY):
        turn_at(moment)
    assert Message.objects.get(kind="week-before").sent_at == sent


def test_reminder_with_new_time_in_past_is_not_sent(cohort: Cohort, workshop: Workshop) -> None:
    moment = WEEK_DUE - HOUR
    retime(cohort, WEEK_BEFORE, moment, days=8)
    assert [due_times(WEEK_BEFORE, later) for later in (moment, WEEK_DUE, WEEK_DUE + DAY)] == [
        [],
        [],
        [],
    ]


def test_restoring_default_timing_sends_nothing_past_due(
    cohort: Cohort, workshop: Workshop
) -> None:
    retime(cohort, WEEK_BEFORE, STARTS - 30 * DAY, days=5)
    retime(cohort, WEEK_BEFORE, WEEK_DUE + HOUR)
    assert due_times(WEEK_BEFORE, WEEK_DUE + 2 * HOUR) == []


def test_changing_text_does_not_change_due_time(cohort: Cohort, workshop: Workshop) -> None:
    retime(cohort, DAY_BEFORE, STARTS - 30 * DAY, days=2)
    words = {"subject": "Soon", "body": "", "days": 2, "at": None, "minutes": None}
    save_message_template(cohort, DAY_BEFORE, content=words, at=DAY_DUE - HOUR)
    assert CohortMessageTemplate.objects.get().timed_at == STARTS - 30 * DAY
    assert due_times(DAY_BEFORE, DAY_DUE) == [DAY_DUE - DAY]


def test_waiting_reminder_moves_to_later_time(cohort: Cohort, workshop: Workshop) -> None:
    generate(WEEK_DUE)
    Message.objects.update(attempts=1, claim="somebody", claimed_until=WEEK_DUE + HOUR)
    retime(cohort, WEEK_BEFORE, WEEK_DUE + MINUTE, days=5)
    later = STARTS.replace(hour=9, minute=0) - 5 * DAY
    assert Message.objects.values_list("due_at", "try_at", "expires_at", "claim").get() == (
        later,
        later,
        later + 3 * DAY,
        "",
    )
    turn_at(WEEK_DUE + 2 * MINUTE)
    assert Message.objects.get().status == "waiting"
    turn_at(later)
    assert Message.objects.get().status == "sent"


def test_waiting_reminder_is_sent_when_retimed_earlier(cohort: Cohort, workshop: Workshop) -> None:
    generate(WEEK_DUE)
    retime(cohort, WEEK_BEFORE, WEEK_DUE + MINUTE, clock=time(8, 30))
    turn_at(WEEK_DUE + 2 * MINUTE)
    assert Message.objects.get().status == "sent"


@pytest.mark.parametrize("clock", [time(8, 30), time(9, 15)])
def test_due_unsent_reminder_is_still_sent(cohort: Cohort, workshop: Workshop, clock: time) -> None:
    assert not retime(cohort, DAY_BEFORE, DAY_DUE + HOUR / 2, clock=clock)
    turn_at(DAY_DUE + HOUR)
    assert Message.objects.get(kind="day-before").sent_at == DAY_DUE + HOUR


def test_due_unsent_reminder_moves_to_later_time(cohort: Cohort, workshop: Workshop) -> None:
    assert not retime(cohort, DAY_BEFORE, DAY_DUE + HOUR / 2, clock=time(10))
    turn_at(DAY_DUE + HOUR - MINUTE)
    assert not Message.objects.filter(kind="day-before").exists()
    turn_at(DAY_DUE + HOUR)
    sent = Message.objects.get(kind="day-before")
    assert (sent.sent_at, sent.dated) == (DAY_DUE + HOUR, DAY_DUE + HOUR)


@pytest.mark.parametrize("is_written", [True, False])
def test_reminder_that_a_new_time_makes_too_late_is_reported_and_dropped(
    cohort: Cohort, workshop: Workshop, is_written: bool
) -> None:
    if is_written:
        generate(WEEK_DUE)
    assert retime(cohort, WEEK_BEFORE, WEEK_DUE + HOUR, days=14)
    turn_at(WEEK_DUE + 2 * HOUR)
    assert Message.objects.get().status == "dropped"


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        ((2027, 3, 28), datetime(2027, 3, 26, 7, 30, tzinfo=UTC)),
        ((2027, 3, 30), datetime(2027, 3, 28, 6, 30, tzinfo=UTC)),
        ((2027, 10, 31), datetime(2027, 10, 29, 6, 30, tzinfo=UTC)),
        ((2027, 11, 2), datetime(2027, 10, 31, 7, 30, tzinfo=UTC)),
    ],
)
def test_custom_hour_is_local_time_around_clock_change(
    cohort: Cohort,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
    join: Callable[..., Membership],
    starts: tuple[int, int, int],
    due: datetime,
) -> None:
    join("Amina")
    schedule(workshops[0], datetime(*starts, 13, 30, tzinfo=LONDON))
    retime(cohort, DAY_BEFORE, due - 30 * DAY, days=2, clock=time(7, 30))
    assert [due_times(DAY_BEFORE, due - MINUTE), due_times(DAY_BEFORE, due)] == [[], [due]]


def test_nonexistent_local_hour_still_sends_reminder(
    cohort: Cohort,
    workshops: list[Workshop],
    schedule: Callable[..., Workshop],
    join: Callable[..., Membership],
) -> None:
    join("Amina")
    schedule(workshops[0], datetime(2027, 3, 29, 13, 30, tzinfo=LONDON))
    # 1:30am does not exist on this day, when the clocks go forward at 1am. It counts as 1:30 UTC.
    due = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    retime(cohort, DAY_BEFORE, due - 30 * DAY, clock=time(1, 30))
    assert [due_times(DAY_BEFORE, due - MINUTE), due_times(DAY_BEFORE, due)] == [[], [due]]
