"""The signed link, and the session in a form, by which one member answers one round."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.crypto import salted_hmac

from accounts.form_sessions import FormSession
from accounts.signed_links import SignedLink
from cohorts.models import Membership
from relationships.models import Round

# The tokens of the link and of the session sign the public ids of a round and of a membership.
ROUND_LINK = SignedLink("relationships:round_start", salt="relationships.rounds")
SESSION = FormSession(salt="relationships.answering")


@dataclass(frozen=True)
class Invitee:
    """A member who is asked, and the round."""

    round: Round
    membership: Membership

    def session(self) -> str:
        return SESSION.token(self.round.public_id, self.membership.public_id)

    def storage_owner(self) -> str:
        """Return a name for the invitee's unsaved answers in a browser. It reveals nobody."""
        ids = f"{self.round.public_id}-{self.membership.public_id}"
        digest = salted_hmac("relationships.storage_owner", ids, algorithm="sha256")
        return digest.hexdigest()[:24]


def invitee_of(token: str) -> Invitee | None:
    """Return the round and the member that a link's token was made for, or None.

    Returns None if the token is damaged or forged, if its round or membership is deleted, and if
    the cohort doesn't use relationships. Makes at most two queries.
    """
    return find_invitee(ROUND_LINK.ids(token, 2))


def invitee_in_session(token: str) -> Invitee | None:
    """Return the round and the member of a session, or None, as `invitee_of` does.

    Raises SessionExpiredError.
    """
    return find_invitee(SESSION.ids(token, 2))


def find_invitee(ids: list[str] | None) -> Invitee | None:
    if ids is None:
        return None
    rounds = Round.objects.in_use().select_related("cohort__programme")
    one = rounds.filter(public_id=ids[0]).first()
    membership = Membership.objects.select_related("user").filter(public_id=ids[1]).first()
    if one is None or membership is None or membership.cohort_id != one.cohort_id:
        return None
    return Invitee(one, membership)
