"""Short sessions that stand in a form, for people who answer by a signed link without signing in.

They need no cookie, and no row in the database that would store a time. The link in an e-mail is
exchanged for one by POST, so that the link's token is not in the address of the page on which
people answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner

LIFETIME = timedelta(hours=4)


class SessionExpiredError(Exception):
    """Raised if a session was started more than LIFETIME ago."""


@dataclass(frozen=True)
class FormSession:
    """A kind of session in a form, with a salt of its own. A token signs some ids and a time."""

    salt: str

    @cached_property
    def signer(self) -> TimestampSigner:
        return TimestampSigner(salt=self.salt, sep="~")

    def token(self, *ids: str) -> str:
        return self.signer.sign("-".join(ids))

    def ids(self, token: str, count: int) -> list[str] | None:
        """Return the `count` ids that a token signs; None if it is forged or damaged.

        Raises SessionExpiredError.
        """
        try:
            ids: list[str] = self.signer.unsign(token, max_age=LIFETIME).split("-")
        except SignatureExpired:
            raise SessionExpiredError from None
        except BadSignature:
            return None
        return ids if len(ids) == count else None
