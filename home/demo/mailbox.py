"""The demo's mailbox: e-mails in the Maildir to which `outbox.backends.maildir` delivers them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

from outbox.backends.maildir import open_mail_folder


@dataclass(frozen=True)
class Attachment:
    """A file that came with an e-mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class DeliveredEmail:
    """A delivered e-mail: its main headers, its text, its HTML if it has any, and its files."""

    key: str
    to: str
    sender: str
    subject: str
    date: datetime | None
    text: str
    html: str
    attachments: tuple[Attachment, ...]
    brings_calendar_entry: bool


def files() -> dict[str, Path]:
    """Return a dict that maps each e-mail's key to its file, the latest e-mail first.

    URLs contain the key. It is a hash of the file's name, because Maildir names contain the name of
    the host.
    """
    open_mail_folder()
    found = [
        path
        for box in ("new", "cur")
        for path in (settings.MAIL_FOLDER / box).iterdir()
        if path.is_file()
    ]
    found.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return {hashlib.sha256(path.name.encode()).hexdigest()[:16]: path for path in found}


def keys_latest_first() -> list[str]:
    return list(files())


def moment_of(header: str | None) -> datetime | None:
    """Return the time of a Date header, or None for an empty one.

    A header with the offset “-0000” is parsed as a naive datetime; it means UTC.
    """
    if not header:
        return None
    moment = parsedate_to_datetime(str(header))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_email(key: str) -> DeliveredEmail | None:
    """Return the e-mail with this key; None if it doesn't exist or has just been deleted."""
    try:
        content = files()[key].read_bytes()
    except (KeyError, FileNotFoundError):
        return None
    mail = message_from_bytes(content, policy=policy.default)
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    return DeliveredEmail(
        key=key,
        to=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        date=moment_of(mail["Date"]),
        text=str(text.get_content()) if text else "",
        html=str(html.get_content()) if html else "",
        attachments=tuple(
            Attachment(
                name=part.get_filename() or "",
                content_type=part.get_content_type(),
                content=bytes(part.get_payload(decode=True)),
            )
            for part in mail.iter_attachments()
            if part.get_filename()
        ),
        brings_calendar_entry=any(
            part.get_content_type() == "text/calendar" for part in mail.walk()
        ),
    )
