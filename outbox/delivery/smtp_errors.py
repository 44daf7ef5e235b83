"""Classification of SMTP errors: about one message, or about our account."""

from __future__ import annotations

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from outbox.bounces.smtp_replies import AUTHENTICATION_CODES, SMTPReply

# Codes that mean “service not available” or “authentication required”, after any command.
ACCOUNT_CODES = frozenset({421, *AUTHENTICATION_CODES})
TOO_LARGE = 552

Refused = SMTPSenderRefused | SMTPRecipientsRefused | SMTPDataError


def is_account_error(error: Refused) -> bool:
    """Return whether the server refused us (authentication, sender, quota), not the message."""
    code, text = reply_of(error)
    return applies_to_all_mail(error) or SMTPReply.parse(f"{code} {text}", code).refuses_sender


def applies_to_all_mail(error: Refused) -> bool:
    """Return whether the server would refuse every message, whoever the recipient is.

    That is, it refused our login, or the sender before it knew the recipient. A reply to RCPT or
    DATA may come from another mail system, to which our mail server relays.
    """
    code, _text = reply_of(error)
    return code in ACCOUNT_CODES or (isinstance(error, SMTPSenderRefused) and code != TOO_LARGE)


def reply_of(error: Refused) -> tuple[int, str]:
    """Return the code and text of the SMTP reply. An e-mail has one recipient, and so one reply."""
    code, text = (
        next(iter(error.recipients.values()))
        if isinstance(error, SMTPRecipientsRefused)
        else (error.smtp_code, error.smtp_error)
    )
    return code, text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)


def code_of(error: Exception) -> int | None:
    """Return the SMTP reply code, or None if there was no reply."""
    return error.smtp_code if isinstance(error, SMTPResponseException) else None
