"""The demo's letter box holds sign-in codes as well, whose Date header names no zone."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from accounts.models import User


@pytest.mark.django_db
def test_code_can_be_read_in_the_demo(
    client: Client, participant: User, settings: Settings, tmp_path: Path
) -> None:
    settings.MAIL_FOLDER = tmp_path / "mail"
    settings.EMAIL_BACKEND = "outbox.maildir.EmailBackend"
    client.post(reverse("account_login"), {"email": participant.email})

    [letter] = client.get(reverse("demo:mail_list")).context["letters"]

    assert "Your Convenor code" in letter.subject
    assert letter.date.tzinfo is not None
    assert client.get(reverse("demo:mail_detail", args=[letter.key])).status_code == 200
