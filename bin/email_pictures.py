"""Pictures of every kind of e-mail, as a mail program shows them, for docs/img/emails."""

from __future__ import annotations

import os
import tempfile
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img" / "emails"
WIDTH = 600
IN_DARK_TOO = ("day-before", "invitation")


def sent_emails() -> dict[str, EmailMessage]:
    """Send every kind of e-mail from a temporary site.

    Returns a dict that maps the name of each picture to its e-mail.
    """
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "CONVENOR_VAR": folder}
        os.environ.pop("DATABASE_URL", None)
        import django  # noqa: PLC0415 (after the environment is set)

        django.setup()
        from django.conf import settings  # noqa: PLC0415
        from django.core import mail  # noqa: PLC0415
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connections  # noqa: PLC0415

        from tests.outbox.cast import Cast  # noqa: PLC0415
        from tests.outbox.every_kind import Story, by_name  # noqa: PLC0415

        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        settings.BASE_URL = "https://convenor.example.org"
        call_command("migrate", verbosity=0)
        story = Story.begin(Cast())
        story.play()
        story.use_site()
        sent = [
            message_from_bytes(letter.message().as_bytes(), policy=policy.default)
            for letter in mail.outbox
        ]
        found = by_name(sent)
        connections.close_all()
    return found


def take(browser: Browser, found: dict[str, EmailMessage]) -> list[Path]:
    """Take and save the pictures: of each e-mail in light mode, and of some also in dark mode.

    Returns the paths of the pictures.
    """
    IMAGES.mkdir(parents=True, exist_ok=True)
    for old in IMAGES.glob("*.png"):
        old.unlink()
    light = [picture(browser, name, letter, "light") for name, letter in sorted(found.items())]
    return light + [picture(browser, f"{name}-dark", found[name], "dark") for name in IN_DARK_TOO]


def picture(
    browser: Browser, name: str, letter: EmailMessage, scheme: Literal["light", "dark"]
) -> Path:
    body = letter.get_body(("html",))
    if body is None:
        raise ValueError(f"The e-mail “{name}” has no HTML.")
    page = browser.new_page(
        viewport={"width": WIDTH, "height": 400}, color_scheme=scheme, java_script_enabled=False
    )
    page.set_content(body.get_content())
    path = IMAGES / f"{name}.png"
    screenshot = Image.open(BytesIO(page.screenshot(full_page=True)))
    # 256 colours are enough for a page of text, and reduce the file to a third of its size.
    screenshot.convert("RGB").quantize(256).save(path, optimize=True)
    page.close()
    return path
