"""The mail server as those who send find it: what its answers mean, and when it is the one in trouble."""

from __future__ import annotations

from dataclasses import dataclass, field
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused
from threading import Lock

from outbox.bounces.smtp_replies import ASKS_WHO_WE_ARE, Answer

MOST_BREAKS = 3

# The mail server wants to know who we are, or won't go on: whatever it was asked, that is no answer to it.
ABOUT_US = frozenset({421, *ASKS_WHO_WE_ARE})
TOO_LARGE = 552

Refused = SMTPSenderRefused | SMTPRecipientsRefused | SMTPDataError


class ServerTroubleError(Exception):
    """The mail server cannot be spoken to: no fault of any one address."""


@dataclass
class MailServer:
    """What the workers of a turn have found out of the mail server, together."""

    workers: int = 1
    breaks: int = 0
    is_given_up: bool = False
    lock: Lock = field(default_factory=Lock)

    def note_break(self) -> bool:
        """One message may choke the server; the third in a turn means that the server is the one in trouble."""
        with self.lock:
            self.breaks += 1
            self.is_given_up = self.is_given_up or self.breaks >= MOST_BREAKS
            return self.is_given_up

    def shut_out(self) -> None:
        """It may let in fewer than we would open; only when the last worker stands outside is it in trouble."""
        with self.lock:
            self.workers -= 1
            self.is_given_up = self.is_given_up or self.workers < 1

    def give_up(self) -> None:
        """No worker takes up another message in this turn."""
        with self.lock:
            self.is_given_up = True


def is_about_us(error: Refused) -> bool:
    """Is it us that it won't have, or this message?"""
    code, words = answer_of(error)
    return is_beforehand(error) or Answer.read(f"{code} {words}", code).is_of_sender


def is_beforehand(error: Refused) -> bool:
    """Did it say so before it was told for whom, or of our log-in? Then it says so of everybody's mail.

    What is said later, to RCPT or DATA, may be another system's word that our mail server passes on.
    """
    code, _words = answer_of(error)
    return code in ABOUT_US or (isinstance(error, SMTPSenderRefused) and code != TOO_LARGE)


def answer_of(error: Refused) -> tuple[int, str]:
    """The server's code and its words; we write to one address at a time, so there is one answer."""
    code, words = (
        next(iter(error.recipients.values()))
        if isinstance(error, SMTPRecipientsRefused)
        else (error.smtp_code, error.smtp_error)
    )
    return code, words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)


def code_of(error: Exception) -> int | None:
    """What the mail server answered, if it did."""
    return error.smtp_code if isinstance(error, SMTPResponseException) else None
