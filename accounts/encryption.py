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
    """An empty string in place of text whose encryption key is lost.

    A model field that holds one can't be saved, because that would overwrite the encrypted text.
    """

    is_unreadable = True  # For templates, which can't call isinstance().


def check_keys(keys: Sequence[str]) -> None:
    """Raise ImproperlyConfigured if there are no keys, or one of them is not a valid Fernet key.

    The error message contains no key.
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
    """Return a cipher that encrypts with the first key and decrypts with any of them."""
    return MultiFernet([Fernet(key.strip()) for key in keys])


def encrypt(text: str) -> str:
    """Return an encrypted token for the text.

    A Fernet token contains a time in clear. It is always 0 here, so that no token reveals when
    somebody wrote something.
    """
    return fernet(tuple(settings.REFLECTION_KEYS)).encrypt_at_time(text.encode(), 0).decode()


def decrypt(token: str) -> str:
    """Return the text of an encrypted token, or Unreadable() if no key decrypts the token."""
    try:
        return fernet(tuple(settings.REFLECTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        return Unreadable()


def reencrypt(token: str) -> str | None:
    """Return a token for the same text that is encrypted with the first key.

    Returns the same token if the first key can decrypt it, and None if no key can.
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
    """A text field whose values are encrypted in the database. Queries can't filter by the text."""

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            raise ValueError(
                "Text that could not be decrypted must not be saved: it would be lost."
            )
        return None if value is None else encrypt(str(value))

    def get_lookup(self, name: str) -> None:
        """Return None, which disables lookups, because equal texts have different tokens."""
