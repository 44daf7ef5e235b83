"""Bounce reports of real mail systems: what is recorded, and how pages explain it."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import User
from cohorts.models import Cohort
from outbox.bounces import smtp_replies
from outbox.bounces.imap import record_bounces
from outbox.bounces.smtp_replies import SMTPReply, in_plain_words
from outbox.models import Message, SuppressedAddress
from tests.outbox.bounces.test_dsn import block, report

pytestmark = pytest.mark.django_db

CASES = Path(__file__).parents[2] / "data" / "cases" / "dsn"
# SUPPRESSING are the meanings of bounces that suppress an address; no other meaning does. FILES has
# the meaning of the bounce that each file reports, or None if the file reports no bounce.
SUPPRESSING = {
    smtp_replies.NO_DOMAIN,
    smtp_replies.NO_MAILBOX,
    smtp_replies.NOT_AN_ADDRESS,
    smtp_replies.FULL,
    smtp_replies.CLOSED,
}
FILES: dict[str, Promise | str | None] = {
    "01-google-nxdomain": smtp_replies.NO_DOMAIN,
    "03-o365-5.1.351": smtp_replies.NO_MAILBOX,
    "04-gmail-rate": smtp_replies.TOO_MANY,
    "05-no-ptr": smtp_replies.POLICY,
    "07-spamhaus-url-5.1.3": smtp_replies.POLICY,
    "10-transaction-failed": smtp_replies.NO_REASON,
    "11-cisco-supplementary": smtp_replies.NO_MAILBOX,
    "13-wrapped-by-a-gateway": smtp_replies.NO_MAILBOX,
    "14-delayed": None,
    "15-host-not-found": smtp_replies.NO_DOMAIN,
    "16-out-of-office": None,
    "17-postfix-4.1.1-given-up": smtp_replies.NO_MAILBOX,
    "19-sendmail-headers-only": smtp_replies.NO_MAILBOX,
    "20-action-with-comment": smtp_replies.NO_MAILBOX,
    "21-qmail-with-status": smtp_replies.NO_MAILBOX,
    "22-exim-text-no-status": None,
}


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


def test_every_file_has_an_expectation() -> None:
    assert {path.stem for path in CASES.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_file_is_judged(name: str, sent: Message) -> None:
    text = (CASES / f"{name}.eml").read_text(encoding="utf-8")
    raw = text.replace("{MID}", sent.message_id).replace("{TO}", sent.address).encode()
    meaning = FILES[name]

    recorded = record_bounces(raw, timezone.now())

    sent.refresh_from_db()
    assert recorded == (meaning is not None)
    assert (sent.bounced_at is not None) == (meaning is not None)
    assert SuppressedAddress.objects.exists() == (meaning in SUPPRESSING)
    if meaning is not None:
        assert in_plain_words(sent.reason) == str(meaning)


@pytest.mark.parametrize(
    ("status", "said", "meaning"),
    [
        ("4.4.1", "connect to mx.example.org: Connection timed out", smtp_replies.TOO_LONG_AWAY),
        ("4.4.7", "Message expired", smtp_replies.TOO_LONG_AWAY),
        ("4.2.2", "452 4.2.2 The email account is over quota", smtp_replies.FULL),
        ("4.0.0", "451 temporary failure", smtp_replies.NO_REASON),
        ("5.1.1", "550 5.1.1 Blocked, see https://dnsbl.example.org", smtp_replies.POLICY),
        ("5.1.1", "550 5.1.1 Message content rejected", smtp_replies.POLICY),
        ("5.1.1", "550 5.1.1 Too many messages from your host", smtp_replies.TOO_MANY),
        ("5.2.1", "550 5.2.1 Sending rate exceeded", smtp_replies.TOO_MANY),
        ("5.1.2", "553 5.1.2 Your IP has no reverse DNS", smtp_replies.POLICY),
        ("5.1.1", "host spam-filter.example said: 550 5.1.1 Unknown", smtp_replies.NO_MAILBOX),
        ("5.0.0", "550 Requested action not taken", smtp_replies.NO_REASON),
        ("5.9.9", "550 Bad luck", smtp_replies.NO_REASON),
        ("5.4.6", "554 5.4.6 Routing loop detected", smtp_replies.NO_REASON),
        ("5.4.310", "DNS domain example.invalid does not exist", smtp_replies.NO_DOMAIN),
    ],
)
def test_page_and_suppression_agree_on_a_final_reply(
    status: str, said: str, meaning: Promise | str, sent: Message
) -> None:
    raw = report(
        block(recipient=sent.address, status=status, said=said), f"Message-ID: {sent.message_id}"
    )

    assert record_bounces(raw, timezone.now()) == 1

    sent.refresh_from_db()
    assert in_plain_words(sent.reason) == str(meaning)
    assert SuppressedAddress.objects.exists() == (meaning in SUPPRESSING)


@pytest.mark.parametrize("code", [550, 551, 552, 553, 554, 556])
def test_unknown_reason_refuses_no_address(code: int) -> None:
    assert not SMTPReply.parse(f"{code} No").refuses_address()
    assert not SMTPReply.parse(f"{code} No").refuses_address(is_final=True)


def test_report_in_the_ascii_form_of_the_domain_is_about_the_address(sent: Message) -> None:
    Message.objects.update(address="anna@bücher.example")
    raw = report(block(recipient="Anna@XN--bcher-kva.example"), f"Message-ID: {sent.message_id}")

    assert record_bounces(raw, timezone.now()) == 1
    assert SuppressedAddress.objects.get().address == "anna@bücher.example"


def test_reply_of_a_person_that_quotes_the_message_is_no_bounce(sent: Message) -> None:
    raw = (
        f"From: {sent.address}\n\nSorry, what does 5.1.1 mean?\n\n"
        f"> To: {sent.address}\n> Message-ID: {sent.message_id}\n"
    ).encode()

    assert record_bounces(raw, timezone.now()) == 0
