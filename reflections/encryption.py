"""Text fields that are encrypted in the database with the keys in settings.REFLECTION_KEYS."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class Unreadable(str):
    """A placeholder for text whose key is lost.

    It is empty, so it is never shown as if it were the text.
    """

    is_unreadable = True  # templates only have the text


def check_keys(keys: Sequence[str]) -> None:
    """Raise ImproperlyConfigured unless there are keys and all are valid.

    The error reveals no key.
    """
    wrong = (
        "REFLECTION_KEYS must be valid Fernet keys, to encrypt what people write. "
        "See docs/running.md."
    )
    if not keys:
        raise ImproperlyConfigured(wrong)
    try:
        fernet(tuple(keys))
    except ValueError:
        raise ImproperlyConfigured(wrong) from None


@cache
def fernet(keys: tuple[str, ...]) -> MultiFernet:
    """Return a cipher that encrypts with the first key, the primary one, and decrypts with any."""
    return MultiFernet([Fernet(key.strip()) for key in keys])


def encrypt(text: str) -> str:
    return fernet(tuple(settings.REFLECTION_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Return the text, or Unreadable() if no key decrypts it."""
    try:
        return fernet(tuple(settings.REFLECTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        return Unreadable()


def reencrypt(token: str) -> str | None:
    """Return the text encrypted with the primary key. None if no key decrypts it.

    A token that is already encrypted with the primary key is returned unchanged.
    """
    keys = tuple(settings.REFLECTION_KEYS)
    try:
        fernet(keys[:1]).decrypt(token.encode())
    except InvalidToken:
        try:
            return fernet(keys).rotate(token.encode()).decode()
        except InvalidToken:
            return None
    return token


class EncryptedTextField(models.TextField[str, str]):
    """A text field that is encrypted in the database, which can neither search nor sort it."""

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            raise ValueError(
                "Text that could not be decrypted must not be saved: it would be lost."
            )
        return None if value is None else encrypt(str(value))

    def get_lookup(self, name: str) -> None:
        """Disable lookups: equal texts have different tokens, so no comparison would ever match."""
