"""Signed links at the foot of an e-mail: choose which e-mails to get, or opt out of one kind."""

from __future__ import annotations

from accounts.models import User
from accounts.signed_links import SignedLink

# A signed link to a person's e-mail preferences. The same person always gets the same link, so that
# two copies of an e-mail are equal.
PREFERENCES_LINK = SignedLink("outbox:choices_by_link", salt="outbox.choosing")
# A signed link to opt out of one kind of message. Mail programs POST to it (RFC 8058).
OPT_OUT_LINK = SignedLink("outbox:refuse_by_link", salt="outbox.refusing")


def person_of_preferences(token: str) -> User | None:
    """Return the active user of a preferences link; None if the token is invalid. One query."""
    ids = PREFERENCES_LINK.ids(token, 1)
    return active_user(ids[0]) if ids else None


def person_and_kind_of_opt_out(token: str) -> tuple[User, str] | None:
    """Return the active user of an opt-out link, and the kind of message to opt out of.

    Returns None if the token is invalid or the user is not active. Makes one query.
    """
    ids = OPT_OUT_LINK.ids(token, 2)
    person = active_user(ids[0]) if ids else None
    return (person, ids[1]) if ids and person else None


def active_user(public_id: str) -> User | None:
    return User.objects.filter(public_id=public_id, is_active=True).first()
