from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.models import Message
from outbox.rules import Rule, all_rules
from tests.factories import STARTS
from workshops.messages.reminders import DAY_BEFORE, WEEK_BEFORE
from workshops.models import Workshop
from workshops.register import rsvp
from workshops.register.rsvp import RSVP_LINK

LONDON = ZoneInfo("Europe/London")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The workshop is on Thursday 18 March 2027 at 9:30. Its reminders are due at 9am on the 11th and
# on the 17th.
WEEK_DUE, DAY_DUE = datetime(2027, 3, 11, 9, tzinfo=UTC), datetime(2027, 3, 17, 9, tzinfo=UTC)
Join = Callable[..., Membership]
Schedule = Callable[..., Workshop]


@pytest.fixture
def mail(settings: Settings, tmp_path: Path) -> Iterator[Callable[[], list[EmailMessage]]]:
    """A function that returns the e-mails sent, sorted by recipient. Only reminders are enabled."""
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "outbox.backends.maildir.EmailBackend"
    settings.BASE_URL = "https://convenor.example.org"
    settings.MESSAGE_RULES = [
        "workshops.messages.reminders.WEEK_BEFORE",
        "workshops.messages.reminders.DAY_BEFORE",
    ]
    all_rules.cache_clear()

    def read() -> list[EmailMessage]:
        parsed = [
            message_from_bytes(file.read_bytes(), _class=EmailMessage, policy=policy.default)
            for file in settings.MAIL_FOLDER.glob("new/*")
        ]
        return sorted(parsed, key=lambda letter: letter["To"])

    yield read
    all_rules.cache_clear()


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Schedule) -> Workshop:
    return schedule(workshops[3], STARTS)


def names_owed(rule: Rule, moment: datetime) -> list[str]:
    numbers = rule.owed(moment).values_list("owed_recipient", flat=True)
    return sorted(User.objects.get(pk=number).first_name for number in numbers)


# When reminders are due


@pytest.mark.parametrize(
    ("rule", "moment", "is_owed"),
    [
        (WEEK_BEFORE, WEEK_DUE - MINUTE, False),
        (WEEK_BEFORE, WEEK_DUE, True),
        (WEEK_BEFORE, WEEK_DUE + 3 * DAY - MINUTE, True),
        (WEEK_BEFORE, WEEK_DUE + 3 * DAY, False),
        (DAY_BEFORE, DAY_DUE - MINUTE, False),
        (DAY_BEFORE, DAY_DUE, True),
        (DAY_BEFORE, STARTS - MINUTE, True),
        (DAY_BEFORE, STARTS, False),
    ],
)
def test_reminder_is_due_within_window(
    workshop: Workshop, join: Join, rule: Rule, moment: datetime, is_owed: bool
) -> None:
    join("Amina")
    assert names_owed(rule, moment) == (["Amina"] if is_owed else [])


@pytest.mark.parametrize(
    ("day", "week_before", "day_before"),
    [
        # The clocks go forward on Sunday 28 March. 9am is 9:00 UTC before that, 8:00 UTC after.
        ((2027, 3, 28), (2027, 3, 21, 9), (2027, 3, 27, 9)),
        ((2027, 3, 29), (2027, 3, 22, 9), (2027, 3, 28, 8)),
        ((2027, 4, 5), (2027, 3, 29, 8), (2027, 4, 4, 8)),
        # The clocks go back on Sunday 31 October.
        ((2027, 10, 31), (2027, 10, 24, 8), (2027, 10, 30, 8)),
        ((2027, 11, 1), (2027, 10, 25, 8), (2027, 10, 31, 9)),
        ((2027, 11, 8), (2027, 11, 1, 9), (2027, 11, 7, 9)),
    ],
)
def test_due_hour_is_local_time_around_clock_change(
    workshops: list[Workshop],
    schedule: Schedule,
    join: Join,
    day: tuple[int, int, int],
    week_before: tuple[int, int, int, int],
    day_before: tuple[int, int, int, int],
) -> None:
    schedule(workshops[0], datetime(*day, 13, 30, tzinfo=LONDON))
    join("Amina")
    for rule, due in ((WEEK_BEFORE, week_before), (DAY_BEFORE, day_before)):
        moment = datetime(*due, tzinfo=UTC)
        assert list(rule.owed(moment).values_list("owed_due", flat=True)) == [moment]
        assert list(rule.owed(moment - timedelta(seconds=1))) == []


