"""The classification of SMTP replies: are they about the recipient's address or our account?"""

import pytest

from outbox.bounces import smtp_replies
from outbox.bounces.smtp_replies import SMTPReply, in_plain_words

# For each reply to RCPT, as real mail servers write it: whether it refuses the address, and its
# explanation in plain words.
REPLIES = [
    (
        "550 5.1.1 <a@example.org>: Recipient address rejected: User unknown",
        True,
        smtp_replies.NO_MAILBOX,
    ),
    (
        "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        True,
        smtp_replies.NO_MAILBOX,
    ),
    (
        "550-5.1.1 The email account that you tried to reach does not exist.",
        True,
        smtp_replies.NO_MAILBOX,
    ),
    (
        "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)",
        True,
        smtp_replies.NO_MAILBOX,
    ),
    ("550 5.5.0 Requested action not taken: mailbox unavailable", True, smtp_replies.NO_MAILBOX),
    ("550 No such user here", True, smtp_replies.NO_MAILBOX),
    ("554 delivery error: This user doesn't have an account", True, smtp_replies.NO_MAILBOX),
    ("550 5.1.2 Bad destination: host unknown", True, smtp_replies.NO_DOMAIN),
    ("501 5.1.3 Bad recipient address syntax", True, smtp_replies.NOT_AN_ADDRESS),
    ("552 5.2.2 The email account that you tried to reach is over quota", True, smtp_replies.FULL),
    ("552 Mailbox full", True, smtp_replies.FULL),
    ("550 5.2.1 The email account that you tried to reach is disabled", True, smtp_replies.CLOSED),
    ("550 5.7.1 Message rejected as spam by policy", False, smtp_replies.POLICY),
    (
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen",
        False,
        smtp_replies.POLICY,
    ),
    ("550 Your message was blocked by our blacklist", False, smtp_replies.POLICY),
    (
        "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        False,
        smtp_replies.POLICY,
    ),
    ("550 5.1.8 Sender address rejected: Domain not found", False, smtp_replies.SENDER),
    ("530 5.7.57 Client not authenticated to send mail", False, smtp_replies.SENDER),
    ("550 relay not permitted", False, smtp_replies.SENDER),
    (
        "550 5.1.0 <c@host.example>: Sender address rejected: User unknown in local table",
        False,
        smtp_replies.SENDER,
    ),
    ("554 5.2.252 SendAsDenied; c@host.example not allowed to send as", False, smtp_replies.SENDER),
    ("550 5.4.5 Daily user sending quota exceeded", False, smtp_replies.SENDER),
    ("552 5.2.0 Message rejected due to possible spam content", False, smtp_replies.POLICY),
    ("550 5.1.0 <a@spam.example>: Address rejected", True, smtp_replies.NO_MAILBOX),
    ("503 Bad sequence of commands", False, smtp_replies.NO_REASON),
    ("552 5.3.4 Message size exceeds fixed limit", False, smtp_replies.TOO_LARGE),
    ("452 4.2.2 Over quota", False, smtp_replies.FULL),
    ("450 4.1.1 User unknown, try again later", False, smtp_replies.NO_MAILBOX),
    ("4.4.7 Delivery time expired", False, smtp_replies.TOO_LONG_AWAY),
    ("", False, smtp_replies.NO_REASON),
]


@pytest.mark.parametrize(("said", "is_of_address", "sentence"), REPLIES)
def test_reply_to_rcpt_is_classified_and_explained(
    said: str, is_of_address: bool, sentence: str
) -> None:
    assert SMTPReply.parse(said).refuses_address() is is_of_address
    assert in_plain_words(said) == sentence


@pytest.mark.parametrize(
    ("said", "is_of_address"),
    [
        ("550 5.1.1 No such user", True),
        ("552 5.2.2 Mailbox full", True),
        ("552 5.2.3 Message too long", False),
        ("550 mailbox unavailable", False),
        ("552 Exceeded storage allocation", False),
        ("554 5.6.0 Message content rejected", False),
        ("554 5.2.252 SendAsDenied", False),
    ],
)
def test_reply_to_data_refuses_the_address_only_by_its_enhanced_status(
    said: str, is_of_address: bool
) -> None:
    assert SMTPReply.parse(said).refuses_address(whole_message=True) is is_of_address


@pytest.mark.parametrize(
    "said",
    [
        "554 5.2.252 SendAsDenied; c@host.example not allowed to send as p@host.example; "
        "STOREDRV.Submission",
        "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
        "550 5.7.1 Client does not have permissions to send as this sender",
        "553 5.7.1 <c@host.example>: Sender address rejected: not owned by user c",
        "550 5.1.0 <c@host.example>: Sender address rejected: "
        "User unknown in local recipient table",
        "550 5.1.8 Access denied, bad outbound sender",
        "550 5.1.90 Your message can't be sent because you've reached your daily limit",
        "554 5.7.1 <a@example.org>: Relay access denied",
        "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        "550 5.7.1 Relaying denied",
        "550 relay not permitted",
        "530 5.7.0 Authentication Required",
        "550 5.7.0 Authentication required",
        "554 Message rejected: Email address is not verified. "
        "The following identities failed: c@host.example",
    ],
)
def test_reply_about_our_account_is_a_sender_error(said: str) -> None:
    assert SMTPReply.parse(said).refuses_sender
    assert in_plain_words(said) == str(smtp_replies.SENDER)


@pytest.mark.parametrize(
    "said",
    [
        "550 5.1.1 <relay@sender.example>: Recipient address rejected: User unknown",
        "550 5.1.1 Relay access denied",
        # Our mail server quotes the reply of the recipient's server.
        "550 <a@example.org>: undeliverable address: "
        "host mx.example.org said: 550 Sender address rejected",
        # A mailing list or mailbox in Exchange accepts no e-mail from outside.
        "550 5.7.1 RESOLVER.RST.AuthRequired; authentication required",
        "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required",
        # The reply is about one server's evaluation of our domain's SPF, DKIM or DMARC, or of our
        # reputation.
        "550 5.7.26 This mail is unauthenticated, which poses a security risk; "
        "authentication is required",
        "550 5.7.509 Access denied, sending domain host.example does not pass DMARC verification",
        "550 5.7.1 Unauthenticated email from host.example is not accepted "
        "due to domain's DMARC policy",
        "554 5.7.9 Message not accepted for policy reasons",
        "550 5.7.1 The sender's reputation is too low",
        "550 5.1.1 <a@example.org> No such person",
        "552 5.2.2 Mailbox full",
        "451 4.7.1 Relay access denied",
    ],
)
def test_reply_about_one_recipient_is_not_a_sender_error(said: str) -> None:
    assert not SMTPReply.parse(said).refuses_sender
