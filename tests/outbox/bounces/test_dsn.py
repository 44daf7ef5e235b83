"""Parsing of bounce reports (DSNs) as real mail servers write them, and of other e-mail."""

import pytest

from outbox.bounces.dsn import Bounce, bounces_in

OURS = "<abcdefghjkmn@convenor.example.org>"
ADDRESS = "dev@example.org"


def report(
    status: str,
    returned: str = f"Message-ID: {OURS}\nSubject: Tomorrow",
    kind: str = "text/rfc822-headers",
) -> bytes:
    """Return a bounce report of three parts, as Postfix and Exchange send it.

    The parts are a text, the delivery status, and the returned message or its headers.
    """
    return f"""From: MAILER-DAEMON@mail.example.net (Mail Delivery System)
To: bounces@convenor.example.org
Subject: Undelivered Mail Bounce to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.net
Arrival-Date: Thu, 11 Mar 2027 09:00:04 +0000

{status}

--B
Content-Type: {kind}

{returned}

--B--
""".replace("\n", "\r\n").encode()


def block(
    action: str = "failed",
    recipient: str = ADDRESS,
    status: str = "5.1.1",
    said: str = "550 5.1.1 Unknown",
) -> str:
    return (
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\n"
        f"Diagnostic-Code: smtp; {said}"
    )


def returned(said: str = "550 5.1.1 Unknown", *addresses: str) -> list[Bounce]:
    return [Bounce(OURS, frozenset(addresses or (ADDRESS,)), said)]


PLAIN = f"""From: MAILER-DAEMON@old.example.net
Subject: failure notice
Content-Type: text/plain

Hi. This is the qmail-send program at old.example.net.

<{ADDRESS}>:
550 5.1.1 sorry, no mailbox here by that name

--- Below this line is a copy of the message.

Message-ID: {OURS}
Subject: Tomorrow
"""

ENDLESS = (
    "Content-Type: multipart/mixed; boundary=B\n\n"
    + "--B\nContent-Type: multipart/mixed; boundary=B\n\n" * 200
)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (report(block()), returned()),
        (report(block(), f"Message-ID: {OURS}\n\nWords.", "message/rfc822"), returned()),
        (report(block(recipient=f"<{ADDRESS.upper()}>")), returned()),
        (report(block(action="delayed", status="4.4.1")), []),
        (report(block(action="delivered", status="2.0.0")), []),
        (report(block(), "Subject: no name"), []),
        (report(block(status="5.0.0", said="550 No such user")), returned("550 No such user")),
        (report(block(status="5.2.2", said="550 Full up")), returned("5.2.2 550 Full up")),
        (
            report(block(action="failed", status="4.4.7", said="timed out")),
            returned("4.4.7 timed out"),
        ),
        (
            report(
                "Original-Recipient: rfc822;dev@example.org\n"
                + block(recipient="d.patel@other.example")
            ),
            returned("550 5.1.1 Unknown", ADDRESS, "d.patel@other.example"),
        ),
        (
            report(block() + "\n\n" + block(recipient="amina@example.org", action="relayed")),
            returned(),
        ),
        (PLAIN.encode(), returned("550 5.1.1 sorry, no mailbox here by that name")),
        (PLAIN.replace("550 5.1.1", "550").encode(), []),
        (PLAIN.replace("5.1.1", "5.7.1").encode(), []),
        (PLAIN.replace("no mailbox", "no mailbox (5.2.2)").encode(), []),
        (PLAIN.replace("Message-ID", "In-Reply-To").encode(), []),
        (b"Subject: I am away until Monday\n\nThank you for your message.", []),
        (b"", []),
        (b"\x00\xff\xfe" * 5_000, []),
        (ENDLESS.encode(), []),
        (
            b"Content-Type: multipart/report; boundary=B\n\n"
            b"--B\nContent-Type: message/delivery-status\n\n\xff: \x00",
            [],
        ),
        (
            b"Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n!!!",
            [],
        ),
    ],
)
def test_bounces_in_parses_bounce_reports(raw: bytes, found: list[Bounce]) -> None:
    addresses = {ADDRESS, "d.patel@other.example"}
    said = [Bounce(one.message_id, one.addresses & addresses, one.said) for one in bounces_in(raw)]
    assert said == found


def test_report_inside_a_forwarded_message_is_ignored() -> None:
    forwarded = (
        b"Content-Type: multipart/mixed; boundary=C\n\n--C\nContent-Type: message/rfc822\n\n"
        + report(block())
    )

    assert bounces_in(forwarded) == []


def test_control_characters_are_removed_from_the_reply() -> None:
    [one] = bounces_in(report(block(said="550 5.1.1 \0 \x1b[31m Unknown")))

    assert one.said == "550 5.1.1 [31m Unknown"
