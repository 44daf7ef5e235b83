"""Public ids: the short, unguessable ids in URLs."""

import secrets
from typing import Any

from django.db import models

# Without characters that people mistake for one another when they read an id aloud.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


def new_public_id() -> str:
    """Return twelve random characters out of 31: 59 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class PublicIdField(models.CharField[str, str]):
    """A unique, random id. The default also applies to bulk_create()."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{
                "max_length": LENGTH,
                "unique": True,
                "editable": False,
                "default": new_public_id,
                **kwargs,
            }
        )

    def deconstruct(self) -> Any:
        """Always include `unique`: Django leaves out False, which is its default but not ours."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {"unique": self.unique, **kwargs}


class PublicIdConverter:
    """The URL converter for public ids. Accepts hexadecimal ids, which the database makes."""

    regex = f"[0-9a-z]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
