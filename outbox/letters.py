"""An e-mail as it is written, kept and handed to the mail server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

import css_inline
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from icalendar.parser import Contentline

from outbox.models import Adjustment, Message

# Stands in a kept letter for a link that signs in or answers; the real one is put in as the letter leaves.
PRIVATE_LINK = "https://private-link.invalid/"

# What the calendar entry is called where a mail program shows it as a file.
CALENDAR_FILE = "invite.ics"

# Keeps the dark-mode query, which cannot be inlined.
INLINER = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class Letter:
    """What one person reads: subject, a text part and an HTML part that say the same, and whom an answer reaches.

    `calendar` is an iCalendar stream with a METHOD, for the mail program to put into the person's own calendar.
    """

    subject: str
    text: str
    html: str
    reply_to: tuple[str, ...] = ()
    calendar: str = ""


def write_letter(
    message: Message,
    template: str,
    *,
    subject: str,
    context: dict[str, Any],
    reply_to: tuple[str, ...] = (),
    calendar: str = "",
) -> Letter:
    """Renders emails/<template>.txt and .html, which extend layouts/email.*.

    Their context has `base_url`, and `notes`: what the facilitators add to this message. One query.
    """
    context = {"base_url": settings.BASE_URL, "notes": notes_of(message), **context}
    return Letter(
        subject=" ".join(subject.split()),
        text=render_to_string(f"emails/{template}.txt", context).strip() + "\n",
        html=INLINER.inline(render_to_string(f"emails/{template}.html", context)),
        reply_to=reply_to,
        calendar=calendar,
    )


def notes_of(message: Message) -> list[str]:
    """What facilitators add to it for everybody, then what they add for this person alone."""
    adjustments = Adjustment.objects.of(message.kind, message.about).reaching(message.recipient_id)
    return list(adjustments.exclude(note="").order_by("noted_at").values_list("note", flat=True))


class Envelope(EmailMultiAlternatives):
    """A message on its way, the same to the byte however often it is built."""

    def __init__(self, message: Message, link: str) -> None:
        super().__init__(
            subject=message.subject,
            body=message.text.replace(PRIVATE_LINK, link),
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[message.address],
            reply_to=message.reply_to.split(",") if message.reply_to else None,
            headers={
                "Message-ID": message.message_id,
                "Date": format_datetime(message.dated),
                "Auto-Submitted": "auto-generated",
            },
        )
        self.attach_alternative(message.html.replace(PRIVATE_LINK, link), "text/html")
        if message.calendar:
            # Gmail and Apple read the part beside the HTML, Outlook takes its method; the file is for the others.
            calendar, method = with_link(message.calendar, link), method_of(message.calendar)
            self.attach_alternative(calendar, f"text/calendar; method={method}")
            self.attach(CALENDAR_FILE, calendar.encode(), "application/ics")
        self._boundary = f"=_{message.public_id}"

    def message(self, **kwargs: Any) -> Any:  # stdlib's classes of mail are too many to name here
        mime = super().message(**kwargs)
        for number, part in enumerate(part for part in mime.walk() if part.is_multipart()):
            part.set_boundary(f"{self._boundary}_{number}")
        return mime


def with_link(calendar: str, link: str) -> str:
    """An iCalendar stream with the private link put in. Its lines are folded, wherever that cut the link's stand-in."""
    unfolded = re.sub(r"\r\n[ \t]", "", calendar).replace(PRIVATE_LINK, link)
    return "".join(f"{folded(line)}\r\n" for line in unfolded.split("\r\n") if line)


def folded(line: str) -> str:
    """As lines of 75 octets at most, none of which ends inside a letter."""
    return str(Contentline(line).to_ical().decode())  # type: ignore[no-untyped-call]


def method_of(calendar: str) -> str:
    """What a mail program is to do with it: REQUEST puts it in or changes it, CANCEL takes it out."""
    found = re.search(r"^METHOD:([A-Z]+)\r$", calendar, re.MULTILINE)
    if found is None:
        raise ValueError("A calendar that goes out by e-mail has a METHOD.")
    return found[1]
