"""An attack by somebody who has a copy of the database, but no encryption key and no mailbox."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.forms import CodeForm
from accounts.models import User
from accounts.signed_links import SignedLink
from reflections.drafts.offline_keys import key_in

# Strings that could be a credential. Only the second pattern includes the separators of a URL.
TOKENS = (re.compile(r"[\w~=+-]{8,}", re.ASCII), re.compile(r"[\w~=+/.:-]{8,}", re.ASCII))


@dataclass(frozen=True)
class Door:
    """A place that accepts a credential, such as the session cookie or a signed link.

    `credential` is a valid one, which the database must not contain. `opens` returns whether the
    code that serves requests accepts a candidate.
    """

    name: str
    credential: str
    opens: Callable[[str], bool]


# What a copy of the database contains -------------------------------------------------------------


def stored_values() -> Iterator[str]:
    """Yield the value of each column of each row of each table, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        yield bytes(value).decode("latin-1")
                    elif value is not None:
                        yield str(value)


def decoded(token: str) -> Iterator[str]:
    """Yield the text that the token contains as base64, compressed or not, which needs no key."""
    for alphabet in (b"-_", b"+/"):
        with suppress(binascii.Error, ValueError):
            content = base64.b64decode(token.strip("=") + "===", altchars=alphabet)
            for text in (content, decompressed(content)):
                with suppress(UnicodeDecodeError):
                    yield text.decode("ascii")


def decompressed(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return b""


def tokens_in(text: str) -> set[str]:
    found = {token.strip(".:/") for pattern in TOKENS for token in pattern.findall(text)}
    return {token for token in found if len(token) >= 8}


def candidates() -> set[str]:
    """Return every stored value, every token in a value, and every token in a decoded token."""
    values = {value for value in stored_values() if len(value) >= 8}
    tokens = set().union(*(tokens_in(value) for value in values))
    hidden = {text for token in tokens for text in decoded(token)}
    return values | tokens | set().union(*(tokens_in(text) for text in hidden))


# Places that accept a credential ------------------------------------------------------------------


def session_door(client: Client) -> Door:
    """Return the door that the session cookie of a signed-in client opens."""
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value

    def opens(candidate: str) -> bool:
        # The session middleware creates this object from the cookie. Requests are slow, so a
        # request is made only if the store finds a session.
        store = import_module(settings.SESSION_ENGINE).SessionStore(candidate)
        if not store.load():
            return False
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = candidate
        return thief.get(reverse("privacy:my_data")).status_code == 200

    return Door("session", cookie, opens)


def code_door(client: Client, code: str) -> Door:
    """Return the door that the sign-in code e-mailed to a client's user opens."""
    seed = client.session["account_login"]["state"]["stages"]["login_by_code"]["data"]["code"]

    def opens(candidate: str) -> bool:
        # allauth ignores only spaces and hyphens, so a code of another length can't match.
        if len(re.sub(r"[\s-]", "", candidate)) != 8:
            return False
        return CodeForm({"code": candidate}, code=seed).is_valid()

    return Door("sign-in code", code, opens)


def link_door(link: SignedLink, *ids: str) -> Door:
    """Return the door that a signed link with these ids opens."""

    def opens(candidate: str) -> bool:
        # A signer refuses a token without its separator before it computes anything.
        if link.signer.sep not in candidate or "/" in candidate:
            return False
        url = reverse(link.url_name, args=[candidate])
        return Client().get(url).status_code == 200

    return Door(link.url_name, link.token(*ids), opens)


def webhook_door(key: str) -> Door:
    """Return the door that the key of the webhook's signatures opens.

    The webhook is not called: an HMAC accepts only the same key, so the keys are compared.
    """
    return Door("webhook", key, lambda candidate: candidate == key)


def device_key_door(user: User, box: str) -> Door:
    """Return the door that the wrapped key of the drafts on a user's device opens."""
    return Door("device key", box, lambda candidate: key_in(candidate, user) is not None)


def forged_tokens(door: Door, known: set[str]) -> Iterator[str]:
    """Yield tokens for a signed link that can be made without its signing key.

    Each has the ids of the door's link. Its signature is missing, a guess, or a string in `known`
    (the strings in the database) that looks like one: 43 characters of base64.
    """
    ids = door.credential.partition("~")[0]
    yield from (ids, f"{ids}~", f"{ids}~{ids}", f"{ids}:", f"{ids}~{'A' * 43}")
    yield from (f"{ids}~{one}" for one in known if re.fullmatch(r"[\w-]{43}", one))
