"""Text that is unreadable in the database: sealed with a key that is not in it (settings.REFLECTION_KEYS)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models


class Unreadable(str):
    """Stands for text whose key is lost. It is empty, so that nothing shows by mistake what it is not."""

    is_unreadable = True  # for templates, which are given texts


def check_keys(keys: Sequence[str]) -> None:
    """Raises ImproperlyConfigured, which tells no key, unless there is one at least and each can seal."""
    wrong = "REFLECTION_KEYS holds what is no Fernet key: what people write could not be sealed. See docs/running.md."
    if not keys:
        raise ImproperlyConfigured(wrong)
    try:
        box(tuple(keys))
    except ValueError:
        raise ImproperlyConfigured(wrong) from None


@cache
def box(keys: tuple[str, ...]) -> MultiFernet:
    """Seals with the first key, opens with any."""
    return MultiFernet([Fernet(key.strip()) for key in keys])


def seal(text: str) -> str:
    return box(tuple(settings.REFLECTION_KEYS)).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """The text, or Unreadable() if no key opens it."""
    try:
        return box(tuple(settings.REFLECTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        return Unreadable()


def reseal(token: str) -> str | None:
    """The same text sealed with the newest key; the token itself if it is already, None if no key opens it."""
    keys = tuple(settings.REFLECTION_KEYS)
    try:
        box(keys[:1]).decrypt(token.encode())
    except InvalidToken:
        try:
            return box(keys).rotate(token.encode()).decode()
        except InvalidToken:
            return None
    return token


class SealedTextField(models.TextField[str, str]):
    """Plain text in Python, sealed text in the database. It cannot be searched or sorted there."""

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return None if value is None else unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        if isinstance(value, Unreadable):
            raise ValueError(
                "Text that could not be opened is not written back: that would lose it for good."
            )
        return None if value is None else seal(str(value))

    def get_lookup(self, name: str) -> None:
        """Equal texts are sealed differently each time, so a comparison could only ever be wrong."""