def test_due_hour_is_in_cohort_time_zone(
    cohort: Cohort, workshops: list[Workshop], schedule: Schedule, join: Join
) -> None:
    Cohort.objects.filter(pk=cohort.pk).update(time_zone="Pacific/Auckland")
    schedule(workshops[0], datetime(2027, 3, 18, 9, 30, tzinfo=ZoneInfo("Pacific/Auckland")))
    join("Amina")
    due = datetime(2027, 3, 17, 9, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert (names_owed(DAY_BEFORE, due - MINUTE), names_owed(DAY_BEFORE, due)) == ([], ["Amina"])


@pytest.mark.parametrize("hour", [0, 23])
def test_index_bounds_exclude_no_hour(
    workshops: list[Workshop], schedule: Schedule, join: Join, hour: int
) -> None:
    for workshop, day in zip(workshops, (18, 28, 29), strict=False):
        schedule(workshop, datetime(2027, 3, day, hour, 30, tzinfo=LONDON))
    join("Amina")
    for day in (18, 28, 29):
        for rule, before in ((WEEK_BEFORE, 7), (DAY_BEFORE, 1)):
            due = datetime(2027, 3, day, 9, tzinfo=LONDON) - before * DAY
            last = (
                due + WEEK_BEFORE.schedule.window - 2 * HOUR
                if before == 7
                else datetime(2027, 3, day, hour, tzinfo=LONDON)
            )
            starts = datetime(2027, 3, day, hour, 30, tzinfo=LONDON)
            for moment in (due, last):
                assert rule.owed(moment).filter(starts_at=starts).count() == 1


def test_forecast_lists_both_reminders(workshop: Workshop, join: Join) -> None:
    join("Amina")
    since, until = STARTS - 30 * DAY, STARTS + 30 * DAY
    due = [
        list(rule.due(since, until).values_list("owed_due", flat=True))
        for rule in (WEEK_BEFORE, DAY_BEFORE)
    ]
    assert due == [[WEEK_DUE], [DAY_DUE]]


# The recipients of reminders


def test_reminder_is_sent_only_to_expected(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    join("Amina")
    join("Bryn", left_at=DAY_DUE - DAY)
    for name, answer in (("Ceri", "apologies"), ("Dev", "coming")):
        rsvp.save_answer(workshop=workshop, membership=join(name), answer=answer, at=WEEK_DUE - DAY)
    assert names_owed(WEEK_BEFORE, WEEK_DUE) == ["Amina", "Dev"]
    assert names_owed(DAY_BEFORE, DAY_DUE) == ["Amina", "Dev"]


@pytest.mark.parametrize(
    ("joined_at", "owed"), [(DAY_DUE, ["Amina"]), (DAY_DUE + timedelta(seconds=1), [])]
)
def test_late_joiner_gets_no_earlier_reminder(
    workshop: Workshop, join: Join, joined_at: datetime, owed: list[str]
) -> None:
    join("Amina", joined_at=joined_at)
    assert names_owed(DAY_BEFORE, DAY_DUE + HOUR) == owed
    assert names_owed(WEEK_BEFORE, WEEK_DUE + 2 * DAY) == []


def test_workshop_scheduled_after_due_time_sends_no_past_reminder(
    workshops: list[Workshop], schedule: Schedule, join: Join
) -> None:
    schedule(workshops[0], STARTS, at=DAY_DUE + MINUTE)
    join("Amina")
    assert (names_owed(WEEK_BEFORE, DAY_DUE + HOUR), names_owed(DAY_BEFORE, DAY_DUE + HOUR)) == (
        [],
        [],
    )


def test_cancelled_workshop_sends_no_reminder_until_reinstated(
    workshop: Workshop, facilitator: User, join: Join
) -> None:
    join("Amina")
    workshop.cancel(by=facilitator, at=WEEK_DUE - DAY)
    assert (names_owed(WEEK_BEFORE, WEEK_DUE), names_owed(DAY_BEFORE, DAY_DUE)) == ([], [])
    workshop.reinstate(at=WEEK_DUE + DAY)
    assert (names_owed(WEEK_BEFORE, WEEK_DUE + DAY), names_owed(DAY_BEFORE, DAY_DUE)) == (
        [],
        ["Amina"],
    )


# The sending and contents of reminders


def test_reminders_move_with_workshop(
    workshop: Workshop, schedule: Schedule, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    join("Amina")
    take_turn(lambda: DAY_DUE)
    schedule(workshop, STARTS + 7 * DAY, at=DAY_DUE + HOUR)
    take_turn(lambda: DAY_DUE + 2 * HOUR)
    take_turn(lambda: DAY_DUE + 7 * DAY)
    take_turn(lambda: DAY_DUE + 7 * DAY + HOUR)
    sent = Message.objects.filter(sent_at__isnull=False).order_by("due_at")
    assert list(sent.values_list("kind", "due_at", "sent_at")) == [
        ("day-before", DAY_DUE, DAY_DUE),
        ("day-before", DAY_DUE + 7 * DAY, DAY_DUE + 7 * DAY),
    ]
    texts = [
        letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for letter in mail()
    ]
    assert sorted("When: Thursday 18 March 2027, 9:30am to 1pm" in text for text in texts) == [
        False,
        True,
    ]
    assert sorted("When: Thursday 25 March 2027, 9:30am to 1pm" in text for text in texts) == [
        False,
        True,
    ]


def test_reminder_is_sent_once_in_repeated_runs(
    workshop: Workshop, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    join("Amina")
    for minutes in range(5):
        take_turn(lambda minutes=minutes: WEEK_DUE + minutes * MINUTE)  # type: ignore[misc]
    assert len(mail()) == 1


def test_email_has_title_time_place_and_preparation(
    workshop: Workshop, facilitator: User, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    workshop.venue, workshop.joining_link = (
        "The Old Fire Station <Sunderland>",
        "https://meet.example.org/4",
    )
    workshop.save()
    member = join("Amina Rahman")
    take_turn(lambda: WEEK_DUE)
    (letter,) = mail()
    private = "https://convenor.example.org" + RSVP_LINK.path(workshop.public_id, member.public_id)
    assert (letter["Subject"], letter["To"]) == (
        "Reminder: Power and prejudice, Thursday 18 March",
        "amina.rahman@example.org",
    )
    assert letter["Reply-To"] == "ruth.facilitator@example.org"
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for words in (
        "North East, spring 2027",
        "Dear Amina,",
        "When: Thursday 18 March 2027, 9:30am to 1pm",
        "Where: The Old Fire Station <Sunderland>",
        "Joining link:\nhttps://meet.example.org/4",
        "Read the two pages.",
        f"Say if you’re coming:\n{private}",
    ):
        assert words in text
    html = letter.get_body(("html",)).get_content()  # type: ignore[union-attr]
    for words in (
        "Thursday 18 March 2027, 9:30am to 1pm",
        "The Old Fire Station &lt;Sunderland&gt;",
        f'href="{private}"',
        "Read the two pages.",
    ):
        assert words in html
    assert "private-link" not in text + html
    assert private not in Message.objects.get().text + Message.objects.get().html


def test_email_thanks_people_who_are_coming(
    workshop: Workshop, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    rsvp.save_answer(
        workshop=workshop, membership=join("Amina"), answer="coming", at=WEEK_DUE - DAY
    )
    join("Bryn")
    take_turn(lambda: DAY_DUE)
    texts = [
        letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        for letter in mail()
    ]
    assert ["You said you’re coming" in text for text in texts] == [True, False]


def test_reminder_is_dropped_when_apologies_arrive_before_sending(
    workshop: Workshop, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    member = join("Amina")
    moments = iter([DAY_DUE, DAY_DUE])

    def clock() -> datetime:
        """Return the time. The third call, before the pre-send check, saves the apologies."""
        moment = next(moments, None)
        if moment is None:
            rsvp.save_answer(workshop=workshop, membership=member, answer="apologies", at=DAY_DUE)
        return moment or DAY_DUE + MINUTE

    take_turn(clock)
    assert mail() == []
    assert Message.objects.get().status == "dropped"


def test_late_email_does_not_say_tomorrow(
    workshop: Workshop, join: Join, mail: Callable[[], list[EmailMessage]]
) -> None:
    join("Amina")
    take_turn(lambda: STARTS - HOUR)
    (letter,) = mail()
    text = letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Workshop 4 of North East, spring 2027 is on Thursday 18 March." in text
    assert "tomorrow" not in text.lower()
