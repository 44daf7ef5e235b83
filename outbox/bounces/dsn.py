"""Delivery status notifications (RFC 3464): which e-mail bounced, from which address, and why.

Pure functions from bytes to facts. Anybody can write to the bounce mailbox, so a notification
counts only with the Message-ID of an e-mail of ours, which nobody can guess, and its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail

from accounts.models import tidy_email
from outbox.bounces.smtp_replies import CODE, STATUS, SMTPReply

ADDRESS = re.compile(r"[^\s<>;,:\"'()\[\]]{1,64}@[^\s<>;,:\"'()\[\]]{1,190}")
MESSAGE_ID = re.compile(r"^[> \t]*Message-ID:\s*(<[^<>\s]{1,200}>)", re.IGNORECASE | re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
RETURNED_TYPES = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
}
# Notifications are short: characters of plain text to read at most.
LONGEST_TEXT = 20_000
MOST_PARTS, MOST_RECIPIENTS = 20, 50


@dataclass(frozen=True)
class Bounce:
    """An e-mail that failed for one recipient, with every address given for them."""

    message_id: str
    addresses: frozenset[str]
    said: str


def bounces_in(raw: bytes) -> list[Bounce]:
    """Return the permanent failures that the e-mail reports; none for a delay or another e-mail."""
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
        if message_id and field(block, "Action").lower() == "failed"
    ]


def parts_of(mail: Mail) -> list[Mail]:
    """Return the parts of the notification, not of the e-mail it returns."""
    payload = mail.get_payload()
    return (
        [one for one in payload[:MOST_PARTS] if isinstance(one, Mail)]
        if isinstance(payload, list)
        else []
    )


def message_id_in(part: Mail) -> str:
    """Return the Message-ID of the e-mail that is attached, whole or as headers."""
    if part.get_content_type() not in RETURNED_TYPES:
        return ""
    payload = part.get_payload()
    if isinstance(payload, list):
        return field(payload[0], "Message-ID") if payload and isinstance(payload[0], Mail) else ""
    return field(message_from_bytes(text_of(part).encode()), "Message-ID")


def addresses_in(block: Mail) -> frozenset[str]:
    named = (field(block, name) for name in ("Original-Recipient", "Final-Recipient"))
    return frozenset(tidy_email(found) for words in named for found in ADDRESS.findall(words))


def reason_in(block: Mail) -> str:
    """Return the SMTP reply, after the notification's status where that adds something."""
    status = field(block, "Status").split(" ")[0]
    said = re.sub(r"^\s*smtp\s*;\s*", "", field(block, "Diagnostic-Code"), flags=re.IGNORECASE)
    tells_enough = STATUS.search(said) or (CODE.search(said) and status.endswith(".0.0"))
    return said if tells_enough else f"{status} {said}".strip()


def bounces_in_plain_text(mail: Mail, parts: list[Mail]) -> Iterator[Bounce]:
    """Parse old servers' plain text, if it has our Message-ID and one status of the address."""
    first = next((part for part in [mail, *parts] if part.get_content_type() == "text/plain"), None)
    text = text_of(first)[:LONGEST_TEXT] if first else ""
    found = MESSAGE_ID.search(text)
    before = text[: found.start()] if found else ""
    statuses = set(STATUS.findall(before))
    if found is None or len(statuses) != 1:
        return
    said = next(line.strip() for line in before.splitlines() if STATUS.search(line))
    if SMTPReply.parse(said).refuses_address(whole_message=True):
        yield Bounce(found[1], frozenset(map(tidy_email, ADDRESS.findall(before))), said)


def text_of(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    return (
        payload.decode("utf-8", "replace").replace("\0", " ") if isinstance(payload, bytes) else ""
    )


def field(block: Mail, name: str) -> str:
    """Return a header on one line, or nothing."""
    return " ".join(CONTROL.sub(" ", str(block.get(name) or "")).split())[:1000]
