"""The short session in which somebody answers a survey (see `accounts.form_sessions`)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import QueryDict
from django.utils.crypto import salted_hmac

from accounts.form_sessions import FormSession
from surveys.links import Invitee, find_invitee

IN_ROOM, BY_LINK = "room", "link"


SESSION = FormSession(salt="surveys.answering")


@dataclass(frozen=True)
class Session:
    """Who answers which survey, and whether they came by the QR code in the room.

    In the room, nobody is told that they have answered already. Somebody who can read another
    person's e-mail, such as a facilitator who has corrected their address, would learn it.
    """

    invitee: Invitee
    is_in_room: bool = False

    def token(self) -> str:
        """Return the session as the form holds it."""
        ids = (self.invitee.workshop.public_id, self.invitee.membership.public_id)
        return SESSION.token(*ids, IN_ROOM if self.is_in_room else BY_LINK)


def session_of(token: str) -> Session | None:
    """Return the session that a form holds; None if it is forged, damaged or deleted.

    Raises SessionExpiredError. Makes two queries.
    """
    ids = SESSION.ids(token, 3)
    if ids is None:
        return None
    workshop, member, way = ids
    invitee = find_invitee(workshop, member)
    return Session(invitee, is_in_room=way == IN_ROOM) if invitee else None


def storage_owner(*ids: str) -> str:
    """Return a name for somebody's unsaved answers in a browser. It reveals nobody.

    The ids are those of the person and of what they answer.
    """
    text = "-".join(ids)
    return salted_hmac("surveys.storage_owner", text, algorithm="sha256").hexdigest()[:24]


def typed_in(data: QueryDict) -> list[str]:
    """Return the texts in a form whose survey or wave is not known, to show them again."""
    texts = [str(text) for name, text in data.items() if name != "session"]
    # Shorter ones are the numbers of scales.
    return [text for text in texts if len(text) > 1]
