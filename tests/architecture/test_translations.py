"""Tests that all text of pages, errors, e-mails and PDFs is translatable, with a pseudo-locale."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from functools import cache

import pytest
from django.conf import settings as configured
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import trans_real

from accounts.models import User
from cohorts.models import Cohort
from reports.downloads import as_document
from reports.figures import figures_of
from tests.architecture.pseudo_locale import (
    PseudoTranslations,
    extract_messages,
    outside_brackets,
    untranslated,
    untranslated_in,
    widen,
    widen_database,
)
from tests.journeys.test_every_page import WALKERS, World, may_open, pages, world
from tests.outbox.cast import Cast
from tests.outbox.every_kind import Story
from tests.people import just_signed_in

__all__ = ["world"]

# Pages that show the demo's e-mails, which were sent before the pseudo-locale was activated.
NOT_WALKED = {"demo:mail_detail", "demo:mail_list"}

pytestmark = [pytest.mark.either, pytest.mark.long]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return extract_messages(tmp_path_factory.mktemp("catalogue"))


@pytest.fixture
def pseudo_locale(
    catalogue: set[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], None]]:
    """Yield a function that activates the pseudo-locale for all threads."""

    def activate() -> None:
        pseudo = PseudoTranslations(catalogue)
        monkeypatch.setitem(
            trans_real._translations,  # type: ignore[attr-defined]
            configured.LANGUAGE_CODE,
            pseudo,
        )
        monkeypatch.setattr(trans_real, "_default", pseudo)
        translation.activate(configured.LANGUAGE_CODE)

    yield activate
    monkeypatch.undo()
    translation.deactivate()


def test_catalogue_can_be_extracted(catalogue: set[str]) -> None:
    assert "Save" in catalogue


def test_every_page_and_pdf_is_translatable(
    world: World, pseudo_locale: Callable[[], None]
) -> None:
    widen_database()
    pseudo_locale()
    found: dict[str, set[str]] = {}
    for role in WALKERS:
        user = world.people[role]
        client = just_signed_in(User.objects.get(pk=user.pk)) if user else Client()
        for name in pages():
            if name in NOT_WALKED or not may_open(name, role):
                continue
            for address in world.addresses(name, role):
                for response in (client.get(address), submitted_empty(client, address)):
                    if response is not None and response.get("Content-Type", "").startswith(
                        "text/html"
                    ):
                        texts = untranslated_in(response.content.decode())
                        found.setdefault(name, set()).update(texts)
    cohort = Cohort.objects.get(pk=world.reflection.cohort_id)
    report = as_document(figures_of(cohort, timezone.now()))
    found["report as PDF"] = set(untranslated_in(report))
    assert_translatable(found)


# Not annotated, because the type of the response is private in django-stubs.
def submitted_empty(client: Client, address: str):  # type: ignore[no-untyped-def]
    """Post an empty form; return the page that follows, or None if its status is not 200.

    What the request changed in the database is rolled back.
    """
    with transaction.atomic():
        response = client.post(address, {}, follow=True)
        transaction.set_rollback(True)
    return response if response.status_code == 200 else None


def test_every_email_is_translatable(
    db: None, pseudo_locale: Callable[[], None], mailoutbox: list[EmailMessage]
) -> None:
    pseudo_locale()
    story = Story.begin(
        Cast(
            cohort=widen("North East"),
            participant=widen("Amina Rahman"),
            peer=widen("Dev Patel"),
            newcomer=widen("Mo Marsh"),
            wish=widen("People should not have to tell their story three times."),
            facilitators=(widen("Ruth Adeyemi"), widen("Tom Ellis")),
            places=((widen("The Old Fire Station"), ""),),
            other_venue=widen("The Lamp Library, Durham"),
            cancellation_reason=widen("Both of us are ill."),
            note=widen("The car park is closed this week."),
            work=(widen("Warm homes after hospital"), widen("Housing hears of it.")),
        )
    )
    widen_database()
    story = Story(
        story.cast,
        Cohort.objects.get(pk=story.cohort.pk),
        User.objects.get(pk=story.participant.pk),
        User.objects.get(pk=story.administrator.pk),
    )
    story.play()
    story.use_site()
    assert len(mail.outbox) > 10
    found: dict[str, set[str]] = {}
    for letter in mail.outbox:
        if str(letter.subject).startswith("Lunch on"):
            continue  # written by a facilitator
        parts = untranslated(str(letter.subject))
        for line in outside_brackets(str(letter.body))[0].splitlines():
            parts += untranslated(line)
        for content, content_type in getattr(letter, "alternatives", []):
            if content_type == "text/html":
                parts += untranslated_in(str(content))
        found.setdefault(str(letter.subject), set()).update(parts)
    assert_translatable(found)


def assert_translatable(found: dict[str, set[str]]) -> None:
    """Fail if there are untranslated texts; name the page and the probable source of each."""
    report = sorted(
        f"{source_of(text)}: {text!r} on {page}" for page, texts in found.items() for text in texts
    )
    if report:
        pytest.fail("Not translatable:\n" + "\n".join(report), pytrace=False)


@cache
def source_of(text: str) -> str:
    """Return the source file that contains the longest part of the text, or "?"."""
    words = text.split()
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            phrase = " ".join(words[start : start + length])
            if len(phrase) > 3 and " " in phrase:
                for path, content in sources().items():
                    if phrase in content:
                        return path
    return "?"


@cache
def sources() -> dict[str, str]:
    root = configured.BASE_DIR
    files = [
        *(root / "templates").rglob("*.*"),
        *(
            path
            for path in root.glob("*/**/*.py")
            if path.relative_to(root).parts[0] not in ("tests", "bench", ".venv", "var")
        ),
    ]
    return {
        str(path.relative_to(root)): re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        for path in files
        if path.is_file()
    }
