"""Overrides: a facilitator skips, restores, sends or annotates a message; then the loop is run."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import ngettext_lazy
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox import overrides
from outbox.models import Message, MessageOverride
from outbox.overrides import Occasion, note_version
from outbox.rules import Timing, all_rules
from tests.factories import LONG_AGO, STARTS, turn_at, who_leads_here
from tests.servers import free_port
from tests.services import Letterbox
from ui.version_token import StaleError
from workshops.models import Workshop
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)

WEEK_BEFORE = datetime(2027, 3, 11, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def workshop(cohort: Cohort, facilitator: User) -> Workshop:
    return who_leads_here(cohort)


@pytest.fixture
def people(workshop: Workshop, smtp_server: Letterbox) -> list[User]:
    """Two members, Amir and Bea, who have received their invitations and calendar entries."""
    people = [
        User.objects.create_user(f"{name}@example.org", name.title()) for name in ("amir", "bea")
    ]
    for user in people:
        Membership.objects.create(cohort=workshop.cohort, user=user, joined_at=LONG_AGO)
    turn_at(LONG_AGO)
    smtp_server.messages.clear()
    return people


@pytest.fixture
def week_before(workshop: Workshop) -> Occasion:
    return Occasion(workshop.cohort_id, "week-before", workshop.pk)


def reminded(server: Letterbox) -> list[str]:
    return sorted(mail["To"] for mail in server.messages if mail["Subject"].startswith("Reminder"))


BOTH = ["amir@example.org", "bea@example.org"]


def test_skipped_message_is_not_sent_until_restored(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    assert overrides.skip(week_before, by=facilitator, at=WEEK_BEFORE - DAY)
    turn_at(WEEK_BEFORE)
    assert reminded(smtp_server) == []

    assert overrides.send_after_all(week_before, at=WEEK_BEFORE + MINUTE)
    turn_at(WEEK_BEFORE + 2 * MINUTE)
    turn_at(WEEK_BEFORE + 3 * MINUTE)

    assert reminded(smtp_server) == BOTH


def test_skipped_deferred_message_is_dropped_and_sent_once_when_restored(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    smtp_server.answers["amir@example.org"] = "451 Not now"
    turn_at(WEEK_BEFORE)
    assert overrides.skip(week_before, by=facilitator, at=WEEK_BEFORE + MINUTE)
    assert not overrides.skip(week_before, by=facilitator, at=WEEK_BEFORE + 2 * MINUTE)
    dropped = Message.objects.get(kind="week-before", recipient=people[0])
    assert (dropped.status, dropped.reason) == ("dropped", "Skipped by Ruth Okafor.")
    del smtp_server.answers["amir@example.org"]
    turn_at(WEEK_BEFORE + 10 * MINUTE)
    assert reminded(smtp_server) == ["bea@example.org"]

    overrides.send_after_all(week_before, at=WEEK_BEFORE + 11 * MINUTE)
    turn_at(WEEK_BEFORE + 12 * MINUTE)

    assert reminded(smtp_server) == BOTH
    assert overrides.send_after_all(week_before, at=WEEK_BEFORE + 13 * MINUTE) is False


def test_skip_of_one_person_is_independent_of_the_skip_of_all(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    overrides.skip(week_before, person=people[0], by=facilitator, at=WEEK_BEFORE - DAY)
    overrides.skip(week_before, by=facilitator, at=WEEK_BEFORE - DAY)
    overrides.send_after_all(week_before, at=WEEK_BEFORE - MINUTE)
    turn_at(WEEK_BEFORE)
    assert reminded(smtp_server) == ["bea@example.org"]

    overrides.send_after_all(week_before, person=people[0], at=WEEK_BEFORE + MINUTE)
    turn_at(WEEK_BEFORE + 2 * MINUTE)

    assert reminded(smtp_server) == BOTH


def test_message_restored_after_its_window_is_not_sent(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    overrides.skip(week_before, by=facilitator, at=WEEK_BEFORE - DAY)

    overrides.send_after_all(week_before, at=WEEK_BEFORE + 4 * DAY)
    turn_at(WEEK_BEFORE + 4 * DAY)

    assert reminded(smtp_server) == []


def test_send_now_sends_each_message_once(
    week_before: Occasion, people: list[User], smtp_server: Letterbox
) -> None:
    now = WEEK_BEFORE - 5 * DAY

    assert [overrides.send_now(week_before, at=now) for _ in range(2)] == [2, 0]
    turn_at(now)
    turn_at(WEEK_BEFORE)

    assert reminded(smtp_server) == BOTH
    assert {mail["Date"].datetime for mail in smtp_server.messages} == {now}


def test_workshop_moved_after_send_now_gets_new_reminders(
    week_before: Occasion, workshop: Workshop, people: list[User], smtp_server: Letterbox
) -> None:
    now = WEEK_BEFORE - 5 * DAY
    overrides.send_now(week_before, at=now)
    turn_at(now)
    later = STARTS + timedelta(weeks=1)
    workshop.arrange(Arrangement(Slot(later, later + timedelta(hours=3)), "", ""), at=now + MINUTE)

    turn_at(WEEK_BEFORE + timedelta(weeks=1))

    assert reminded(smtp_server) == sorted(BOTH * 2)


def test_send_now_then_skip_and_restore_sends_at_the_due_time(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    now = WEEK_BEFORE - 5 * DAY
    overrides.send_now(week_before, at=now)
    overrides.skip(week_before, by=facilitator, at=now)
    turn_at(now)
    overrides.send_after_all(week_before, at=now + MINUTE)
    turn_at(now + MINUTE)
    assert reminded(smtp_server) == []

    turn_at(WEEK_BEFORE)

    assert reminded(smtp_server) == BOTH
    assert {mail["Date"].datetime for mail in smtp_server.messages} == {WEEK_BEFORE}


def test_send_now_sends_only_messages_whose_conditions_are_met(
    workshop: Workshop, people: list[User]
) -> None:
    survey, nudge, calendar = (
        Occasion(workshop.cohort_id, kind, workshop.pk)
        for kind in ("survey", "survey-nudge", "calendar")
    )
    ended = workshop.ends_at
    assert ended

    assert overrides.send_now(survey, at=ended - MINUTE) == 0
    assert overrides.send_now(survey, at=ended + MINUTE) == 2
    assert [overrides.send_now(one, at=ended + MINUTE) for one in (nudge, calendar)] == [0, 0]


def test_note_is_in_the_email_with_its_authors_name(
    week_before: Occasion, people: list[User], facilitator: User, smtp_server: Letterbox
) -> None:
    overrides.write_note(
        week_before, "Bring a coat.", version=note_version(None), by=facilitator, at=LONG_AGO
    )
    turn_at(WEEK_BEFORE)

    assert reminded(smtp_server) == BOTH
    for mail in smtp_server.messages:
        text, html = (
            next(part for part in mail.walk() if part.get_content_type() == kind).get_content()
            for kind in ("text/plain", "text/html")
        )
        assert "Bring a coat.\nRuth Okafor\n\n" in text.replace("\r\n", "\n")
        assert html.index("Bring a coat.") < html.index("Ruth Okafor")


def test_stale_note_does_not_overwrite_a_newer_note(
    week_before: Occasion, facilitator: User
) -> None:
    overrides.write_note(
        week_before, "Bring a coat.", version=note_version(None), by=facilitator, at=LONG_AGO
    )

    with pytest.raises(StaleError):
        overrides.write_note(
            week_before,
            "Bring cake.",
            version=note_version(None),
            by=facilitator,
            at=LONG_AGO + MINUTE,
        )

    saved = MessageOverride.objects.get()
    assert (saved.note, saved.noted_at) == ("Bring a coat.", LONG_AGO)
    overrides.write_note(
        week_before, "", version=note_version(saved), by=facilitator, at=LONG_AGO + MINUTE
    )
    assert MessageOverride.objects.get().note == ""


def test_send_now_works_if_the_broker_is_unavailable(
    week_before: Occasion, people: list[User], settings: Settings
) -> None:
    settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}"

    assert overrides.send_now(week_before, at=WEEK_BEFORE - DAY) == 2


def test_every_rule_explains_why_it_sends() -> None:
    assert [kind for kind, rule in all_rules().items() if not rule.text.why] == []


@pytest.mark.parametrize(
    ("timing", "words"),
    [
        ({"days": 7, "at": STARTS.time()}, "7 units before it, at 9:30am"),
        ({"days": 0, "at": STARTS.time()}, "on the day itself, at 9:30am"),
        ({"days": 1}, "1 unit before it"),
        ({"minutes": 30}, "30 units before it"),
        ({"minutes": 0, "phrase_at_zero": "right before it"}, "right before it"),
    ],
)
def test_timing_is_described_in_words(timing: dict[str, Any], words: str) -> None:
    phrase = ngettext_lazy("%(count)d unit before it", "%(count)d units before it", "count")
    assert Timing(label="units before it", phrase=phrase, **timing).describe() == words
