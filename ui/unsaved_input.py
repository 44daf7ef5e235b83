"""Attributes of pages whose forms store unsaved input on the device (static/js/safe-forms.js)."""

from base64 import b64encode
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString

SALT = "ui.unsaved_input"
HOURS, HOURS_BY_LINK = 7 * 24, 24


OWNER = "storage_owner"


def set_storage_owner(request: HttpRequest, owner: str) -> None:
    """Say whose unsaved input this page may store, if several people use its address by links."""
    vars(request)[OWNER] = owner


def storage_attributes(request: HttpRequest | None, user: Any) -> SafeString:
    """Return the data attributes with the key that encrypts input, and how long to store it.

    The key is not stored on the device. Each user has one for all pages, so that they get their
    input back when they have signed in again. On a page that needs only a signed link, the key
    belongs to the link, whoever is signed in; or to the owner that the view has set with
    `set_storage_owner`, if several people use the same address. Layouts that never show who is
    signed in, because their pages must not depend on it, pass no user.
    """
    match = request.resolver_match if request else None
    if request and getattr(match and match.func, "is_authorised_by_link", False):
        owner = vars(request).get(OWNER, request.path)
        return attributes(owner=f"link {owner}", person="", hours=HOURS_BY_LINK)
    if not user or not user.is_authenticated:
        return SafeString()
    person = user.public_id
    return attributes(owner=f"person {person}", person=person, hours=HOURS)


def attributes(*, owner: str, person: str, hours: int) -> SafeString:
    key = b64encode(salted_hmac(SALT, owner, algorithm="sha256").digest()).decode()
    return format_html(
        'data-key="{}" data-person="{}" data-hours="{}" data-sign-in="{}"',
        key,
        person,
        hours,
        reverse("account_login"),
    )
