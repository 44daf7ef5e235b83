"""E-mails of every kind as they are received, with ordinary and with unusual names in them."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.utils.text import Truncator
from playwright.sync_api import Browser
from pytest_django.fixtures import Settings

from accounts.models import User
from outbox.content.email import Envelope
from outbox.content.placeholders import FIRST_NAME
from outbox.models import Message
from outbox.rules import Rule, all_rules
from tests.browser import LOOKS, violations
from tests.outbox.cast import Cast
from tests.outbox.every_kind import CALENDAR_SUBJECTS, SITE_SUBJECTS, Story, by_name
from tests.services import Letterbox

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
SENDER = '"Lernen, führen" <convenor@example.org>'
ODD = Cast(
    cohort=(
        "Zażółć & “Søndre”, spring <2027>: the cohort whose name is far too long for one line "
        "of any header"
    ),
    participant="עמינה, רחמן",
    facilitators=(),
    title="What’s “power”, and who – in Łódź & Ærø – has it? "
    + "A long question, asked again. " * 2,
    places=(
        ("Räume 3/4, “Zur <Post>” & Co., ул. Мира 5", "https://meet.example.org/x?a=1&b=2"),
        ("", "https://meet.example.org/y"),
        ("", ""),
    ),
)
# Kinds of e-mail without a Reply-To header for the facilitators: a reply might quote words that
# were not shared with them.
UNANSWERED = {"reply-digest"}
# Kinds whose replies reach somebody else than the facilitators: here, the other person.
ANSWERED_BY_OTHERS = {"introduction-made"}
# Kinds to people who have no account, and so no choices and no e-mails as plain text.
TO_OUTSIDERS = {"wave-colleague", "partnership-agree-outside", "partnership-check-outside"}
# Strings that appear in an e-mail if a placeholder was not replaced, or a value was escaped twice.
DEBRIS = (
    "{{",
    "{%",
    "None",
    ".invalid",
    "&amp;amp;",
    "[]",
    "<br>&lt;",
    FIRST_NAME,
    quote(FIRST_NAME),
)
# HTML and CSS that mail programs remove, or that would load something from a server.
UNFIT = re.compile(
    r"<script|<img|<link|<form|<iframe|@import|url\(|position\s*:"
    r"|display\s*:\s*(?:flex|grid)|float\s*:|var\(|\son\w+=",
    re.IGNORECASE,
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def tell(cast: Cast, server: Letterbox) -> dict[str, EmailMessage]:
    story = Story.begin(cast)
    story.play()
    story.use_site()
    return by_name(server.messages)


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None, f"{letter['Subject']} has no {kind} part."
    return str(body.get_content())


@pytest.mark.parametrize("cast", [Cast(), ODD], ids=["plain", "odd"])
def test_emails_of_every_kind_are_well_formed(
    cast: Cast, smtp_server: Letterbox, settings: Settings
) -> None:
    settings.DEFAULT_FROM_EMAIL = SENDER
    letters = tell(cast, smtp_server)
    assert set(letters) == {*all_rules(), *CALENDAR_SUBJECTS.values(), *SITE_SUBJECTS.values()}
    for name, letter in letters.items():
        text, html = part(letter, "plain"), part(letter, "html")
        assert [word for word in DEBRIS if word in text or word in html] == [], name
        assert UNFIT.findall(html) == [], name
        assert_reads_well(text.replace("\r\n", "\n"))
        assert_is_a_page(html, str(letter["Subject"]))
        sender = letter["From"].addresses[0]
        assert sender.addr_spec == "convenor@example.org"
        if name == "invitation":
            people = f"{cast.facilitators[0]}, " if cast.facilitators else ""
            cohort = Truncator(cast.cohort).chars(60)
            # Without spaces, because Python's parser adds one between two encoded words.
            expected = f"{people}{cohort} by Convenor"
            assert "".join(sender.display_name.split()) == "".join(expected.split())
        else:
            assert sender.display_name == "Lernen, führen"
        if name in SITE_SUBJECTS.values():
            continue
        for words in (text, html.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")):
            assert cast.cohort in words, name
            assert (
                "Choose your e-mails" in words,
                "so nobody reads replies to this e-mail" in words,
            ) == (
                name not in TO_OUTSIDERS,
                not cast.facilitators and name not in UNANSWERED | ANSWERED_BY_OTHERS,
            ), name
        is_answered = name in ANSWERED_BY_OTHERS or (cast.facilitators and name not in UNANSWERED)
        assert bool(letter["Reply-To"]) == bool(is_answered), name
        assert letter["Auto-Submitted"] == "auto-generated"
    for message in Message.objects.select_related("recipient"):
        assert_goes_out_whole(message, all_rules()[message.kind])


def assert_reads_well(text: str) -> None:
    """Assert that the text has no double blank lines or trailing spaces.

    Each link must be on a line of its own.
    """
    assert "\n\n\n" not in text
    assert "<time" not in text
    assert "&amp;" not in text
    lines = text.split("\n")
    assert [line for line in lines if line != line.rstrip() and line != "-- "] == []
    assert [
        line for line in lines if "://" in line and not re.fullmatch(r"https?://\S+", line)
    ] == []


def assert_is_a_page(html: str, subject: str) -> None:
    """Assert that an HTML e-mail has a language, a title, one heading and a preview line."""
    assert '<html lang="en-gb" dir="ltr"' in html
    [title] = re.findall(r"<title>([^<]+)</title>", html)
    assert "Convenor" in title or subject.split()[0] in title
    assert html.count("<h1") == 1
    assert re.findall(r'<table(?![^>]*role="presentation")', html) == []
    [preview] = re.findall(r'<div class="preview"[^>]*>(.*?)</div>', html, re.DOTALL)
    assert len(re.sub(r"[\s\u200c\xa0]|&nbsp;|&zwnj;", "", preview)) > 10
    assert html.count('class="button"') <= 1


def assert_goes_out_whole(message: Message, rule: Rule) -> None:
    """Assert that rendering the e-mail twice is the same, and that its header lines are short.

    Only List-Unsubscribe may be longer than 78 characters, because its URL must not be split.
    """
    copies = [
        Envelope(message, "https://example.org/", is_optional=rule.is_optional)
        .message()
        .as_bytes(linesep="\r\n")
        for _ in range(2)
    ]
    assert copies[0] == copies[1]
    headers = copies[0].split(b"\r\n\r\n")[0]
    folded = re.sub(rb"List-Unsubscribe:\s+<\S+>\r\n", b"", headers)
    assert [line for line in folded.split(b"\r\n") if len(line) > 78] == []
    assert (b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click" in headers) == rule.is_optional
    assert (
        bool(
            re.search(
                rb"\r\nList-Unsubscribe:\s+<http[!-;=?-~]+/e-mails/stop/[!-;=?-~]+>\r\n", headers
            )
        )
        == rule.is_optional
    )
    assert max(map(len, copies[0].split(b"\r\n"))) <= 998
    assert message_from_bytes(copies[0], policy=policy.default)["Subject"] == message.subject


def test_emails_of_every_kind_pass_axe_in_light_and_dark(
    smtp_server: Letterbox, browser: Browser
) -> None:
    letters = tell(Cast(), smtp_server)
    page, found = browser.new_page(viewport={"width": 390, "height": 844}), list[str]()
    for name, letter in letters.items():
        page.set_content(part(letter, "html"))
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name} is wider than a phone")
        found += [f"{name}: {line}" for line in violations(page, WCAG)]
        page.emulate_media(color_scheme="dark")
        found += [f"{name}, dark: {line}" for line in violations(page, LOOKS)]
        page.emulate_media(color_scheme="light")
    page.close()
    assert found == []


def test_documentation_has_a_picture_and_a_row_for_every_kind() -> None:
    """For a new kind, add an event to every_kind.py, a picture, and a row to docs/emails.md."""
    page = (DOCS / "emails.md").read_text(encoding="utf-8")
    for name in {*all_rules(), *CALENDAR_SUBJECTS.values(), *SITE_SUBJECTS.values()}:
        assert (DOCS / "img" / "emails" / f"{name}.png").is_file(), name
        assert f"](img/emails/{name}.png)" in page, name
    rows = {cell.strip() for cell in re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)}
    assert {rule.text.title for rule in all_rules().values()} - rows == set()


def test_recipient_who_chose_plain_text_gets_no_html(smtp_server: Letterbox) -> None:
    letters = tell(Cast(text_only=True), smtp_server)
    kinds: dict[str, Any] = {
        name: {one.get_content_type() for one in letter.walk() if not one.is_multipart()}
        for name, letter in letters.items()
    }
    for name in TO_OUTSIDERS:
        assert kinds.pop(name) == {"text/plain", "text/html"}
    for name, parts in kinds.items():
        is_for_calendars = name.startswith(("calendar", "set-meeting"))
        calendar = {"text/calendar", "application/ics"} if is_for_calendars else set()
        if name == "calendar-entries":  # a file of several entries is no invitation
            calendar = {"application/ics"}
        assert parts == {"text/plain"} | calendar, name
    facilitator = User.objects.get(name="Ruth Adeyemi")
    assert all(message.html for message in facilitator.messages.all())
