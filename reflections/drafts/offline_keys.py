"""Encryption keys for text that a browser stores while it is offline.

A page gets a new key, and the same key wrapped (encrypted) by the server for that user. The browser
stores the wrapped key with the encrypted text, but never the key. So nobody can read the text on
the device. If the session has ended, its author signs in again, and the server unwraps the key for
them.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from accounts.models import User
from reflections.encryption import decrypt, encrypt

KEY_BYTES = 32  # AES-256
PURPOSE = "device key"


@dataclass(frozen=True)
class DeviceKey:
    key: str
    box: str


def new_key(user: User) -> DeviceKey:
    key = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return DeviceKey(key, encrypt(f"{PURPOSE} {user.public_id} {key}"))


def key_in(box: str, user: User) -> str | None:
    """Return the unwrapped key. None if it can't be decrypted or belongs to another user."""
    mark = f"{PURPOSE} {user.public_id} "
    inside = decrypt(box)
    return inside.removeprefix(mark) if inside.startswith(mark) else None
