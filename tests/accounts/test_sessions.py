"""The session store: its table contains no session key, and a copy of it opens no session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from cryptography.fernet import Fernet
from django.apps import apps
from django.conf import settings as site_settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from accounts.sessions import SessionStore, stored_key
from accounts.tasks import delete_expired_sessions
from cohorts.models import Cohort
from reflections.entries import write
from reflections.models import Audience, Reflection
from tests.people import signed_in

pytestmark = pytest.mark.django_db
DJANGO_STORE = "django.contrib.sessions.backends.db"


@pytest.fixture
def entry(cohort: Cohort, participant: User) -> Reflection:
    """A private reflection of the participant."""
    return write(
        author=participant,
        cohort=cohort,
        body="For me alone.",
        audience=Audience.ONLY_ME,
        at=timezone.now(),
    )


def new_key() -> str:
    return Fernet.generate_key().decode()


def cookie_of(client: Client) -> str:
    return client.cookies[site_settings.SESSION_COOKIE_NAME].value


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[site_settings.SESSION_COOKIE_NAME] = value
    return client


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("privacy:my_data")).status_code == 200


# The session table --------------------------------------------------------------------------------


def test_table_holds_neither_the_key_nor_the_data(participant: User) -> None:
    client = signed_in(participant)
    row = Session.objects.get()
    assert row.session_key == stored_key(cookie_of(client))
    assert len(row.session_key) == 40
    assert row.session_data.startswith("gAAAA")
    assert SessionStore().decode(row.session_data)["_auth_user_id"] == str(participant.pk)
    assert is_signed_in(client)


def use_every_method() -> list[str]:
    """Save sessions by every method of the store; return the keys that cookies would hold."""
    made, cycled, flushed, deleted = (SessionStore() for _ in range(4))
    made.create()
    keys = [str(made.session_key)]
    for store in (cycled, flushed, deleted):
        store["word"] = "heron"
        store.save()
        keys.append(str(store.session_key))
        assert store.exists(str(store.session_key))
    cycled.cycle_key()
    flushed.flush()
    deleted.delete(str(deleted.session_key))
    keys.append(str(cycled.session_key))
    assert [SessionStore(key).get("word") for key in keys] == [None, None, None, None, "heron"]
    return keys


async def use_every_async_method() -> list[str]:
    """Do the same as `use_every_method` by the asynchronous methods."""
    made, cycled, flushed, deleted = (SessionStore() for _ in range(4))
    await made.acreate()
    keys = [str(made.session_key)]
    for store in (cycled, flushed, deleted):
        await store.aset("word", "heron")
        await store.asave()
        keys.append(str(store.session_key))
        assert await store.aexists(str(store.session_key))
    await cycled.acycle_key()
    await flushed.aflush()
    await deleted.adelete(str(deleted.session_key))
    keys.append(str(cycled.session_key))
    words = [await SessionStore(key).aget("word") for key in keys]
    assert words == [None, None, None, None, "heron"]
    return keys


@pytest.mark.parametrize("use", [use_every_method, async_to_sync(use_every_async_method)])
def test_no_method_stores_a_key_or_data_in_clear(use: Callable[[], list[str]]) -> None:
    keys = use()
    rows = Session.objects.all()
    assert {row.session_key for row in rows} == {stored_key(keys[0]), stored_key(keys[-1])}
    assert {row.session_data[:5] for row in rows} == {"gAAAA"}


def test_deleted_session_is_not_saved_again() -> None:
    store = SessionStore()
    store.create()
    SessionStore(store.session_key).delete()
    with pytest.raises(UpdateError):
        store.save()
    assert not Session.objects.exists()


def test_delete_without_a_key_does_nothing() -> None:
    SessionStore().delete()
    async_to_sync(SessionStore().adelete)()
    assert not Session.objects.exists()


def test_new_session_does_not_take_the_key_that_a_cookie_proposes(participant: User) -> None:
    client = with_cookie("a" * 32)
    client.post(reverse("account_login"), {"email": participant.email})
    assert cookie_of(client) != "a" * 32
    assert "account_login" in SessionStore(cookie_of(client))
    client = with_cookie("a" * 32)
    client.force_login(participant)
    assert cookie_of(client) != "a" * 32
    assert not is_signed_in(with_cookie("a" * 32))


@pytest.mark.parametrize("cookie", ["short", "é" * 32, "a" * 10_000, "%00" * 12, "gAAAA" * 8])
def test_odd_cookie_opens_no_session(cookie: str, participant: User) -> None:
    signed_in(participant)
    assert not is_signed_in(with_cookie(cookie))


def test_sign_out_deletes_the_row(participant: User) -> None:
    client = signed_in(participant)
    cookie = cookie_of(client)
    client.post(reverse("account_logout"))
    assert not Session.objects.exists()
    assert not is_signed_in(with_cookie(cookie))


# A stolen copy of the session table ---------------------------------------------------------------


def signs_in_with_stolen_rows(owner: User, entry: Reflection) -> bool:
    """Return whether a value in the session table, used as a cookie, opens a private reflection."""
    signed_in(owner)
    values = [
        str(value) for row in Session.objects.values_list() for value in row if len(str(value)) >= 8
    ]
    opened = [
        with_cookie(value).get(entry.get_absolute_url()).status_code == 200
        for value in [*values, *map(stored_key, values)]
    ]
    return any(opened)


def test_stolen_table_opens_no_session(participant: User, entry: Reflection) -> None:
    assert not signs_in_with_stolen_rows(participant, entry)


def test_stolen_table_of_djangos_own_store_opens_a_session(
    participant: User, entry: Reflection, settings: Settings
) -> None:
    """With Django's store the attack succeeds, so the test above can fail."""
    settings.SESSION_ENGINE = DJANGO_STORE
    assert signs_in_with_stolen_rows(participant, entry)


