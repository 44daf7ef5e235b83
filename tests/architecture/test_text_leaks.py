"""Tests that private text is in no page, table, file, log or e-mail where it must not be."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.debug import ExceptionReporter

from accounts.models import User
from accounts.public_id import new_public_id
from cohorts.models import Cohort
from outbox.delivery.loop import take_turn
from outbox.models import Message
from reflections.models import Audience, Draft, Experiment, Quote, Reflection
from sets.models import SetNote
from tests.architecture.access_table import ACCESS, Route
from tests.architecture.addresses import address
from tests.architecture.test_access import undone, world
from tests.lost_keys import invalid_key_in_view
from tests.people import signed_in
from tests.reflections.pages import new_page_inputs

__all__ = ["world"]

MARKER, REPLY = "the heron at the weir", "the otter under the bridge"
DRAFT, EXPERIMENT, EXTRACT = (
    "the eel in the culvert",
    "the wren in the hedge",
    "the pike below the mill",
)
NOTE = "the crane on the mudflat"
WORDS = (MARKER, REPLY, DRAFT, EXPERIMENT, EXTRACT, NOTE)


def all_rows() -> Iterator[tuple[str, str]]:
    """Yield (table, repr of a row) for every row of every table, with or without a model."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT * FROM {name}")  # noqa: S608 (names of our own tables)
            for row in cursor.fetchall():
                yield table, repr(row)


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


@pytest.fixture
def stored_text(
    participant: User,
    facilitator: User,
    cohort: Cohort,
    caplog: pytest.LogCaptureFixture,
    world: dict[str, dict[str, object]],
) -> Reflection:
    """Submit private text to every form that takes it, with and without errors.

    Then run the sending loop on three consecutive days. Return the saved reflection.
    """
    caplog.set_level(logging.INFO)
    writer, reader = signed_in(participant), signed_in(facilitator)
    writer.raise_request_exception = reader.raise_request_exception = False
    new = reverse("reflections:reflection_create")
    writer.post(new, {"body": MARKER * 2000})
    writer.post(new, {"body": MARKER, "audience": "sponsor"})
    shared = {**new_page_inputs(writer, new), "audience": Audience.FACILITATORS}
    writer.post(new, {"body": MARKER, "experiment": EXPERIMENT, **shared})
    entry = Reflection.objects.latest("pk")
    replies = reverse("reflections:reply_create", args=[entry.public_id])
    reader.post(replies, {"body": REPLY})
    reader.post(replies, {"body": REPLY * 2000})
    writer.post(replies, {"body": REPLY, "to": entry.replies.get().public_id})
    reader.post(replies, {"body": REPLY, "to": "nothing"})
    edit = reverse("reflections:reflection_edit", args=[entry.public_id])
    reader.post(edit, {"body": MARKER})
    writer.post(edit, {"body": f"{MARKER} again"})
    unfinished = {"body": f"{MARKER}, unfinished", "experiment": MARKER, "page": "pagehere2345"}
    writer.post(reverse("reflections:draft_save", args=[entry.public_id]), unfinished)
    writer.post(
        reverse("reflections:draft_leave", args=[entry.public_id]),
        unfinished | {"page": "pagethere234"},
    )
    writer.get(reverse("reflections:reflection_list"), {"page": MARKER})
    draft = save_drafts(writer, reader, cohort, entry)
    experiment = save_experiment(writer, cohort)
    note_url = address("sets:note_create", world)
    writer.post(note_url, {"body": NOTE * 2000})
    writer.post(note_url, {"body": NOTE})
    reader.post(note_url, {"body": NOTE})
    assert SetNote.objects.by(participant).latest("pk").body == NOTE
    offer_url = reverse("reports:quote_offer", args=[entry.public_id])
    writer.post(offer_url, {"words": EXTRACT * 200})
    writer.post(offer_url, {"words": EXTRACT})
    Quote.objects.create(
        reflection=entry,
        author=participant,
        cohort=cohort,
        words=EXTRACT,
        offered_at=timezone.now(),
    )
    Quote.objects.filter(author=participant).update(withdrawn_at=timezone.now())
    for client, url, data in (
        (writer, new, {"body": MARKER}),
        (reader, replies, {"body": REPLY}),
        (writer, draft, {"body": DRAFT, "experiment": DRAFT, "cohort": cohort.public_id}),
        (
            writer,
            reverse("reflections:experiment_create"),
            {"words": EXPERIMENT, "before": "", "on": ""},
        ),
        (writer, note_url, {"body": NOTE}),
        (writer, experiment, {"outcome": "tried", "happened": EXPERIMENT, "learned": EXPERIMENT}),
    ):
        with invalid_key_in_view():
            failed = client.post(url, data)
        assert failed.status_code in (200, 302, 500)
        for report in reports_of(failed):
            assert not any(words in report for words in WORDS), url
    Quote.objects.filter(author=participant).update(withdrawn_at=None)
    for days in range(3):
        take_turn(partial(in_days, days))
    return Reflection.objects.get(pk=entry.pk)


