"""Reading bounce reports from a mailbox on a real IMAP server."""

import logging
from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.bounces import imap as reading
from outbox.bounces.imap import FLAG, Reading, read_mailbox
from outbox.bounces.suppression import clear_suppression_and_requeue
from outbox.models import Message, SuppressedAddress
from outbox.tasks import read_bounces
from tests.outbox.bounces.test_dsn import block, report
from tests.servers import free_port
from tests.services import Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(cohort: Cohort, participant: User) -> Message:
    """A message that the mail server accepted an hour ago."""
    at = timezone.now() - timedelta(hours=1)
    return Message.objects.create(
        kind="day-before",
        key="day-before:1",
        recipient=participant,
        group_id=cohort.pk,
        subject_id=1,
        made_at=at,
        due_at=at,
        expires_at=at + timedelta(days=1),
        try_at=at,
        address=participant.email,
        text="Tomorrow.",
        outcome="sent",
        sent_at=at,
    )


def bounce_of(message: Message, address: str = "", name: str = "") -> bytes:
    return report(
        block(recipient=address or message.address), f"Message-ID: {name or message.message_id}"
    )


def test_report_suppresses_the_address_and_is_read_once(
    bounce_mailbox: Mailbox, sent: Message
) -> None:
    bounce_mailbox.receive(bounce_of(sent), b"Subject: Out of office\r\n\r\nAway.")

    first, second = read_mailbox(), read_mailbox()

    assert (first, second) == (Reading(mails=2, bounced=1), Reading(mails=0, bounced=0))
    assert bounce_mailbox.flagged(FLAG) == 2
    sent.refresh_from_db()
    assert (sent.status, sent.reason) == ("sent", "550 5.1.1 Unknown")
    assert sent.bounced_at is not None
    marked = SuppressedAddress.objects.get()
    assert (marked.address, marked.source, marked.message) == (sent.address, "report", sent)


def test_report_about_no_message_of_ours_is_ignored(bounce_mailbox: Mailbox, sent: Message) -> None:
    """Anybody can send a report to the mailbox, with an unknown Message-ID or recipient."""
    host = sent.message_id.partition("@")[2]
    bounce_mailbox.receive(
        bounce_of(sent, name=f"<abcdefghjkmn@{host}"),
        bounce_of(sent, name=f"<{sent.public_id}@elsewhere.example>"),
        bounce_of(sent, name=f"<{sent.public_id}\0@{host}"),
        bounce_of(sent, address="ruth.facilitator@example.org"),
    )

    assert read_mailbox() == Reading(mails=4, bounced=0)
    assert not SuppressedAddress.objects.exists()


def test_report_read_twice_does_not_suppress_a_confirmed_address(
    bounce_mailbox: Mailbox, sent: Message
) -> None:
    bounce_mailbox.receive(bounce_of(sent))
    read_mailbox()
    recipient = sent.recipient
    assert recipient
    clear_suppression_and_requeue(recipient, was=recipient.email, at=timezone.now())
    with bounce_mailbox.opened() as connection:
        connection.uid("STORE", "1:*", "-FLAGS", f"({FLAG})")

    assert read_mailbox() == Reading(mails=1, bounced=0)
    assert not SuppressedAddress.objects.exists()


def test_large_attachment_and_invalid_message_do_not_break_reading(
    bounce_mailbox: Mailbox, sent: Message
) -> None:
    attachment = b"\r\n--B\r\nContent-Type: application/zip\r\n\r\n" + b"A" * 76 * 140_000
    bounce_mailbox.receive(b"\0\xff" * 500, bounce_of(sent).replace(b"\r\n--B--", attachment))

    assert read_mailbox() == Reading(mails=2, bounced=1)


def test_unavailable_mailbox_logs_one_line_and_is_retried(
    bounce_mailbox: Mailbox, sent: Message, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    bounce_mailbox.receive(bounce_of(sent))
    settings.BOUNCE_MAILBOX_URL = f"imap://bounces:a-secret-word@127.0.0.1:{free_port()}/INBOX"

    with caplog.at_level(logging.INFO, logger="outbox.bounces.imap"):
        read_bounces()
        settings.BOUNCE_MAILBOX_URL = bounce_mailbox.url.replace("secret", "wrong")
        read_bounces()
        settings.BOUNCE_MAILBOX_URL = bounce_mailbox.url
        read_bounces()

    lines = [record.getMessage() for record in caplog.records if record.name == reading.__name__]
    assert [line.split(":")[0] for line in lines] == [
        "The mailbox of reports could not be read",
        "The mailbox of reports could not be read",
        "The mailbox of reports",
    ]
    assert "secret" not in caplog.text
    assert SuppressedAddress.objects.exists()


def test_command_prints_the_counts_or_fails_with_the_reason(
    bounce_mailbox: Mailbox, sent: Message, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    bounce_mailbox.receive(bounce_of(sent))

    call_command("read_bounces")

    assert capsys.readouterr().out == "1 read, 1 of our messages bounced.\n"
    for url, why in (
        ("", "Set BOUNCE_MAILBOX_URL"),
        ("https://example.org", "Set BOUNCE_MAILBOX_URL to a URL such as imaps://"),
        (f"{bounce_mailbox.url}/No", "no mailbox"),
    ):
        settings.BOUNCE_MAILBOX_URL = url
        with pytest.raises(CommandError, match=why):
            call_command("read_bounces")


def test_report_dated_before_the_message_was_sent_is_ignored(
    bounce_mailbox: Mailbox, sent: Message
) -> None:
    later: datetime = timezone.now() + timedelta(hours=1)
    Message.objects.update(outcome="sent", sent_at=later)
    bounce_mailbox.receive(bounce_of(sent))

    assert read_mailbox() == Reading(mails=1, bounced=0)
