"""The rendering of a claimed message into the e-mail that is handed to the mail server."""

from __future__ import annotations

from dataclasses import dataclass

from outbox.content.email import Envelope
from outbox.models import Message
from outbox.rules import Rule


@dataclass(frozen=True, eq=False)
class Outgoing:
    """A rendered e-mail, ready to be sent.

    `is_new` is False if an earlier attempt rendered the e-mail for the same address. A copy may
    then be on its way already, so the stored e-mail is reused unchanged.
    """

    message: Message
    rule: Rule
    envelope: Envelope
    is_new: bool


def render(message: Message, rule: Rule) -> Outgoing:
    """Return the message's e-mail to its recipient's current address.

    Reuses the stored e-mail if it was rendered for that address. A file is not stored with the
    e-mail but read each time. Sets the fields of `message`,
    which the pre-send check saves.
    """
    address = rule.address_of(message)
    is_new = not message.text or message.address != address
    message.address = address
    if is_new:
        letter = rule.compose(message)
        message.subject, message.text, message.html = letter.subject[:250], letter.text, letter.html
        message.sender = letter.sender[:150]
        message.reply_to = ",".join(letter.reply_to)
        message.calendar = letter.calendar
    envelope = Envelope(
        message,
        rule.link(message),
        is_optional=rule.is_optional,
        attachment=rule.attachment(message) if rule.attachment else None,
    )
    return Outgoing(message, rule, envelope, is_new)
