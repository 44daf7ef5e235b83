"""Signed links: addresses in e-mails that let one person do one thing without signing in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, Signer
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt

View = TypeVar("View", bound=Callable[..., HttpResponse])


def authorised_by_link(view: View) -> View:
    """Decorate a view whose URL has a token that authorises the request, so no cookie is needed.

    The view must check the token, and must not depend on who is signed in.
    """
    # CSRF protection stops other sites from using the cookies of a browser. These views use no
    # cookies: a request needs only the token, and somebody who has the token can send the request
    # themselves. CSRF protection would only break the form in browsers that refuse cookies.
    open_view: Any = csrf_exempt(login_not_required(view))
    open_view.is_authorised_by_link = True
    return cast(View, open_view)


@dataclass(frozen=True)
class SignedLink:
    """A kind of signed link: the name of the URL that it opens, and a salt of its own.

    A token contains public ids and their signature. The same ids always give the same token, so
    that a second copy of an e-mail holds the same link. Tokens are not stored, so a copy of the
    database opens no page. Changing a salt breaks every link of that kind that has been sent.
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
