"""The encryption of text in the database, and what happens if its key is lost."""

from collections.abc import Callable

import pytest
from cryptography.fernet import Fernet
from django.contrib import admin
from django.core import mail
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from reflections.entries import reply
from reflections.models import Audience, Reflection, Reply
from tests.reflections.conftest import MARKER
from tests.reflections.pages import new_page_inputs, text_of

Entry = Callable[..., Reflection]


def new_key() -> str:
    return Fernet.generate_key().decode()


def raw(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT body FROM reflections_{table} ORDER BY id")  # noqa: S608
        return [row[0] for row in cursor.fetchall()]


def database_dump() -> str:
    """Return the values of every column of every table."""
    with connection.cursor() as cursor:
        cells = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            cells += [str(cell) for row in cursor.fetchall() for cell in row]
    return "\n".join(cells)


# Text in the database is encrypted ----------------------------------------------------------------


def test_database_contains_no_plaintext(
    participant_client: Client, facilitator_client: Client, facilitator: User, participant: User
) -> None:
    """An entry is saved, edited, replied to, and edited with too long a text, through the pages."""
    shared = new_page_inputs(participant_client) | {"body": MARKER, "audience": "facilitators"}
    participant_client.post("/reflections/new/", shared)
    url = Reflection.objects.get().get_absolute_url()
    participant_client.post(f"{url}edit/", {"body": f"{MARKER} again"})
    participant_client.post(f"{url}edit/", {"body": MARKER * 2_000})
    facilitator_client.post(f"{url}replies/", {"body": f"About {MARKER}"})
    facilitator_client.get(url)
    dump = database_dump()
    assert participant.email in dump
    assert MARKER not in dump
    assert [one[:5] for one in raw("reflection") + raw("reply")] == ["gAAAA", "gAAAA"]
    assert (Reflection.objects.get().body, Reply.objects.get().body) == (
        f"{MARKER} again",
        f"About {MARKER}",
    )
    assert mail.outbox == []


@pytest.mark.sqlite
def test_sqlite_dump_contains_no_plaintext(entry: Entry) -> None:
    entry()
    connection.ensure_connection()
    dump = "\n".join(connection.connection.iterdump())
    assert "gAAAA" in dump
    assert MARKER not in dump


def test_equal_texts_have_different_ciphertexts(entry: Entry) -> None:
    entry()
    entry()
    assert len(set(raw("reflection"))) == 2


def test_encrypted_text_cannot_be_searched(entry: Entry) -> None:
    entry()
    for lookup in ("body", "body__contains", "body__in"):
        with pytest.raises(FieldError):
            Reflection.objects.filter(**{lookup: MARKER}).exists()


def test_str_and_repr_contain_no_plaintext(entry: Entry, facilitator: User) -> None:
    kept = entry(audience=Audience.FACILITATORS)
    said = reply(reflection=kept, author=facilitator, body=MARKER, at=timezone.now())
    for shown in (str(kept), repr(kept), str(said), repr(said), repr(Reflection.objects.all())):
        assert MARKER not in shown


def test_back_office_shows_no_plaintext(administrator_client: Client, entry: Entry) -> None:
    kept = entry()
    index = administrator_client.get("/back-office/").content.decode()
    assert "/back-office/cohorts/" in index
    assert "/back-office/reflections/" not in index
    for act in ("change", "delete"):
        page = administrator_client.get(f"/back-office/accounts/user/{kept.author_id}/{act}/")
        assert MARKER not in page.content.decode()
    assert not {Reflection, Reply} & set(admin.site._registry)


# Text whose encryption key is lost ----------------------------------------------------------------


@pytest.fixture
def unreadable_entry(entry: Entry, facilitator: User, settings: Settings) -> Reflection:
    """An entry and a reply, both encrypted with a key that is lost."""
    kept = entry(audience=Audience.FACILITATORS)
    reply(reflection=kept, author=facilitator, body="Thank you", at=timezone.now())
    settings.REFLECTION_KEYS = [new_key()]
    return kept


def test_pages_say_that_text_with_a_lost_key_is_unreadable(
    unreadable_entry: Reflection, participant_client: Client, facilitator_client: Client
) -> None:
    for client, url in (
        (participant_client, "/reflections/"),
        (participant_client, unreadable_entry.get_absolute_url()),
        (facilitator_client, unreadable_entry.get_absolute_url()),
        (facilitator_client, f"/cohorts/{unreadable_entry.cohort.public_id}/reflections/"),
    ):
        page = client.get(url)
        assert page.status_code == 200
        assert "This can’t be read at the moment" in text_of(page)


def test_unreadable_text_is_not_overwritten(
    unreadable_entry: Reflection, participant_client: Client
) -> None:
    before = raw("reflection")
    url = f"{unreadable_entry.get_absolute_url()}edit/"
    for response in (
        participant_client.get(url, follow=True),
        participant_client.post(url, {"body": "New"}, follow=True),
    ):
        assert "This can’t be changed while it can’t be read" in response.content.decode()
    with pytest.raises(ValueError, match="it would be lost"), transaction.atomic():
        Reflection.objects.get().save()
    assert raw("reflection") == before


def test_unreadable_entry_can_be_made_private_and_deleted(
    unreadable_entry: Reflection, participant_client: Client
) -> None:
    before = raw("reflection")
    participant_client.post(f"{unreadable_entry.get_absolute_url()}readers/", {"audience": "me"})
    assert (Reflection.objects.get().audience, raw("reflection")) == (Audience.ONLY_ME, before)
    participant_client.post(f"{unreadable_entry.get_absolute_url()}delete/")
    assert not Reflection.objects.exists()


def test_restored_key_decrypts_text_again(entry: Entry, settings: Settings) -> None:
    keys = settings.REFLECTION_KEYS
    entry()
    settings.REFLECTION_KEYS = [new_key()]
    assert (Reflection.objects.get().is_unreadable, Reflection.objects.get().body) == (True, "")
    settings.REFLECTION_KEYS = keys
    assert Reflection.objects.get().body == MARKER


def test_old_key_decrypts_and_primary_key_encrypts(entry: Entry, settings: Settings) -> None:
    old, new = new_key(), new_key()
    settings.REFLECTION_KEYS = [old]
    entry(body="Old words")
    settings.REFLECTION_KEYS = [new, old]
    entry(body="New words")
    assert sorted(one.body for one in Reflection.objects.all()) == ["New words", "Old words"]
    settings.REFLECTION_KEYS = [new]
    assert sorted(one.body for one in Reflection.objects.all()) == ["", "New words"]