def in_days(days: int) -> datetime:
    return timezone.now() + timedelta(days=days)


def save_drafts(writer: Client, reader: Client, cohort: Cohort, entry: Reflection) -> str:
    """Save drafts of a new reflection and of a change to `entry`, each from two open pages.

    Return the URL to which pages post drafts of the new reflection.
    """
    new = reverse("reflections:draft_save", args=[new_public_id()])
    place = {"cohort": cohort.public_id}
    for url in (new, reverse("reflections:draft_save", args=[entry.public_id])):
        writer.post(url, {"body": DRAFT, "experiment": DRAFT, "page": new_public_id(), **place})
        writer.post(url, {"body": f"{DRAFT} too", "version": "0", "page": new_public_id(), **place})
        writer.post(url, {"body": DRAFT, "version": "x"})
        writer.get(url, {"body": DRAFT})
        reader.post(url, {"body": "Words of their own", **place})
    assert Draft.objects.filter(author__isnull=False).exists()
    return new


def save_experiment(writer: Client, cohort: Cohort) -> str:
    """Create, answer and change an experiment; return the URL to which its answer is posted."""
    new = reverse("reflections:experiment_create")
    writer.post(new, {"words": EXPERIMENT * 200})
    before = {"before": cohort.workshops.get(position=2).public_id}
    shared = {**new_page_inputs(writer, new), "audience": Audience.FACILITATORS}
    writer.post(new, {"words": EXPERIMENT, **shared, **before})
    experiment = Experiment.objects.latest("pk")
    assert (experiment.words, experiment.audience) == (EXPERIMENT, Audience.FACILITATORS)
    answer = reverse("reflections:experiment_answer", args=[experiment.public_id])
    for outcome in ("no such", "tried"):
        writer.post(answer, {"outcome": outcome, "happened": EXPERIMENT, "learned": EXPERIMENT})
    edit = reverse("reflections:experiment_edit", args=[experiment.public_id])
    writer.post(edit, {"words": EXPERIMENT, **before})
    return answer


def reports_of(failed: Any) -> Iterator[str]:
    """Yield the page of a failed request, and Django's reports of its error for developers."""
    yield failed.content.decode() if failed.status_code == 500 else ""
    if failed.exc_info:
        reporter = ExceptionReporter(failed.wsgi_request, *failed.exc_info)
        yield reporter.get_traceback_text()
        yield reporter.get_traceback_html()


def test_private_text_is_in_no_table_file_log_or_email(
    stored_text: Reflection, caplog: pytest.LogCaptureFixture, mailoutbox: list[EmailMessage]
) -> None:
    assert stored_text.body == f"{MARKER} again"
    rows = list(all_rows())
    written = {
        f"reflections_{kind}" for kind in ("reflection", "reply", "draft", "experiment", "quote")
    }
    assert {*written, "sets_setnote", "django_session", "outbox_message"} <= {
        table for table, _ in rows
    }
    assert {"reply-digest"} <= set(
        Message.objects.filter(sent_at__isnull=False).values_list("kind", flat=True)
    )
    assert [row for row in rows if any(words in row[1] for words in WORDS)] == []
    assert [
        path
        for path, content in files_under(configured.VAR)
        if any(words.encode() in content for words in WORDS)
    ] == []
    logged = "\n".join(map(logging.Formatter().format, caplog.get_records("setup")))
    assert logged.count("Fernet key must be") >= 4
    assert not any(words in logged for words in WORDS)
    assert not any(words in str(mail.message()) for mail in mailoutbox for words in WORDS)
    assert [mail.subject for mail in mailoutbox if "to read" in mail.subject] != []


