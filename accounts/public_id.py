"""Public ids: the short, unguessable ids in URLs."""

import secrets
from typing import Any

from django.db import models

# The characters of ids, without those that look alike (0 and o; 1, i and l).
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


def new_public_id() -> str:
    """Return an id of twelve random characters, each one of 31 (59 bits in total)."""
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
        """Return the field's arguments for migrations, always including `unique`.

        Django omits `unique=False`, because False is its default. This field's default is True.
        """
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {"unique": self.unique, **kwargs}


class PublicIdConverter:
    """The URL converter for public ids. It also accepts the hexadecimal ids of NewPublicId."""

    regex = f"[0-9a-z]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
