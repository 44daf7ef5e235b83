"""Sign-in codes: the session stores a random seed, and the code is the seed's keyed hash (HMAC).

Without settings.SECRET_KEY, nobody can compute a code from a copy of the database, even if they can
decrypt the session.
"""

from __future__ import annotations

import secrets

from django.utils.crypto import salted_hmac

# The letters of codes. Vowels are left out, so that no code spells a word.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
LENGTH = 8


def new_seed() -> str:
    return secrets.token_urlsafe(16)


def code_of(seed: str) -> str:
    """Return the code of a seed: eight letters with a hyphen in the middle."""
    digest = salted_hmac("accounts.sign_in_codes", seed, algorithm="sha256").digest()
    number, letters = int.from_bytes(digest), ""
    for _ in range(LENGTH):
        number, index = divmod(number, len(LETTERS))
        letters += LETTERS[index]
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"
