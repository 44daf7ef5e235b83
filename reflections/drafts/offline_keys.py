"""Keys for what a browser keeps while there is no signal: never on the device, and given to one person alone.

A page gets a fresh key, and with it the same key in a box that only this server opens. It keeps the box beside what it
sealed. So whoever has the device has nothing to read; and somebody whose session ended meanwhile gets their words back
by signing in again, since the server opens a box for the person that it was made for and nobody else.
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
    """The key, if the box was made for this person and can be opened."""
    mark = f"{PURPOSE} {user.public_id} "
    inside = decrypt(box)
    return inside.removeprefix(mark) if inside.startswith(mark) else None
