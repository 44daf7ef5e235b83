"""Announcements that go out at a time that a facilitator chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.delivery.loop import take_turn
from outbox.forecast import foresee
from outbox.models import Message
from outbox.queueing import insert
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.announcement_helpers import create_draft, save_rsvp, send
from ui.version_token import StaleError
from workshops.anonymisation import ERASED_SUBJECT, erase_announcements
from workshops.messages import announcements
from workshops.models import Announcement, Workshop

pytestmark = pytest.mark.django_db(transaction=True)

NOW = STARTS - timedelta(days=5)
LATER = NOW + timedelta(days=2, hours=3)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def workshop(workshops: list[Workshop], schedule: Callable[..., Workshop]) -> Workshop:
    return schedule(workshops[3], STARTS)


@pytest.fixture
def members(join: Callable[..., Membership], workshop: Workshop) -> list[Membership]:
    return [join("Ama One"), join("Ben Two"), join("Cal Three")]


@pytest.fixture
def draft(cohort: Cohort, members: list[Membership], facilitator: User) -> Announcement:
    """A draft to be sent at LATER."""
    return create_later(cohort, facilitator, LATER)


def create_later(
    cohort: Cohort, by: User, sends_at: datetime, workshop: Workshop | None = None
) -> Announcement:
    draft = create_draft(
        cohort, by, NOW, audience="silent" if workshop else "everybody", workshop=workshop
    )
    draft.sends_at = sends_at
    return announcements.save_draft(draft, by=by, at=NOW)


def sent_after_run(at: datetime) -> list[str]:
    """Run the sending loop at `at`; return the first names of those with a sent message."""
    take_turn(lambda: at)
    sent = Message.objects.filter(kind="announcement", sent_at__isnull=False)
    names = sent.order_by("recipient__name").values_list("recipient__name", flat=True)
    return [name.split()[0] for name in names]


def test_announcement_goes_out_at_its_time_once(
    draft: Announcement, facilitator: User, smtp_server: Letterbox
) -> None:
    assert send(draft, facilitator, NOW) == 3
    assert send(draft, facilitator, NOW + MINUTE) is None
    assert sent_after_run(LATER - MINUTE) == []
    assert not Message.objects.filter(kind="announcement").exists()

    assert sent_after_run(LATER) == ["Ama", "Ben", "Cal"]
    assert sent_after_run(LATER + MINUTE) == ["Ama", "Ben", "Cal"]
    assert sum("coat" in mail["Subject"] for mail in smtp_server.messages) == 3


def test_forecast_has_it_at_its_time(
    cohort: Cohort, draft: Announcement, facilitator: User
) -> None:
    def due() -> list[datetime]:
        found = foresee(cohort.pk, NOW, STARTS)
        return [one.due_at for one in found if one.kind == "announcement"]

    assert due() == []
    send(draft, facilitator, NOW)
    assert due() == [LATER] * 3
    announcements.cancel_sending(draft, at=NOW)
    assert due() == []


def test_people_who_answered_or_left_meanwhile_get_nothing(
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    draft = create_later(cohort, facilitator, LATER, workshop)
    send(draft, facilitator, NOW)
    save_rsvp(workshop, members[0], "coming", NOW + MINUTE)
    members[1].leave(by=None, at=NOW + MINUTE)

    assert sent_after_run(LATER) == ["Cal"]


def test_announcement_names_the_workshop_that_comes_next_when_it_goes_out(
    cohort: Cohort,
    workshops: list[Workshop],
    members: list[Membership],
    facilitator: User,
    schedule: Callable[..., Workshop],
    smtp_server: Letterbox,
) -> None:
    after = schedule(workshops[4], STARTS + timedelta(days=28))
    draft = create_later(cohort, facilitator, STARTS + timedelta(days=1))
    draft.subject = "{workshop}"
    announcements.save_draft(draft, by=facilitator, at=NOW)
    send(draft, facilitator, NOW)
    sent_after_run(STARTS + timedelta(days=1))

    sent = Message.objects.filter(kind="announcement")
    assert {message.subject for message in sent} == {after.title}


def test_cancelled_announcement_is_a_draft_that_can_be_sent(
    draft: Announcement, facilitator: User, smtp_server: Letterbox
) -> None:
    send(draft, facilitator, NOW)
    assert announcements.cancel_sending(draft, at=LATER - MINUTE)
    draft.refresh_from_db()
    assert (draft.is_draft, draft.sends_at, draft.addressees.count()) == (True, LATER, 0)
    assert sent_after_run(LATER) == []
    with pytest.raises(StaleError, match="The time chosen for this message has passed"):
        send(draft, facilitator, LATER)

    draft.sends_at = None
    announcements.save_draft(draft, by=facilitator, at=LATER)
    assert send(draft, facilitator, LATER) == 3
    assert sent_after_run(LATER + MINUTE) == ["Ama", "Ben", "Cal"]
    assert not announcements.cancel_sending(draft, at=LATER + MINUTE)


def test_message_queued_during_a_cancellation_does_not_stop_a_later_sending(
    draft: Announcement, facilitator: User, smtp_server: Letterbox
) -> None:
    """The run's clock is ahead of the server that cancels, so the message is queued already."""
    send(draft, facilitator, NOW)
    insert(announcements.ANNOUNCEMENT, LATER)
    assert announcements.cancel_sending(draft, at=LATER - MINUTE)
    assert sent_after_run(LATER) == []

    draft.refresh_from_db()
    draft.sends_at = LATER + timedelta(days=30)
    announcements.save_draft(draft, by=facilitator, at=LATER)
    send(draft, facilitator, LATER)
    assert sent_after_run(LATER + timedelta(days=30)) == ["Ama", "Ben", "Cal"]


def test_edit_makes_it_a_draft_until_its_time_and_a_copy_afterwards(
    draft: Announcement, facilitator: User, smtp_server: Letterbox
) -> None:
    send(draft, facilitator, NOW)
    scheduled = Announcement.objects.get(pk=draft.pk)
    seen = announcements.draft_version(scheduled)
    scheduled.subject = "Other words"
    saved = announcements.edit_draft(scheduled, seen=seen, by=facilitator, at=LATER - MINUTE)
    assert (saved.pk, Announcement.objects.get().is_draft) == (draft.pk, True)

    send(saved, facilitator, LATER - MINUTE)
    sent_after_run(LATER)
    late = Announcement.objects.get(pk=draft.pk)
    copy = announcements.edit_draft(
        late, seen=announcements.draft_version(late), by=facilitator, at=LATER
    )
    assert (copy.pk != draft.pk, copy.is_draft, copy.subject) == (True, True, "Other words")


@pytest.mark.parametrize(("at", "subjects"), [(LATER - MINUTE, []), (LATER, [str(ERASED_SUBJECT)])])
def test_retention_deletes_it_until_it_has_gone_out(
    at: datetime, subjects: list[str], draft: Announcement, cohort: Cohort, facilitator: User
) -> None:
    """Otherwise, an e-mail without text would go out."""
    send(draft, facilitator, NOW)
    erase_announcements(cohort, at=at)
    assert [one.subject for one in Announcement.objects.all()] == subjects
