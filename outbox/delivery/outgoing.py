"""Rendering: from a claimed message to the e-mail that is handed to the mail server."""

from __future__ import annotations

from dataclasses import dataclass

from outbox.content.email import Envelope
from outbox.models import Message
from outbox.rules import Rule


@dataclass(frozen=True, eq=False)
class Outgoing:
    """A rendered e-mail.

    It `is_new` unless an earlier attempt rendered it for the same address: a copy of that e-mail
    may already be on its way, so the second one must be identical.
    """

    message: Message
    rule: Rule
    envelope: Envelope
    is_new: bool


def render(message: Message, rule: Rule) -> Outgoing:
    """Render the message for its recipient's current address, or reuse the stored text.

    Sets the message's fields, but does not save them: the pre-send check does.
    """
    address = message.recipient.email if message.recipient else ""
    is_new = not message.text or message.address != address
    message.address = address
    if is_new:
        letter = rule.compose(message)
        message.subject, message.text, message.html = letter.subject[:250], letter.text, letter.html
        message.reply_to = ",".join(letter.reply_to)
        message.calendar = letter.calendar
    envelope = Envelope(message, rule.link(message), is_optional=rule.is_optional)
    return Outgoing(message, rule, envelope, is_new)
