"""The bounce mailbox, read by IMAP."""

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
from django.utils.translation import gettext as _

from outbox.bounces.dsn import bounces_in
from outbox.bounces.smtp_replies import SMTPReply
from outbox.bounces.suppression import Source, record_bounce
from outbox.models import Message

logger = logging.getLogger(__name__)

# Marks what has been read, also if somebody else opens the mailbox. \Seen where a server allows no
# keywords.
FLAG = "ConvenorRead"
TIMEOUT = 20  # seconds, for each response
# Of one e-mail: the notification's own parts come before the e-mail that it returns.
MOST_BYTES = 256 * 1024
# In one run. The next one continues.
MOST_MAILS, MOST_SECONDS = 200, 120


class MailboxError(Exception):
    """The mailbox cannot be read. The message is one line, without the password."""


@dataclass(frozen=True)
class Reading:
    """The result of one run: e-mails read, and our messages that bounced."""

    mails: int
    bounced: int

    def __str__(self) -> str:
        return _("%(mails)d read, %(bounced)d of our messages bounced") % {
            "mails": self.mails,
            "bounced": self.bounced,
        }


def try_to_read() -> None:
    """Read the mailbox. Log an error in one line, as the next run tries again."""
    try:
        reading = read_mailbox()
    except MailboxError as error:
        logger.warning("The mailbox of reports could not be read: %s", error)
    else:
        if reading.mails:
            logger.info("The mailbox of reports: %s", reading)


def read_mailbox() -> Reading:
    """Read the new e-mails. Idempotent: after a crash some are read again."""
    began = monotonic()
    mails = bounced = 0
    try:
        with open_mailbox(mailbox_url()) as mailbox:
            flag = flag_of(mailbox)
            for uid in unread(mailbox, flag)[:MOST_MAILS]:
                if monotonic() - began > MOST_SECONDS:
                    break
                bounced += record_bounces(*fetch(mailbox, uid))
                mailbox.uid("STORE", uid, "+FLAGS.SILENT", f"({flag})")
                mails += 1
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        raise MailboxError(f"{type(error).__name__}: {error}") from error
    return Reading(mails, bounced)


def mailbox_url() -> SplitResult:
    url: SplitResult = urlsplit(settings.BOUNCE_MAILBOX_URL)
    if url.scheme not in ("imaps", "imap") or not (url.hostname and url.username):
        raise MailboxError(
            "Set BOUNCE_MAILBOX_URL to a URL such as imaps://user:password@host/INBOX."
        )
    return url


@contextmanager
def open_mailbox(url: SplitResult) -> Iterator[imaplib.IMAP4]:
    """Log in and select the mailbox of the path. Uses TLS if the server offers it."""
    kind, port = (imaplib.IMAP4_SSL, 993) if url.scheme == "imaps" else (imaplib.IMAP4, 143)
    mailbox = kind(url.hostname or "", url.port or port, timeout=TIMEOUT)
    try:
        if url.scheme == "imap" and "STARTTLS" in mailbox.capabilities:
            mailbox.starttls()
        mailbox.login(unquote(url.username or ""), unquote(url.password or ""))
        name = unquote(url.path.strip("/")) or "INBOX"
        response, _data = mailbox.select('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')
        if response != "OK":
            raise MailboxError(f"there is no mailbox {name!r}.")
        yield mailbox
    finally:
        with suppress(imaplib.IMAP4.error, OSError):
            mailbox.logout()


def flag_of(mailbox: imaplib.IMAP4) -> str:
    _type, allowed = mailbox.response("PERMANENTFLAGS")
    return FLAG if any(b"\\*" in flags for flags in allowed if flags) else "\\Seen"


def unread(mailbox: imaplib.IMAP4, flag: str) -> list[str]:
    criteria = ("UNKEYWORD", FLAG) if flag == FLAG else ("UNSEEN",)
    _type, found = mailbox.uid("SEARCH", *criteria, "UNDELETED")
    return [uid.decode() for uid in (found[0] or b"").split()]


def fetch(mailbox: imaplib.IMAP4, uid: str) -> tuple[bytes, datetime]:
    """Return the beginning of an e-mail, without marking it seen, and when it arrived."""
    _type, response = mailbox.uid("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = b"".join(one[1] for one in response if isinstance(one, tuple))
    for one in response:
        line = one[0] if isinstance(one, tuple) else one
        if line and (arrived := imaplib.Internaldate2tuple(line)):
            return raw, datetime.fromtimestamp(mktime(arrived), UTC)
    return raw, datetime.now(UTC)


def record_bounces(raw: bytes, arrived_at: datetime) -> int:
    """Record the bounces of an e-mail and return how many. Malformed e-mails are skipped."""
    try:
        reported = bounces_in(raw)
    except Exception:
        logger.exception("A mail among the reports could not be understood")
        return 0
    bounced = 0
    for one in reported:
        message = Message.objects.with_message_id(one.message_id)
        if message and message.address in one.addresses:
            refuses_address = SMTPReply.parse(one.said).refuses_address()
            bounced += record_bounce(
                message,
                said=one.said,
                refuses_address=refuses_address,
                source=Source.REPORT,
                at=arrived_at,
            )
    return bounced
