"""The mailbox to which reports of mail that came back are delivered, read by IMAP."""

from __future__ import annotations

import imaplib
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import mktime, monotonic
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings

from outbox.bounces.dsn import returned_in
from outbox.bounces.smtp_replies import Answer
from outbox.bounces.suppression import Source, record_bounce
from outbox.models import Message

logger = logging.getLogger(__name__)

# What is read has this flag, so that it is read once whoever else opens the mailbox; where a server takes none, \Seen.
FLAG = "ConvenorRead"
TIMEOUT = 20  # seconds, for each answer of the server
# Of one mail: a report's own parts stand before the mail that it returns, whatever was attached to that.
MOST_BYTES = 256 * 1024
# In one run; the next goes on from there.
MOST_MAILS, MOST_SECONDS = 200, 120


class MailboxError(Exception):
    """The mailbox cannot be read now; says why in one line, without the password."""


@dataclass(frozen=True)
class Reading:
    """What one run found: how many mails, and how many messages of ours that came back."""

    mails: int
    came_back: int

    def __str__(self) -> str:
        return f"{self.mails} read, {self.came_back} of our messages came back"


def try_to_read() -> None:
    """For the worker and the loop: trouble is one line in the log, and the next run tries again."""
    try:
        reading = read_mailbox()
    except MailboxError as error:
        logger.warning("The mailbox of reports could not be read: %s", error)
    else:
        if reading.mails:
            logger.info("The mailbox of reports: %s", reading)


def read_mailbox() -> Reading:
    """Reads what is new. After a crash some of it is read again, which changes nothing."""
    began = monotonic()
    mails = came_back = 0
    try:
        with open_mailbox(address()) as mailbox:
            flag = flag_of(mailbox)
            for uid in unread(mailbox, flag)[:MOST_MAILS]:
                if monotonic() - began > MOST_SECONDS:
                    break
                came_back += take_in(*fetch(mailbox, uid))
                mailbox.uid("STORE", uid, "+FLAGS.SILENT", f"({flag})")
                mails += 1
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise MailboxError(f"{type(error).__name__}: {error}") from error
    return Reading(mails, came_back)


def address() -> SplitResult:
    url: SplitResult = urlsplit(settings.BOUNCE_MAILBOX_URL)
    if url.scheme not in ("imaps", "imap") or not (url.hostname and url.username):
        raise MailboxError("BOUNCE_MAILBOX_URL is not such as imaps://user:password@host/INBOX.")
    return url


@contextmanager
def open_mailbox(url: SplitResult) -> Iterator[imaplib.IMAP4]:
    """Signed in, in the mailbox that the path names; encrypted, if the server can."""
    kind, port = (imaplib.IMAP4_SSL, 993) if url.scheme == "imaps" else (imaplib.IMAP4, 143)
    mailbox = kind(url.hostname or "", url.port or port, timeout=TIMEOUT)
    try:
        if url.scheme == "imap" and "STARTTLS" in mailbox.capabilities:
            mailbox.starttls()
        mailbox.login(unquote(url.username or ""), unquote(url.password or ""))
        name = unquote(url.path.strip("/")) or "INBOX"
        answer, _ = mailbox.select('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if answer != "OK":
            raise MailboxError(f"there is no mailbox {name!r}.")
        yield mailbox
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            mailbox.logout()


def flag_of(mailbox: imaplib.IMAP4) -> str:
    _, allowed = mailbox.response("PERMANENTFLAGS")
    return FLAG if any(b"\\*" in flags for flags in allowed if flags) else "\\Seen"


def unread(mailbox: imaplib.IMAP4, flag: str) -> list[str]:
    criteria = ("UNKEYWORD", FLAG) if flag == FLAG else ("UNSEEN",)
    _, found = mailbox.uid("SEARCH", *criteria, "UNDELETED")
    return [uid.decode() for uid in (found[0] or b"").split()]


def fetch(mailbox: imaplib.IMAP4, uid: str) -> tuple[bytes, datetime]:
    """The beginning of a mail, left unseen, and when it arrived."""
    _, answer = mailbox.uid("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = b"".join(one[1] for one in answer if isinstance(one, tuple))
    for one in answer:
        line = one[0] if isinstance(one, tuple) else one
        if line and (arrived := imaplib.Internaldate2tuple(line)):
            return raw, datetime.fromtimestamp(mktime(arrived), UTC)
    return raw, datetime.now(UTC)


def take_in(raw: bytes, arrived_at: datetime) -> int:
    """How many messages of ours it brings back. Nonsense brings none, and is not read again."""
    try:
        reported = returned_in(raw)
    except Exception:
        logger.exception("A mail among the reports could not be understood")
        return 0
    came_back = 0
    for one in reported:
        message = Message.objects.with_message_id(one.message_id)
        if message and message.address in one.addresses:
            of_address = Answer.read(one.said).is_of_address()
            came_back += record_bounce(
                message, said=one.said, of_address=of_address, source=Source.REPORT, at=arrived_at
            )
    return came_back
