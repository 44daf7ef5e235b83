"""The signed link by which a participant answers whether to be introduced, without signing in.

The answer is POSTed to a URL without the link's token. From then on, a short-lived session token in
a hidden field of the form identifies the participant.
"""

from __future__ import annotations

from accounts.form_sessions import FormSession
from accounts.signed_links import SignedLink
from sets.models import Introducee

# The tokens of the link and of the session sign the public id of an introducee.
INTRODUCTION_LINK = SignedLink("sets:introduction_start", salt="sets.introductions")
SESSION = FormSession(salt="sets.introductions.answering")


def introducee_of(token: str) -> Introducee | None:
    """Return the introducee that a link's token was made for, or None. Makes at most one query.

    Returns None if the token is damaged or forged, if the person has left the cohort, or if the
    cohort is archived or doesn't use introductions any more.
    """
    return find_introducee(INTRODUCTION_LINK.ids(token, 1))


def introducee_in_session(token: str) -> Introducee | None:
    """Return the introducee of a session, or None, as `introducee_of` does.

    Raises SessionExpiredError.
    """
    return find_introducee(SESSION.ids(token, 1))


def find_introducee(ids: list[str] | None) -> Introducee | None:
    if ids is None:
        return None
    people = Introducee.objects.present().select_related(
        "introduction__round", "membership__user", "membership__cohort__programme"
    )
    found: Introducee | None = people.filter(
        public_id=ids[0],
        introduction__isnull=False,
        round__cohort__uses_introductions=True,
        round__cohort__archived_at=None,
    ).first()
    return found
