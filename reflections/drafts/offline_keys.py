"""Encryption keys for text that a browser stores while it is offline.

A page gets a new key, and the same key wrapped (encrypted) by the server for that user. The browser
stores the encrypted text and the wrapped key, but never the key. So the text can't be read from the
device's storage alone. After the author has signed in again, the server unwraps the key for them.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from accounts.encryption import decrypt, encrypt
from accounts.models import User

KEY_BYTES = 32  # AES-256
PURPOSE = "device key"


@dataclass(frozen=True)
class DeviceKey:
    """A key in base64, and the same key wrapped by the server (`box`)."""

    key: str
    box: str


def new_key(user: User) -> DeviceKey:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return DeviceKey(key, encrypt(f"{PURPOSE} {user.public_id} {key}"))


def key_in(box: str, user: User) -> str | None:
    """Return the key wrapped in `box`; None if the box can't be decrypted or is another user's."""
    prefix = f"{PURPOSE} {user.public_id} "
    inside = decrypt(box)
    return inside.removeprefix(prefix) if inside.startswith(prefix) else None
