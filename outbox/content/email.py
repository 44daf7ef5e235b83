"""The content of e-mails: rendering of templates, private links, and the MIME message."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.header import Header
from email.utils import format_datetime, parseaddr
from email.utils import quote as email_quote
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.translation import gettext_lazy
from icalendar.parser import Contentline

from outbox.content.placeholders import FIRST_NAME, shortened
from outbox.delivery.batch_cache import cached_per_batch
from outbox.models import Message, MessageOverride
from outbox.preferences.links import OPT_OUT_LINK, PREFERENCES_LINK
from ui.css_inline import with_inlined_styles

# Placeholder in a stored e-mail for a link that needs no signing in, for example to answer an RSVP.
# It is replaced by the recipient's own link when the e-mail is sent.
PRIVATE_LINK = "https://private-link.invalid/"
# Placeholder in a stored e-mail for the link to its recipient's e-mail preferences.
CHOICES_LINK = "https://choices-link.invalid/"

# The text that may precede a link, apart from white space: the start of an HTML attribute, the end
# of an HTML tag, or the name of a calendar property.
BEFORE_LINK = (' href="', '">', "\nURL:")

# The text that pages show in place of a private link.
LINK_IN_WORDS = gettext_lazy("(a private link, only in the e-mail)")
LINK_IN_CALENDAR = "a-private-link-only-in-the-e-mail"

# The file names of one calendar entry, in mail programs that show it as an attachment, and of
# several.
CALENDAR_FILE = "invite.ics"
ENTRIES_FILE = "workshops.ics"


@dataclass(frozen=True)
class Attachment:
    """A file that an e-mail has attached."""

    filename: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class EmailContent:
    """The content of an e-mail to one person. Text and HTML say the same.

    `html` is empty for people who want plain text. `calendar` is empty, or an iCalendar stream with
    a METHOD. `sender` is the name that From shows; empty for the site's own.
    """

    subject: str
    text: str
    html: str
    reply_to: tuple[str, ...] = ()
    calendar: str = ""
    sender: str = ""


def render_email(
    message: Message,
    template: str,
    *,
    subject: str,
    context: dict[str, Any],
    reply_to: tuple[str, ...] = (),
    calendar: str = "",
    sender: str = "",
) -> EmailContent:
    """Return the e-mail rendered from emails/<template>.txt and .html.

    Both templates extend layouts/email.*. Adds `base_url`, `subject`, the facilitators' `notes`,
    `choices_url` and `reaches_nobody` (True without a `reply_to`) to the context. In a batch, a
    template is rendered once for all recipients with an equal context; then each recipient's first
    name replaces FIRST_NAME. Makes one query.
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
    text = text_of(template, HashableContext(context))
    html = "" if wants_text else html_of(template, HashableContext(context))
    in_links, theirs = quote(FIRST_NAME), quote(name, safe="")
    return EmailContent(
        subject=shortened(" ".join(subject.replace(FIRST_NAME, name).split())),
        text=text.replace(FIRST_NAME, name).replace(in_links, theirs),
        html=html.replace(FIRST_NAME, escape(name)).replace(in_links, theirs),
        reply_to=reply_to,
        calendar=calendar,
        sender=sender,
    )


class HashableContext:
    """A hashable template context: compares plain values by equality, other objects by identity."""

    def __init__(self, context: dict[str, Any]) -> None:
        self.context = context
        self.key = tuple((name, comparable(value)) for name, value in sorted(context.items()))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HashableContext) and self.key == other.key


def comparable(value: Any) -> Any:
    """Return a hashable key: for a plain value its type and the value, otherwise the id()."""
    if isinstance(value, list):
        return tuple(comparable(one) for one in value)
    # A SafeString equals a str with the same characters, so compare the types as well.
    return (type(value), value) if isinstance(value, str | int | Note | None) else id(value)


@cached_per_batch
def text_of(template: str, facts: HashableContext) -> str:
    return render_to_string(f"emails/{template}.txt", facts.context).strip() + "\n"


@cached_per_batch
def html_of(template: str, facts: HashableContext) -> str:
    return with_inlined_styles(render_to_string(f"emails/{template}.html", facts.context))


@dataclass(frozen=True)
class Note:
    """A facilitator's note to one `recipient` (a user's pk), or to all recipients (None)."""

    recipient: int | None
    words: str
    by: str | None

    def __str__(self) -> str:
        return self.words


def notes_of(message: Message) -> list[Note]:
    """Return the notes to the message's recipient, oldest first."""
    notes = notes_about(message.kind, message.subject_id)
    return [note for note in notes if note.recipient in (None, message.recipient_id)]


@cached_per_batch
def notes_about(kind: str, subject_id: int) -> list[Note]:
    noted = MessageOverride.objects.of(kind, subject_id).exclude(note="").order_by("noted_at")
    return [Note(*row) for row in noted.values_list("recipient", "note", "noted_by__name")]


