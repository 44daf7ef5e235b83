"""The session store. Session keys are hashed and data is encrypted in the database.

A copy of the table lets nobody take over a session. Settings name this module as SESSION_ENGINE.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.encoding import force_str

from accounts.encryption import decrypt, encrypt, reencrypt


def stored_key(session_key: str) -> str:
    """Return the hash under which a session is stored: 160 bits of SHA-256, in hexadecimal.

    A session key has 165 random bits, so nobody can find the session key from the hash by trying.
    The `session_key` column holds 40 characters.
    """
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions, with hashed keys and encrypted data.

    Only the cookie holds the session key. If its encryption key is lost, a session reads as empty.
    """

    def load(self) -> dict[str, Any]:
        return self.data_of(self.rows().first())

    async def aload(self) -> dict[str, Any]:
        return self.data_of(await self.rows().afirst())

    def rows(self) -> QuerySet[Session]:
        """Return a queryset of this session's row; empty if it has expired or was deleted."""
        key = stored_key(str(self.session_key))
        return Session.objects.filter(pk=key, expire_date__gt=timezone.now())

    def data_of(self, row: Session | None) -> dict[str, Any]:
        """Return the session data in the row. If there is no row, discard the session key.

        The next save then creates a new key. This prevents session fixation, in which an attacker
        chooses the key of another person's next session.
        """
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    async def aexists(self, session_key: str) -> bool:
        return await super().aexists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        row = await super().acreate_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored_key(key))

    async def adelete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            await super().adelete(stored_key(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        return encrypt(super().encode(session_dict))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        return super().decode(decrypt(force_str(session_data)))


def reencrypt_sessions() -> None:
    """Re-encrypt all session data with the first encryption key, so that old keys can be retired.

    Skips sessions that are saved during the run: they are encrypted with the first key anyway.
    """
    for pk, data in Session.objects.values_list("pk", "session_data"):
        fresh = reencrypt(data)
        if fresh is not None and fresh != data:
            Session.objects.filter(pk=pk, session_data=data).update(session_data=fresh)