def routes() -> list[Route]:
    """Return the routes of the access table, except those that sign the client in or out."""
    return [route for route in ACCESS.values() if not route.name.startswith("account")]


@pytest.mark.either
@pytest.mark.long
def test_no_page_shows_private_text_to_others(
    stored_text: Reflection,
    world: dict[str, dict[str, object]],
    outsider: User,
    other_facilitator: User,
    administrator: User,
) -> None:
    """Every URL is requested with the ids of the private text, or of objects in its cohort."""
    world["reflections:"] = {"public_id": stored_text.public_id}
    world["reflections:reply_delete"] = {"public_id": stored_text.replies.all()[0].public_id}
    world["reflections:experiment_"] = {"public_id": Experiment.objects.latest("pk").public_id}
    world["reflections:draft_"] = {
        "entry": Draft.objects.filter(author=stored_text.author).latest("pk").entry
    }
    world["reports:quote_"] = {"public_id": Quote.objects.latest("pk").public_id}
    for user in (None, outsider, other_facilitator, administrator):
        client = signed_in(user) if user else Client()
        client.raise_request_exception = False
        who = client.session.get("_auth_user_id")
        with undone():
            for route in routes():
                assert_shows_no_private_text(client, address(route.name, world))
            assert client.session.get("_auth_user_id") == who


def assert_shows_no_private_text(client: Client, there: str) -> None:
    for response in (
        client.get(there),
        client.get(there, headers={"HX-Request": "true"}),
        client.post(there),
    ):
        shown = response.getvalue().decode(errors="replace") + repr(response.headers)
        assert not any(words in shown for words in WORDS), there


@pytest.mark.either
@pytest.mark.long
def test_only_listed_pages_show_shared_text_to_a_facilitator(
    stored_text: Reflection, world: dict[str, dict[str, object]], facilitator: User
) -> None:
    """Reports, exports, registers and message lists, for example, don't show shared text."""
    client = signed_in(facilitator)
    world["reflections:"] = {"public_id": stored_text.public_id}
    world["reflections:draft_"] = {"entry": stored_text.public_id}
    world["reflections:experiment_"] = {
        "public_id": Experiment.objects.exclude(audience=Audience.ONLY_ME).latest("pk").public_id
    }
    showing = dict[str, set[str]]()
    for route in routes():
        response = client.get(address(route.name, world))
        body = response.getvalue()
        shown = body.decode(errors="replace")
        if found := {words for words in WORDS if words in shown}:
            showing[route.name] = found
    assert showing == {
        "home:cohort_detail": {MARKER},
        "home:cohort_reflections": {MARKER},
        "reflections:reflection_detail": {MARKER, REPLY},
        "reflections:experiment_detail": {EXPERIMENT},
        "reflections:cohort_experiments": {EXPERIMENT},
        # Quotes that authors offered to the report. They are shown without the author's name.
        "reports:quote_list": {EXTRACT},
        # The facilitator's own journal, with the reply that the facilitator wrote.
        "reflections:reflection_list": {REPLY},
        "reflections:keepsake_detail": {REPLY},
        "reflections:keepsake_text": {REPLY},
    }


def test_admin_site_shows_no_private_text(
    stored_text: Reflection, administrator_client: Client
) -> None:
    """Each model's list is opened, and the form, history and deletion pages of some objects."""
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [reverse(f"{stem}_changelist")]
        for thing in model._default_manager.all()[:3]:
            pages += [
                reverse(f"{stem}_{page}", args=[thing.pk])
                for page in ("change", "history", "delete")
            ]
        for page in pages:
            shown = administrator_client.get(page).content.decode()
            assert not any(words in shown for words in WORDS), page
