"""One phrase goes the way that a reflection goes; then everything that is kept is searched for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib import admin
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.turn import take_turn
from reflections.models import Audience, Reflection
from tests.architecture.addresses import address
from tests.architecture.test_access import DOORS, Door, world
from tests.people import signed_in

__all__ = ["world"]

MARKER, REPLY = "the heron at the weir", "the otter under the bridge"
WORDS = (MARKER, REPLY)


def kept_rows() -> Iterator[tuple[str, str]]:
    """Every table's rows as they stand in the database, whatever model or none is behind them."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608 (names of our own tables)
            for row in cursor.fetchall():
                yield table, repr(row)


def files_under(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes()


@pytest.fixture
def lived(
    participant: User,
    facilitator: User,
    cohort: Cohort,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    world: dict[str, dict[str, object]],
) -> Reflection:
    """Written, refused, shared, answered, changed, taken back and shared again, with things going wrong between."""
    caplog.set_level(logging.INFO)
    writer, reader = signed_in(participant), signed_in(facilitator)
    writer.raise_request_exception = reader.raise_request_exception = False
    new = reverse("reflections:reflection_create")
    writer.post(new, {"body": MARKER * 2000})
    writer.post(new, {"body": MARKER, "audience": "sponsor"})
    writer.post(new, {"body": MARKER, "audience": Audience.FACILITATORS})
    entry = Reflection.objects.latest("pk")
    replies = reverse("reflections:reply_create", args=[entry.public_id])
    reader.post(replies, {"body": REPLY})
    reader.post(replies, {"body": REPLY * 2000})
    reader.post(reverse("reflections:reflection_edit", args=[entry.public_id]), {"body": MARKER})
    writer.post(reverse("reflections:reflection_edit", args=[entry.public_id]), {"body": f"{MARKER} again"})
    unfinished = {"body": f"{MARKER}, unfinished", "experiment": MARKER, "page": "pagehere2345"}
    writer.post(reverse("reflections:draft_save", args=[entry.public_id]), unfinished)
    writer.post(
        reverse("reflections:draft_leave", args=[entry.public_id]), unfinished | {"page": "pagethere234"}
    )
    writer.get(reverse("reflections:reflection_list"), {"page": MARKER})
    keys, settings.REFLECTION_KEYS = settings.REFLECTION_KEYS, ["no key"]
    assert writer.post(new, {"body": MARKER}).status_code == 500
    assert reader.post(replies, {"body": REPLY}).status_code == 500
    settings.REFLECTION_KEYS = keys
    take_turn(timezone.now)
    return Reflection.objects.get(pk=entry.pk)


def test_nothing_that_is_kept_holds_a_word_of_it(
    lived: Reflection, caplog: pytest.LogCaptureFixture, mailoutbox: list[EmailMessage]
) -> None:
    assert lived.body == f"{MARKER} again"
    rows = list(kept_rows())
    assert {"reflections_reflection", "django_session", "outbox_message"} <= {table for table, _ in rows}
    assert [row for row in rows if any(words in row[1] for words in WORDS)] == []
    assert [
        path for path, held in files_under(configured.VAR) if any(words.encode() in held for words in WORDS)
    ] == []
    logged = "\n".join(map(logging.Formatter().format, caplog.get_records("setup")))
    assert logged.count("Fernet key must be") == 2
    assert not any(words in logged for words in WORDS)
    assert not any(words in str(mail.message()) for mail in mailoutbox for words in WORDS)


def doors_within() -> list[Door]:
    """All but those by which somebody comes in or goes out: they would change who is looking."""
    return [door for door in DOORS.values() if not door.name.startswith("account")]


@pytest.mark.parametrize("role", ["visitor", "outsider", "other facilitator", "administrator"])
def test_no_page_shows_a_word_of_it_to_others(
    role: str, lived: Reflection, world: dict[str, dict[str, object]], request: pytest.FixtureRequest
) -> None:
    """Every address of the site, with the things of the writer's own cohort in it, and the entry's own pages."""
    client = Client(raise_request_exception=False)
    if role != "visitor":
        client.force_login(request.getfixturevalue(role.replace(" ", "_")))
    who = client.session.get("_auth_user_id")
    world["reflections:"] = {"public_id": lived.public_id}
    world["reflections:draft_"] = {"entry": lived.public_id}
    world["reflections:reply_delete"] = {"public_id": lived.replies.get().public_id}
    for door in doors_within():
        there = address(door.name, world)
        for response in (
            client.get(there),
            client.get(there, headers={"HX-Request": "true"}),
            client.post(there),
        ):
            shown = response.content.decode(errors="replace") + repr(response.headers)
            assert not any(words in shown for words in WORDS), there
    assert client.session.get("_auth_user_id") == who


def test_no_page_but_its_own_shows_it_to_readers(
    lived: Reflection, world: dict[str, dict[str, object]], facilitator: User
) -> None:
    """Reports, exports, registers, people and messages tell the facilitator nothing of what was shared with them."""
    client = signed_in(facilitator)
    world["reflections:"] = {"public_id": lived.public_id}
    world["reflections:draft_"] = {"entry": lived.public_id}
    showing = set()
    for door in doors_within():
        shown = client.get(address(door.name, world)).content.decode(errors="replace")
        showing |= {door.name for words in WORDS if words in shown}
    assert showing == {
        "home:cohort_detail",
        "reflections:reflection_detail",
        "home:cohort_reflections",
    }


def test_back_office_has_no_word_of_it(lived: Reflection, administrator_client: Client) -> None:
    """Each registered model's list, pages, history and deletion."""
    for model in admin.site._registry:
        stem = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        pages = [reverse(f"{stem}_changelist")]
        for thing in model._default_manager.all()[:3]:
            pages += [reverse(f"{stem}_{page}", args=[thing.pk]) for page in ("change", "history", "delete")]
        for page in pages:
            shown = administrator_client.get(page).content.decode()
            assert not any(words in shown for words in WORDS), page
