"""Reads the mail in `var/mail`, where it is delivered without a mail server."""

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
class MailedLetter:
    """An e-mail as its recipient sees it."""

    key: str
    to: str
    sender: str
    subject: str
    date: datetime | None
    text: str
    brings_calendar_entry: bool


def files() -> dict[str, Path]:
    """Return every e-mail's file by its key in URLs. Maildir names contain the host name."""
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
    """Return the time of a Date header. “-0000” means UTC but parses as naive."""
    if not header:
        return None
    moment = parsedate_to_datetime(str(header))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_letter(key: str) -> MailedLetter | None:
    """Return the e-mail, or None if it does not exist or was just deleted."""
    try:
        content = files()[key].read_bytes()
    except (KeyError, FileNotFoundError):
        return None
    mail = message_from_bytes(content, policy=policy.default)
    body = mail.get_body(("plain",))
    return MailedLetter(
        key=key,
        to=str(mail["To"]),
        sender=str(mail["From"]),
        subject=str(mail["Subject"]),
        date=moment_of(mail["Date"]),
        text=str(body.get_content()) if body else "",
        brings_calendar_entry=any(
            part.get_content_type() == "text/calendar" for part in mail.walk()
        ),
    )
