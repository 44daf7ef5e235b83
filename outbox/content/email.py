"""An e-mail as it is written, kept and handed to the mail server."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.header import Header
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape
from icalendar.parser import Contentline

from outbox.content.placeholders import FIRST_NAME, shortened
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageOverride
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from ui.css_inline import with_inlined_styles

# Stands in a kept letter for a link that signs in or answers; the real one is put in as the letter leaves.
PRIVATE_LINK = "https://private-link.invalid/"
# The same for the link by which its person chooses which e-mails they get.
CHOICES_LINK = "https://choices-link.invalid/"

# What is read of it where a letter is shown.
LINK_IN_WORDS = "(a private link, only in the e-mail)"
LINK_IN_CALENDAR = "a-private-link-only-in-the-e-mail"

# What the calendar entry is called where a mail program shows it as a file.
CALENDAR_FILE = "invite.ics"


@dataclass(frozen=True)
class Letter:
    """What one person reads: subject, a text part and an HTML part that say the same, and whom an answer reaches.

    `html` is empty for who wants plain text.
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

    Their context has `base_url`, `notes` (what the facilitators add to this message), and for the foot `choices_url`
    and whether an answer `reaches_nobody`. What they say to everybody is rendered once a sitting; FIRST_NAME in them
    becomes the person's. One query.
    """
    context = {
        "base_url": settings.BASE_URL,
        "subject": subject,
        "notes": notes_of(message),
        "choices_url": CHOICES_LINK,
        "reaches_nobody": not reply_to,
        **context,
    }
    person = message.recipient
    name = person.first_name if person else ""
    wants_text = person is not None and person.text_only
    text = text_of(template, Facts(context))
    html = "" if wants_text else html_of(template, Facts(context))
    in_links, theirs = quote(FIRST_NAME), quote(name, safe="")
    return Letter(
        subject=shortened(" ".join(subject.replace(FIRST_NAME, name).split())),
        text=text.replace(FIRST_NAME, name).replace(in_links, theirs),
        html=html.replace(FIRST_NAME, escape(name)).replace(in_links, theirs),
        reply_to=reply_to,
        calendar=calendar,
    )


class Facts:
    """What a template is told; the same as another's where its plain values are equal and all else is the very same."""

    def __init__(self, context: dict[str, Any]) -> None:
        self.context = context
        self.key = tuple((name, what_it_is(value)) for name, value in sorted(context.items()))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Facts) and self.key == other.key


def what_it_is(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(what_it_is(one) for one in value)
    # Text that is safe in HTML equals the same text that is not.
    return (type(value), value) if isinstance(value, str | int | Note | None) else id(value)


@cached_per_batch
def text_of(template: str, facts: Facts) -> str:
    return render_to_string(f"emails/{template}.txt", facts.context).strip() + "\n"


@cached_per_batch
def html_of(template: str, facts: Facts) -> str:
    return with_inlined_styles(render_to_string(f"emails/{template}.html", facts.context))


@dataclass(frozen=True)
class Note:
    """A word that a facilitator adds: to everybody, or to this `recipient` alone (a person's number)."""

    recipient: int | None
    words: str
    by: str | None

    def __str__(self) -> str:
        return self.words


def notes_of(message: Message) -> list[Note]:
    """What facilitators add to it, the oldest first."""
    notes = notes_about(message.kind, message.subject_id)
    return [note for note in notes if note.recipient in (None, message.recipient_id)]


@cached_per_batch
def notes_about(kind: str, subject_id: int) -> list[Note]:
    noted = MessageOverride.objects.of(kind, subject_id).exclude(note="").order_by("noted_at")
    return [Note(*row) for row in noted.values_list("recipient", "note", "noted_by__name")]


class Envelope(EmailMultiAlternatives):
    """A message on its way, the same to the byte however often it is built.

    Of a kind that its person may refuse (`is_optional`) it says how a mail program does so for them.
    """

    def __init__(self, message: Message, link: str, *, is_optional: bool = False) -> None:
        links = links_of(message, link)
        super().__init__(
            subject=message.subject,
            body=with_links(message.text, links),
            from_email=settings.BOUNCE_ADDRESS or settings.DEFAULT_FROM_EMAIL,
            to=[message.address],
            reply_to=message.reply_to.split(",") if message.reply_to else None,
            headers={
                # What people see; what comes back goes to the address before.
                "From": settings.DEFAULT_FROM_EMAIL,
                "Message-ID": message.message_id,
                "Date": format_datetime(message.dated),
                "Auto-Submitted": "auto-generated",
                **(refusal_headers(message) if is_optional else {}),
            },
        )
        if message.html:
            self.attach_alternative(with_links(message.html, links), "text/html")
        if message.calendar:
            # Gmail and Apple read the part beside the text, Outlook takes its method; the file is for the others.
            calendar, method = with_link(message.calendar, link), method_of(message.calendar)
            self.attach_alternative(calendar, f"text/calendar; method={method}")
            self.attach(CALENDAR_FILE, calendar.encode(), "application/ics")
        self._boundary = f"=_{message.public_id}"

    def message(self, **kwargs: Any) -> Any:  # stdlib's classes of mail are too many to name here
        mime = super().message(**kwargs)
        # Django's own way of folding begins a long subject with an empty line, and makes the next one too long.
        subject = str(self.subject)
        charset = "us-ascii" if subject.isascii() else "utf-8"
        mime.replace_header("Subject", Header(subject, charset, header_name="Subject"))
        for number, part in enumerate(part for part in mime.walk() if part.is_multipart()):
            part.set_boundary(f"{self._boundary}_{number}")
        return mime


def refusal_headers(message: Message) -> dict[str, str]:
    """RFC 8058: a mail program's own button posts to the address, which refuses this kind and no other."""
    if message.recipient is None:
        return {}
    return {
        "List-Unsubscribe": f"<{OPT_OUT_LINK.url(message.recipient.public_id, message.kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def links_of(message: Message, link: str) -> dict[str, str]:
    """Its private links, by what stands in a kept letter for them."""
    choices = (
        {CHOICES_LINK: PREFERENCES_LINK.url(message.recipient.public_id)}
        if message.recipient
        else {}
    )
    return {PRIVATE_LINK: link, **choices}


def with_links(letter: str, links: dict[str, str]) -> str:
    """A letter's text or HTML with its private links put in."""
    for stand_in, link in links.items():
        letter = letter.replace(stand_in, link)
    return letter


def without_links(letter: str) -> str:
    """A letter's text as it may be read by whoever may read it at all."""
    for stand_in in (PRIVATE_LINK, CHOICES_LINK):
        letter = letter.replace(stand_in, LINK_IN_WORDS)
    return letter


def read_safely(letter: Letter) -> Letter:
    """The letter to be read elsewhere than in the mail: private links are shown as what they are, and lead nowhere."""
    html = re.sub(
        f' href="(?:{re.escape(PRIVATE_LINK)}|{re.escape(CHOICES_LINK)})"', "", letter.html
    )
    return replace(
        letter,
        text=without_links(letter.text),
        html=without_links(html),
        calendar=letter.calendar and with_link(letter.calendar, LINK_IN_CALENDAR),
    )


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
