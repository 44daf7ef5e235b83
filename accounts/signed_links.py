"""Signed links: addresses in e-mails that let one person do one thing without signing in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse


@dataclass(frozen=True)
class SignedLink:
    """A kind of signed link: the name of the URL that it opens, and a salt of its own.

    A token signs some public ids. It is deterministic and is stored nowhere, so the database alone
    opens no page, and a second copy of an e-mail holds the same link. Changing a salt breaks every
    link of that kind that has been sent.
    """

    url_name: str
    salt: str

    @cached_property
    def signer(self) -> Signer:
        # Some mail programs cut a link at ":", Django's usual separator.
        return Signer(salt=self.salt, sep="~")

    def token(self, *ids: str) -> str:
        return self.signer.sign("-".join(ids))

    def path(self, *ids: str) -> str:
        return reverse(self.url_name, args=[self.token(*ids)])

    def url(self, *ids: str) -> str:
        """Return the absolute URL, for an e-mail or a calendar."""
        return settings.BASE_URL + self.path(*ids)

    def ids(self, token: str, count: int) -> list[str] | None:
        """Return the `count` ids that a token signs; None if the token is forged or damaged.

        Returns None also if the token signs fewer ids. A token joins its ids by hyphens; only the
        last id may itself contain hyphens.
        """
        try:
            ids: list[str] = self.signer.unsign(token).split("-", count - 1)
        except BadSignature:
            return None
        return ids if len(ids) == count else None
