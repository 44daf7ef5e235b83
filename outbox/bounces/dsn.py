"""Parsing of delivery status notifications (RFC 3464): which e-mail bounced, where, and why.

All functions are pure. Anybody can write to the bounce mailbox, so callers must ignore a bounce
unless its Message-ID, which can't be guessed, is that of an e-mail to one of its addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail

from accounts.models import normalise_email
from outbox.bounces.smtp_replies import CODE, STATUS, SMTPReply

ADDRESS = re.compile(r"[^\s<>;,:\"'()\[\]]{1,64}@[^\s<>;,:\"'()\[\]]{1,190}")
MESSAGE_ID = re.compile(r"^[> \t]*Message-ID:\s*(<[^<>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
COMMENT = re.compile(r"\([^()]*\)")
# Senders of plain-text notifications. E-mails from other senders are ignored, because a person's
# reply may contain the same text.
MAIL_SYSTEM = re.compile(r"mailer-?daemon|postmaster|mail delivery|mdaemon", re.IGNORECASE)
SMTP_TYPE = re.compile(r"^\s*smtp\s*;\s*", re.IGNORECASE)
# Cisco gives the reply in a field of its own: “<mx.example.net #5.0.0 smtp; 550 "Unknown User">”.
SUPPLEMENTARY = re.compile(r"<?[^<>;]*\bsmtp\s*;\s*(.*?)>?\s*$", re.IGNORECASE)
# Content types of the part of a notification that holds the returned e-mail or its headers.
RETURNED_TYPES = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
}
# The most characters of plain text to read. Notifications are short.
LONGEST_TEXT = 20_000
MOST_PARTS, MOST_RECIPIENTS, MOST_DEPTH = 20, 50, 4


@dataclass(frozen=True)
class Bounce:
    """A permanent failure to deliver one e-mail to one recipient.

    `addresses` are all that the notification gives for the recipient, in lower case. `said` is the
    SMTP reply.
    """

    message_id: str
    addresses: frozenset[str]
    said: str

    @property
    def refuses_address(self) -> bool:
        """Whether the address is at fault. A failure is final even if its status is 4.x.x."""
        return SMTPReply.parse(self.said).refuses_address(is_final=True)


def bounces_in(raw: bytes) -> list[Bounce]:
    """Return the permanent failures that an e-mail reports; a notification of a delay has none."""
    mail = message_from_bytes(raw)
    parts = parts_of(mail)
    status = next(
        (part for part in parts if part.get_content_type() == "message/delivery-status"), None
    )
    if status is None:
        return list(bounces_in_plain_text(mail, parts))
    message_id = next((found for part in parts if (found := message_id_in(part))), "")
    blocks = [block for block in status.walk() if block is not status][:MOST_RECIPIENTS]
    return [
        Bounce(message_id, addresses_in(block), reason_in(block))
        for block in blocks
        if message_id and without_comments(field(block, "Action")).lower() == "failed"
    ]


def parts_of(mail: Mail, depth: int = 0) -> list[Mail]:
    """Return the parts of a notification, at most MOST_PARTS.

    Includes the parts of nested multiparts, because gateways wrap a notification to add a line.
    Leaves out the parts of a returned e-mail, because the mail system did not write them.
    """
    payload = mail.get_payload()
    parts: list[Mail] = []
    for part in payload[:MOST_PARTS] if isinstance(payload, list) else []:
        if not isinstance(part, Mail):
            continue
        nested = part.get_content_maintype() == "multipart" and depth < MOST_DEPTH
        parts += parts_of(part, depth + 1) if nested else [part]
    return parts[:MOST_PARTS]


def message_id_in(part: Mail) -> str:
    """Return the Message-ID of the returned e-mail, if this part holds it or its headers."""
    if part.get_content_type() not in RETURNED_TYPES:
        return ""
    payload = part.get_payload()
    if isinstance(payload, list):
        return field(payload[0], "Message-ID") if payload and isinstance(payload[0], Mail) else ""
    return field(message_from_bytes(text_of(part).encode()), "Message-ID")


def addresses_in(block: Mail) -> frozenset[str]:
    named = (field(block, name) for name in ("Original-Recipient", "Final-Recipient"))
    return frozenset(normalise_email(found) for words in named for found in ADDRESS.findall(words))


def reason_in(block: Mail) -> str:
    """Return the SMTP reply, preceded by the notification's status code (RFC 3463).

    The status is left out if the reply has one itself, or if the status is vague (5.0.0) and the
    reply has an SMTP code.
    """
    status = without_comments(field(block, "Status")).split(" ")[0]
    said = SMTP_TYPE.sub("", field(block, "Diagnostic-Code"))
    if not said:
        said = SUPPLEMENTARY.sub(r"\1", field(block, "X-Supplementary-Info"))
    tells_enough = STATUS.search(said) or (CODE.search(said) and status.endswith(".0.0"))
    return said if tells_enough else f"{status} {said}".strip()


def bounces_in_plain_text(mail: Mail, parts: list[Mail]) -> Iterator[Bounce]:
    """Yield the failure in a plain-text notification, as older mail servers write them.

    The notification must come from a mail system. The text before the Message-ID must contain one
    status code only, and the line with that code must refuse the address.
    """
    if not MAIL_SYSTEM.search(field(mail, "From")):
        return
    first = next((part for part in [mail, *parts] if part.get_content_type() == "text/plain"), None)
    text = text_of(first)[:LONGEST_TEXT] if first else ""
    found = MESSAGE_ID.search(text)
    before = text[: found.start()] if found else ""
    statuses = set(STATUS.findall(before))
    if found is None or len(statuses) != 1:
        return
    said = next(line.strip() for line in before.splitlines() if STATUS.search(line))
    if SMTPReply.parse(said).refuses_address(whole_message=True):
        yield Bounce(found[1], frozenset(map(normalise_email, ADDRESS.findall(before))), said)


def text_of(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    return (
        payload.decode("utf-8", "replace").replace("\0", " ") if isinstance(payload, bytes) else ""
    )


def without_comments(value: str) -> str:
    """Return a field's value without comments in brackets: “failed” for “failed (unknown)”."""
    return COMMENT.sub("", value).strip()


def field(block: Mail, name: str) -> str:
    """Return the header's value on one line, at most 1000 characters; empty if it is missing."""
    return " ".join(CONTROL.sub(" ", str(block.get(name) or "")).split())[:1000]
