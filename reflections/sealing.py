"""Text that is unreadable in the database: sealed with a key that is not in it (settings.REFLECTION_KEYS)."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class Unreadable(str):
    """Stands for text whose key is lost. It is empty, so that nothing shows by mistake what it is not."""


@cache
def box(keys: tuple[str, ...]) -> MultiFernet:
    """Seals with the first key, opens with any."""
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    return box(tuple(settings.REFLECTION_KEYS)).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """The text, or Unreadable() if no key opens it."""
    try:
        return box(tuple(settings.REFLECTION_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        return Unreadable()


class SealedTextField(models.TextField):
    """Plain text in Python, sealed text in the database. It cannot be searched or sorted there."""

    def from_db_value(self, value: str | None, *args: Any) -> str | None:
        return None if value is None else unseal(value)

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else seal(str(value))

    def get_lookup(self, name: str) -> None:
        """Equal texts are sealed differently each time, so a comparison could only ever be wrong."""
        return None
