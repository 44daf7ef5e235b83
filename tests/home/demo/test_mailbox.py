"""The demo's mailbox, which also shows e-mails whose Date header has no time zone."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.after_response import wait_for_work
from accounts.models import User
from outbox.backends.maildir import EmailBackend
from outbox.content.email import Envelope
from outbox.models import Message


@pytest.mark.django_db
def test_mailbox_shows_the_sign_in_code(
    client: Client, participant: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "outbox.backends.maildir.EmailBackend"
    client.post(reverse("account_login"), {"email": participant.email})
    wait_for_work()

    [letter] = client.get(reverse("demo:mail_list")).context["letters"]

    assert "Your Convenor code" in letter.subject
    assert letter.date.tzinfo is not None
    assert client.get(reverse("demo:mail_detail", args=[letter.key])).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("calendar", ["", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"])
def test_mailbox_mentions_a_calendar_attachment(
    client: Client, settings: Settings, tmp_path: Path, calendar: str
) -> None:
    settings.MAIL_FOLDER = tmp_path / "mail"
    due = datetime(2027, 1, 4, 10, tzinfo=UTC)
    message = Message(address="amina@example.org", subject="Hello", text="Hello", html="<p>Hello")
    message.due_at = message.made_at = due
    message.calendar = calendar
    EmailBackend().send_messages([Envelope(message, "https://example.org/")])

    [letter] = client.get(reverse("demo:mail_list")).context["letters"]

    page = client.get(reverse("demo:mail_detail", args=[letter.key])).content.decode()
    assert ("With a calendar entry" in page) == bool(calendar)


@pytest.mark.django_db
def test_mailbox_shows_the_html_and_offers_the_attachments(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MAIL_FOLDER = tmp_path / "mail"
    mail = EmailMultiAlternatives("Hello", "Hello in text", to=["amina@example.org"])
    mail.attach_alternative(
        "<html><head></head><body>Hello in <b>HTML</b></body></html>", "text/html"
    )
    mail.attach("dates.ics", b"BEGIN:VCALENDAR", "text/calendar")
    EmailBackend().send_messages([mail])
    [key] = [letter.key for letter in client.get(reverse("demo:mail_list")).context["letters"]]

    page = client.get(reverse("demo:mail_detail", args=[key])).content.decode()
    frame = client.get(reverse("demo:mail_html", args=[key]))
    file = client.get(reverse("demo:mail_attachment", args=[key, 1]))

    assert reverse("demo:mail_html", args=[key]) in page
    assert "dates.ics" in page
    assert '<base target="_top">' in frame.content.decode()
    assert "Hello in <b>HTML</b>" in frame.content.decode()
    assert "script-src" not in frame["Content-Security-Policy"]
    assert file.getvalue() == b"BEGIN:VCALENDAR"
    assert file["Content-Disposition"] == 'attachment; filename="dates.ics"'
    assert client.get(reverse("demo:mail_attachment", args=[key, 2])).status_code == 404
