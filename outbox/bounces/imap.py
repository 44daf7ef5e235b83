"""The bounce mailbox: reading its new e-mails by IMAP, and recording the bounces they report."""

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

from accounts.models import normalise_email
from outbox.bounces.dsn import bounces_in
from outbox.bounces.suppression import Source, record_bounce
from outbox.models import Message

logger = logging.getLogger(__name__)

# The IMAP keyword of e-mails that this module has read. On a server that allows no keywords, the
# module sets \Seen instead, which mail programs also set when a person opens an e-mail.
FLAG = "ConvenorRead"
TIMEOUT = 20  # seconds, for each response
# The most bytes of an e-mail to read. This is enough, because a notification's own parts come
# before the e-mail that it returns.
MOST_BYTES = 256 * 1024
# The most e-mails to read, and seconds to take, in one run. The next run reads the rest.
MOST_MAILS, MOST_SECONDS = 200, 120


class MailboxError(Exception):
    """Raised if the mailbox can't be read. Its message is one line, without the password."""


@dataclass(frozen=True)
class Reading:
    """The result of one run: how many e-mails were read, and how many messages had bounced."""

    mails: int
    bounced: int

    def __str__(self) -> str:
        return _("%(mails)d read, %(bounced)d of our messages bounced") % {
            "mails": self.mails,
            "bounced": self.bounced,
        }


def try_to_read() -> None:
    """Read the mailbox. Log a MailboxError in one line, because the next run tries again."""
    try:
        reading = read_mailbox()
    except MailboxError as error:
        logger.warning("The mailbox of reports could not be read: %s", error)
    else:
        if reading.mails:
            logger.info("The mailbox of reports: %s", reading)


def read_mailbox() -> Reading:
    """Read the new e-mails, and record the bounces that they report.

    Idempotent: after a crash, e-mails that are not flagged yet are read again. Raises MailboxError.
    """
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
    """Return the parsed BOUNCE_MAILBOX_URL. Raises MailboxError if it is not an IMAP URL."""
    url: SplitResult = urlsplit(settings.BOUNCE_MAILBOX_URL)
    if url.scheme not in ("imaps", "imap") or not (url.hostname and url.username):
        raise MailboxError(
            "Set BOUNCE_MAILBOX_URL to a URL such as imaps://user:password@host/INBOX."
        )
    return url


@contextmanager
def open_mailbox(url: SplitResult) -> Iterator[imaplib.IMAP4]:
    """Context manager: log in, select the mailbox that the URL's path names, and log out.

    Without a path, the mailbox is INBOX. An `imap` URL uses STARTTLS if the server offers it.
    """
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
    """Return the UIDs of the e-mails without the flag that marks an e-mail as read (see FLAG)."""
    criteria = ("UNKEYWORD", FLAG) if flag == FLAG else ("UNSEEN",)
    _type, found = mailbox.uid("SEARCH", *criteria, "UNDELETED")
    return [uid.decode() for uid in (found[0] or b"").split()]


def fetch(mailbox: imaplib.IMAP4, uid: str) -> tuple[bytes, datetime]:
    """Return the first MOST_BYTES of an e-mail, and when it arrived. Doesn't set \\Seen."""
    _type, response = mailbox.uid("FETCH", uid, f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES}>)")
    raw = b"".join(one[1] for one in response if isinstance(one, tuple))
    for one in response:
        line = one[0] if isinstance(one, tuple) else one
        if line and (arrived := imaplib.Internaldate2tuple(line)):
            return raw, datetime.fromtimestamp(mktime(arrived), UTC)
    return raw, datetime.now(UTC)


def record_bounces(raw: bytes, arrived_at: datetime) -> int:
    """Record the bounces that an e-mail reports; return how many were not recorded before.

    An e-mail that can't be parsed is logged and skipped.
    """
    try:
        reported = bounces_in(raw)
    except Exception:
        logger.exception("A mail among the reports could not be understood")
        return 0
    bounced = 0
    for one in reported:
        message = Message.objects.with_message_id(one.message_id)
        if message and normalise_email(message.address) in one.addresses:
            bounced += record_bounce(
                message,
                said=one.said,
                refuses_address=one.refuses_address,
                source=Source.REPORT,
                at=arrived_at,
            )
    return bounced
