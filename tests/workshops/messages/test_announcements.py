"""The sending of announcements to people who are in the audience when it is confirmed and sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership
from outbox.content.email import without_links
from outbox.delivery.loop import take_turn
from outbox.models import Message, MessageQuerySet
from tests.concurrency import run_concurrently
from tests.factories import STARTS
from tests.services import Letterbox
from tests.workshops.announcement_helpers import create_draft, save_rsvp, send
from ui.version_token import StaleError
from workshops.messages import announcements
from workshops.messages.announcement_audience import audience_of
from workshops.models import Announcement, Attendance, Workshop
from workshops.register.rsvp import rsvp_url
from workshops.times import Arrangement, Slot

pytestmark = pytest.mark.django_db(transaction=True)

Join = Callable[..., Membership]
NOW = STARTS - timedelta(days=5)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def workshop(
    workshops: list[Workshop], facilitator: User, schedule: Callable[..., Workshop]
) -> Workshop:
    workshops[3].venue = "The Old Fire Station"
    return schedule(workshops[3], STARTS)


@pytest.fixture
def members(join: Join, workshop: Workshop) -> list[Membership]:
    """Six members: three are coming, one has sent apologies, and two have not answered."""
    people = [
        join(name)
        for name in ("Ama One", "Ben Two", "Cal Three", "Dee Four", "Eve Five", "Fay Six")
    ]
    for member in people[:3]:
        save_rsvp(workshop, member, "coming", NOW - timedelta(days=1))
    save_rsvp(workshop, people[3], "apologies", NOW - timedelta(days=1))
    return people


def messages() -> MessageQuerySet:
    return Message.objects.filter(kind="announcement")


def recipients_after_run(at: datetime = NOW + MINUTE) -> list[str]:
    """Run the sending loop at `at`; return the first names of those with a sent message."""
    take_turn(lambda: at)
    return names_of(messages().filter(sent_at__isnull=False))


def names_of(found: MessageQuerySet) -> list[str]:
    return [
        name.split()[0]
        for name in found.order_by("recipient__name").values_list("recipient__name", flat=True)
    ]


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        ("everybody", ["Ama", "Ben", "Cal", "Dee", "Eve", "Fay"]),
        ("coming", ["Ama", "Ben", "Cal"]),
        ("silent", ["Eve", "Fay"]),
    ],
)
def test_announcement_reaches_its_audience_once(
    audience: str,
    names: list[str],
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    about = None if audience == "everybody" else workshop
    draft = create_draft(cohort, facilitator, NOW, audience=audience, workshop=about)
    take_turn(lambda: NOW)
    assert not messages().exists()

    assert send(draft, facilitator, NOW) == len(names)
    assert send(draft, facilitator, NOW + MINUTE) is None
    assert recipients_after_run() == names
    assert recipients_after_run(NOW + 2 * MINUTE) == names
    subjects = sorted(mail["Subject"] for mail in smtp_server.messages if "coat" in mail["Subject"])
    assert subjects == [f"Bring a coat, {name}" for name in names]


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        ("present", ["Ama", "Ben"]),
        ("absent", ["Cal", "Eve"]),
        ("apologies", ["Dee", "Fay"]),
    ],
)
def test_announcement_after_a_workshop_goes_by_its_register(
    audience: str,
    names: list[str],
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    """Dee said beforehand that she could not come; Fay's apologies are on the register.

    Ama sent apologies, and came nevertheless.
    """
    later = STARTS + timedelta(days=1)
    for member, mark in zip(
        members, ("present", "partly", "absent", "", "absent", "apologies"), strict=True
    ):
        Attendance.objects.update_or_create(
            workshop=workshop, membership=member, defaults={"mark": mark, "marked_at": later}
        )
    Attendance.objects.filter(membership=members[0]).update(answer="apologies")
    draft = create_draft(cohort, facilitator, later, audience=audience, workshop=workshop)

    assert send(draft, facilitator, later) == len(names)
    assert recipients_after_run(later + MINUTE) == names
    mail = next(one for one in smtp_server.messages if "coat" in one["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    words = body.get_content()
    assert "See you in The Old Fire Station" in words
    assert "Say if" not in words
    assert "Can’t come" not in words


def test_announcement_reaches_the_selected_people_who_still_take_part(
    cohort: Cohort,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    draft = create_draft(cohort, facilitator, NOW, audience="selected", selected=members[:4])
    members[0].leave(by=None, at=NOW)
    assert send(draft, facilitator, NOW) == 3
    members[1].leave(by=None, at=NOW)

    assert recipients_after_run() == ["Cal", "Dee"]
    assert names_of(messages().filter(dropped_at__isnull=False)) == ["Ben"]
    words = messages().get(recipient=members[2].user).text
    assert f"Your facilitators in {cohort.name} chose who gets this message." in words


def test_confirm_refuses_another_selection(
    cohort: Cohort, members: list[Membership], facilitator: User
) -> None:
    draft = create_draft(cohort, facilitator, NOW, audience="selected", selected=members[:2])
    seen = announcements.send_version(draft, audience_of(draft, NOW))
    announcements.edit_draft(
        draft,
        selected=members[2:4],
        seen=announcements.draft_version(draft),
        by=facilitator,
        at=NOW + MINUTE,
    )

    with pytest.raises(StaleError, match="This message, or the workshop it is about, has changed"):
        announcements.confirm(draft, seen=seen, by=facilitator, at=NOW + MINUTE)


def test_changed_mark_stops_the_message(
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    later = STARTS + timedelta(days=1)
    for member in members[:2]:
        Attendance.objects.filter(membership=member).update(mark="absent", marked_at=later)
    draft = create_draft(cohort, facilitator, later, audience="absent", workshop=workshop)
    send(draft, facilitator, later)
    Attendance.objects.filter(membership=members[0]).update(mark="present")

    assert recipients_after_run(later + MINUTE) == ["Ben"]


def test_email_has_html_and_text_with_placeholders_and_private_link(
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    send(
        create_draft(cohort, facilitator, NOW, audience="silent", workshop=workshop),
        facilitator,
        NOW,
    )
    recipients_after_run()

    mail = next(mail for mail in smtp_server.to("eve.five@") if "coat" in mail["Subject"])
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text
    assert html
    assert "the hall is cold. See you in The Old Fire Station." in text.get_content()
    assert "<strong>cold</strong>" in html.get_content()
    assert mail["Reply-To"] == facilitator.email
    rsvp_path = f"/coming/{rsvp_url(workshop, members[4]).split('/')[-2]}/"
    assert rsvp_path in text.get_content()
    assert rsvp_path not in messages().get(recipient=members[4].user).text


@pytest.mark.parametrize(
    ("audience", "names", "dropped"),
    [("everybody", ["Ben", "Cal", "Dee", "Eve", "Fay"], ["Ama"]), ("silent", ["Fay"], ["Eve"])],
)
def test_people_who_left_answered_or_joined_since_confirmation_get_nothing(
    audience: str,
    names: list[str],
    dropped: list[str],
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    join: Join,
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    about = None if audience == "everybody" else workshop
    send(
        create_draft(cohort, facilitator, NOW, audience=audience, workshop=about), facilitator, NOW
    )
    members[0].leave(by=None, at=NOW)
    save_rsvp(workshop, members[4], "coming", NOW)
    join("Gus Seven", joined_at=NOW)

    assert recipients_after_run() == names
    assert names_of(messages().filter(dropped_at__isnull=False)) == dropped


def test_new_date_does_not_add_people_who_had_answered(
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    """A moved workshop has no RSVPs, but an announcement's recipients are fixed at confirmation."""
    draft = create_draft(cohort, facilitator, NOW, audience="silent", workshop=workshop)
    send(draft, facilitator, NOW)
    later = Slot(STARTS + timedelta(days=7), STARTS + timedelta(days=7, hours=3))
    workshop.arrange(Arrangement(later, "", ""), at=NOW)

    assert recipients_after_run() == ["Eve", "Fay"]


