"""The ids that stand in addresses: short, readable aloud, and not to be guessed."""

import secrets
from typing import Any

from django.db import models

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
LENGTH = 12


def new_public_id() -> str:
    """Twelve characters out of 31 that nobody mistakes for one another: 59 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


class PublicIdField(models.CharField[str, str]):
    """A unique, unguessable id, set once. Bulk creation gets one per row as well."""

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
        """Migrations leave out what is Django's default, which here is not ours."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {"unique": self.unique, **kwargs}


class PublicIdConverter:
    """A public id in an address; the few that the database makes are hexadecimal, so any of 36 characters will do."""

    regex = f"[0-9a-z]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value
