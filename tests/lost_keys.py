"""Encryption keys that are lost or invalid while somebody uses the site."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from accounts.models import User

# Tables that middleware queries before a view runs.
OF_SESSION = ("django_session", "accounts_user")


def lose_keys(settings: Settings, *clients: Client) -> None:
    """Replace every key by a new one, and sign the clients' users in again."""
    replace_keys(settings, [Fernet.generate_key().decode()], *clients)


def replace_keys(settings: Settings, keys: list[str], *clients: Client) -> None:
    """Replace every key. This ends sessions, so the clients' users sign in again."""
    users = [User.objects.get(pk=client.session["_auth_user_id"]) for client in clients]
    settings.REFLECTION_KEYS = keys
    for client, user in zip(clients, users, strict=True):
        client.force_login(user)


@contextmanager
def invalid_key_in_view() -> Iterator[None]:
    """Context manager: make the key invalid once a view makes its first query.

    The middleware has decrypted the session by then.
    """
    keys = settings.REFLECTION_KEYS

    def make_invalid(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if not any(table in sql for table in OF_SESSION):
            settings.REFLECTION_KEYS = ["no key"]
        return execute(sql, *rest)

    try:
        with connection.execute_wrapper(make_invalid):
            yield
    finally:
        settings.REFLECTION_KEYS = keys