def test_cancelled_workshop_stops_its_messages(
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    send(
        create_draft(cohort, facilitator, NOW, audience="coming", workshop=workshop),
        facilitator,
        NOW,
    )
    workshop.cancel(by=facilitator, at=NOW)

    assert recipients_after_run() == []
    assert messages().filter(reason="It stopped being true before it was sent.").count() == 3


@pytest.mark.parametrize(
    ("audience", "late"), [("everybody", timedelta(days=2)), ("coming", STARTS - NOW)]
)
def test_late_message_expires(
    audience: str,
    late: timedelta,
    cohort: Cohort,
    workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    """An announcement expires after two days, or, if it is about a workshop, when that ends."""
    at = NOW if audience == "everybody" else STARTS + timedelta(hours=1)
    about = None if audience == "everybody" else workshop
    send(create_draft(cohort, facilitator, at, audience=audience, workshop=about), facilitator, at)

    assert (
        recipients_after_run(at + (timedelta(days=2) if about is None else timedelta(hours=3)))
        == []
    )
    assert {message.reason.partition(":")[0] for message in messages()} == {"Missed"}


def test_confirm_refuses_changed_audience_or_text(
    cohort: Cohort, workshop: Workshop, members: list[Membership], facilitator: User
) -> None:
    draft = create_draft(cohort, facilitator, NOW, audience="silent", workshop=workshop)
    seen = announcements.send_version(draft, audience_of(draft, NOW))

    save_rsvp(workshop, members[5], "coming", NOW)
    with pytest.raises(StaleError, match="now goes to 1 person, not 2"):
        announcements.confirm(draft, seen=seen, by=facilitator, at=NOW)

    seen = announcements.send_version(draft, audience_of(draft, NOW))
    draft.subject = "Other words"
    announcements.edit_draft(
        draft, seen=announcements.draft_version(draft), by=facilitator, at=NOW + MINUTE
    )
    with pytest.raises(StaleError, match="has changed since you opened this page"):
        announcements.confirm(draft, seen=seen, by=facilitator, at=NOW)

    save_rsvp(workshop, members[4], "apologies", NOW)
    with pytest.raises(StaleError):
        send(draft, facilitator, NOW)
    assert not messages().exists()


@pytest.fixture
def later_workshop(
    workshops: list[Workshop], workshop: Workshop, schedule: Callable[..., Workshop]
) -> Workshop:
    """A second workshop, four weeks after the first."""
    return schedule(workshops[4], STARTS + timedelta(days=28))


def test_preview_of_old_draft_matches_sent_email(
    cohort: Cohort,
    later_workshop: Workshop,
    members: list[Membership],
    facilitator: User,
    smtp_server: Letterbox,
) -> None:
    draft, now = create_draft(cohort, facilitator, NOW), STARTS + timedelta(days=1)
    draft.subject = "{workshop}, {day}"
    announcements.edit_draft(draft, seen=announcements.draft_version(draft), by=facilitator, at=NOW)

    shown = announcements.preview(draft, members[0], now)
    send(draft, facilitator, now)
    recipients_after_run(now + MINUTE)

    sent = messages().get(recipient=members[0].user)
    assert shown.subject == f"{later_workshop.title}, Thursday 15 April"
    assert (shown.subject, shown.text) == (sent.subject, without_links(sent.text))


def test_confirm_refuses_when_workshop_has_begun(
    cohort: Cohort, later_workshop: Workshop, members: list[Membership], facilitator: User
) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    seen = announcements.send_version(draft, audience_of(draft, STARTS - MINUTE))

    with pytest.raises(StaleError, match="the workshop it is about, has changed"):
        announcements.confirm(draft, seen=seen, by=facilitator, at=STARTS + timedelta(days=1))
    assert not messages().exists()


def test_edit_during_send_creates_new_draft(
    cohort: Cohort, members: list[Membership], facilitator: User
) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    seen = announcements.draft_version(draft)
    send(Announcement.objects.get(pk=draft.pk), facilitator, NOW)

    draft.body = "Other words."
    saved = announcements.edit_draft(draft, seen=seen, by=facilitator, at=NOW)

    assert (saved.pk != draft.pk, saved.is_draft, saved.body) == (True, True, "Other words.")
    assert Announcement.objects.get(pk=draft.pk).body.startswith("Dear")


def test_concurrent_confirms_send_once(
    cohort: Cohort, members: list[Membership], facilitator: User, second_facilitator: User
) -> None:
    draft = create_draft(cohort, facilitator, NOW)
    counts = run_concurrently(
        partial(send, draft, by, NOW) for by in (facilitator, second_facilitator) * 3
    )

    assert sorted(counts, key=str) == [6, None, None, None, None, None]
    assert messages().count() == 6
