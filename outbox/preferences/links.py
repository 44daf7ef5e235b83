"""The private addresses by which a person chooses which e-mails they get, without signing in."""

from __future__ import annotations

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from accounts.models import User

# Some mail programs cut a link at ":", which stands before the signature otherwise.
CHOOSING = Signer(salt="outbox.choosing", sep="~")
REFUSING = Signer(salt="outbox.refusing", sep="~")


def choices_url(person: User) -> str:
    """Where they choose, for the foot of an e-mail: the same each time, so that a second copy has the same."""
    return settings.BASE_URL + reverse(
        "outbox:choices_by_link", args=[CHOOSING.sign(person.public_id)]
    )


def refusal_url(person: User, kind: str) -> str:
    """Where they, or their mail program for them (RFC 8058), refuse one kind by a POST."""
    token = REFUSING.sign(f"{person.public_id}-{kind}")
    return settings.BASE_URL + reverse("outbox:refuse_by_link", args=[token])


def chooser(token: str) -> User | None:
    """Whose choices an address is for; None for one that is mangled, forged, or of somebody who is gone. One query."""
    try:
        public_id = CHOOSING.unsign(token)
    except BadSignature:
        return None
    return _active(public_id)


def refuser(token: str) -> tuple[User, str] | None:
    """Who refuses what by an address; None as above. One query."""
    try:
        public_id, kind = REFUSING.unsign(token).split("-", 1)
    except (BadSignature, ValueError):
        return None
    person = _active(public_id)
    return (person, kind) if person else None


def _active(public_id: str) -> User | None:
    return User.objects.filter(public_id=public_id, is_active=True).first()