# Lost and rotated keys ----------------------------------------------------------------------------


def test_session_with_a_lost_key_is_empty_and_its_user_can_sign_in_again(
    participant: User, settings: Settings
) -> None:
    client = signed_in(participant)
    settings.REFLECTION_KEYS = [new_key()]
    assert not is_signed_in(client)
    client.force_login(participant)
    assert is_signed_in(client)


def test_key_rotation_leaves_people_signed_in(participant: User, settings: Settings) -> None:
    client = signed_in(participant)
    settings.REFLECTION_KEYS = [new_key(), *settings.REFLECTION_KEYS]
    call_command("rotate_reflection_keys", stdout=StringIO())
    settings.REFLECTION_KEYS = settings.REFLECTION_KEYS[:1]
    assert is_signed_in(client)


def test_key_rotation_leaves_an_unreadable_session(participant: User, settings: Settings) -> None:
    signed_in(participant)
    before = list(Session.objects.values_list())
    settings.REFLECTION_KEYS = [new_key()]
    call_command("rotate_reflection_keys", stdout=StringIO())
    assert list(Session.objects.values_list()) == before


# Expiry of sessions -------------------------------------------------------------------------------


@pytest.mark.parametrize("delete", [lambda: call_command("clearsessions"), delete_expired_sessions])
def test_expired_sessions_are_deleted(
    delete: Callable[[], None], participant: User, outsider: User
) -> None:
    expired, current = signed_in(participant), signed_in(outsider)
    Session.objects.filter(pk=stored_key(cookie_of(expired))).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    assert (is_signed_in(expired), is_signed_in(current)) == (False, True)
    delete()
    assert [row.pk for row in Session.objects.all()] == [stored_key(cookie_of(current))]


def test_upgrade_ends_sessions_whose_key_is_stored_in_clear(
    participant: User, settings: Settings
) -> None:
    settings.SESSION_ENGINE = DJANGO_STORE
    old = cookie_of(signed_in(participant))
    settings.SESSION_ENGINE = "accounts.sessions"
    assert not is_signed_in(with_cookie(old))
    migration = import_module("accounts.migrations.0006_hashed_session_keys")
    migration.delete_sessions(apps, None)
    assert not Session.objects.exists()