class Envelope(EmailMultiAlternatives):
    """The MIME e-mail of a message, with the same bytes each time it is built.

    `link` replaces PRIVATE_LINK. `is_optional` adds List-Unsubscribe headers.
    """

    def __init__(
        self,
        message: Message,
        link: str,
        *,
        is_optional: bool = False,
        attachment: Attachment | None = None,
    ) -> None:
        links = links_of(message, link)
        super().__init__(
            subject=message.subject,
            body=with_links(message.text, links),
            from_email=settings.BOUNCE_ADDRESS or settings.DEFAULT_FROM_EMAIL,
            to=[message.address],
            reply_to=message.reply_to.split(",") if message.reply_to else None,
            headers={
                # Recipients see From; mail servers return bounces to `from_email`.
                "From": from_header(message),
                "Message-ID": message.message_id,
                "Date": format_datetime(message.dated),
                "Auto-Submitted": "auto-generated",
                **(unsubscribe_headers(message) if is_optional else {}),
            },
        )
        if message.html:
            self.attach_alternative(with_links(message.html, links), "text/html")
        if message.calendar:
            # Add the calendar twice. Gmail and Apple read it as an alternative to the text, and so
            # does Outlook if `method` is given. Other programs read only an attachment.
            calendar, method = with_link(message.calendar, link), method_of(message.calendar)
            # Several entries can't be an invitation (docs/decisions/0013), only a file.
            is_invitation = method != "PUBLISH"
            if is_invitation:
                self.attach_alternative(calendar, f"text/calendar; method={method}")
            name = CALENDAR_FILE if is_invitation else ENTRIES_FILE
            self.attach(name, calendar.encode(), "application/ics")
        if attachment:
            self.attach(attachment.filename, attachment.content, attachment.content_type)
        self._boundary = f"=_{message.public_id}"

    def message(self, **kwargs: Any) -> Any:
        mime = super().message(**kwargs)
        # Replace Django's Subject header, which folds a long subject into an empty line and a line
        # that is too long.
        subject = str(self.subject)
        charset = "us-ascii" if subject.isascii() else "utf-8"
        mime.replace_header("Subject", Header(subject, charset, header_name="Subject"))
        for number, part in enumerate(part for part in mime.walk() if part.is_multipart()):
            part.set_boundary(f"{self._boundary}_{number}")
        return mime


def from_header(message: Message) -> str:
    """Return the From header: the message's own sender, if it has one, with the site's address."""
    if not message.sender:
        return str(settings.DEFAULT_FROM_EMAIL)
    # Don't use formataddr(): it would encode a long name as one encoded word (RFC 2047), which is
    # too long. Django encodes the name later, as several.
    return f'"{email_quote(message.sender)}" <{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}>'


def unsubscribe_headers(message: Message) -> dict[str, str]:
    """Return the headers by which a mail program opts the recipient out (RFC 8058)."""
    if message.recipient is None:
        return {}
    return {
        "List-Unsubscribe": f"<{OPT_OUT_LINK.url(message.recipient.public_id, message.kind)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def links_of(message: Message, link: str) -> dict[str, str]:
    """Return a dict that maps each placeholder to the private link that replaces it."""
    choices = (
        {CHOICES_LINK: PREFERENCES_LINK.url(message.recipient.public_id)}
        if message.recipient
        else {}
    )
    return {PRIVATE_LINK: link, **choices}


def with_links(content: str, links: dict[str, str]) -> str:
    """Replace the placeholders in text, HTML or an iCalendar stream by the private links.

    Replaces a placeholder only where a link begins. If somebody who edits an e-mail's wording types
    a placeholder into the URL of another site, that site must not receive the recipient's link.
    """
    for placeholder, link in links.items():
        parts = content.split(placeholder)
        content = parts[0]
        for part in parts[1:]:
            content += (link if link_may_follow(content) else placeholder) + part
    return content


def link_may_follow(content: str) -> bool:
    return not content or content[-1].isspace() or content.endswith(BEFORE_LINK)


def without_links(content: str) -> str:
    """Return the text or HTML with LINK_IN_WORDS in place of the placeholders, for pages."""
    for placeholder in (PRIVATE_LINK, CHOICES_LINK):
        content = content.replace(placeholder, str(LINK_IN_WORDS))
    return content


def hide_private_links(letter: EmailContent) -> EmailContent:
    """Return the e-mail as pages show it: with LINK_IN_WORDS in place of private links."""
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
    """Replace PRIVATE_LINK in an iCalendar stream by the link.

    Lines are unfolded first, because a fold may split the placeholder.
    """
    unfolded = with_links(re.sub(r"\r\n[ \t]", "", calendar), {PRIVATE_LINK: link})
    return "".join(f"{folded(line)}\r\n" for line in unfolded.split("\r\n") if line)


def folded(line: str) -> str:
    """Fold a line of an iCalendar stream at 75 octets, but not inside a character."""
    return str(Contentline(line).to_ical().decode())  # type: ignore[no-untyped-call]


def method_of(calendar: str) -> str:
    """Return the METHOD of an iCalendar stream. Raises ValueError if it has none.

    REQUEST adds or changes the calendar entry; CANCEL removes it. PUBLISH is for a file of several
    entries.
    """
    found = re.search(r"^METHOD:([A-Z]+)\r$", calendar, re.MULTILINE)
    if found is None:
        raise ValueError("A calendar entry sent by e-mail must have a METHOD.")
    return found[1]
