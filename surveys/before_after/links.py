"""The signed links by which participants and colleagues answer a wave without signing in.

A link is exchanged for a session in the form (see `accounts.form_sessions`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accounts.form_sessions import FormSession
from accounts.signed_links import SignedLink
from cohorts.models import Membership
from surveys.answering.sessions import storage_owner
from surveys.before_after.timing import with_times
from surveys.models import Colleague, Occasion, Wave

# The token in a wave's link signs the public ids of the wave and of a membership.
WAVE_LINK = SignedLink("surveys:wave_start", salt="surveys.waves")
WAVE_SESSIONS = FormSession(salt="surveys.waves.answering")
# The token in a colleague's link signs the colleague's public id.
COLLEAGUE_LINK = SignedLink("surveys:colleague_start", salt="surveys.colleagues")
COLLEAGUE_SESSIONS = FormSession(salt="surveys.colleagues.answering")


@dataclass(frozen=True)
class Invitee:
    """A participant who is asked, and the wave, annotated by `with_times`."""

    wave: Any
    membership: Membership

    @property
    def ids(self) -> tuple[str, str]:
        return (self.wave.public_id, self.membership.public_id)

    @property
    def session(self) -> str:
        """The session as the form holds it."""
        return WAVE_SESSIONS.token(*self.ids)

    @property
    def storage_owner(self) -> str:
        return storage_owner(*self.ids)


def invitee_of(token: str) -> Invitee | None:
    """Return the wave and the member that a link's token was made for, or None.

    Returns None if the token is damaged or forged, or if its wave or membership is deleted. Makes
    at most two queries.
    """
    ids = WAVE_LINK.ids(token, 2)
    return find_invitee(*ids) if ids else None


def invitee_in(session: str) -> Invitee | None:
    """Return the invitee of a session token, as `invitee_of` does. Raises SessionExpiredError."""
    ids = WAVE_SESSIONS.ids(session, 2)
    return find_invitee(*ids) if ids else None


def find_invitee(wave_id: str, membership_id: str) -> Invitee | None:
    waves = with_times(Wave.objects.of_participants().filter(public_id=wave_id))
    wave = waves.select_related("cohort").first()
    membership = Membership.objects.select_related("user").filter(public_id=membership_id).first()
    if wave is None or membership is None or membership.cohort_id != wave.cohort_id:
        return None
    return Invitee(wave, membership)


@dataclass(frozen=True)
class AskedColleague:
    """A colleague who is asked, and the wave, annotated by `with_times`."""

    wave: Any
    colleague: Colleague

    @property
    def session(self) -> str:
        """The session as the form holds it."""
        return COLLEAGUE_SESSIONS.token(self.colleague.public_id)

    @property
    def storage_owner(self) -> str:
        return storage_owner(self.colleague.public_id)


def asked_colleague_of(token: str) -> AskedColleague | None:
    """Return the colleague that a link's token was made for, and their wave; or None.

    Returns None if the token is damaged or forged, or if the participant has withdrawn the
    colleague. Makes at most two queries.
    """
    ids = COLLEAGUE_LINK.ids(token, 1)
    return find_asked_colleague(*ids) if ids else None


def asked_colleague_in(session: str) -> AskedColleague | None:
    """Return the colleague of a session token. Raises SessionExpiredError."""
    ids = COLLEAGUE_SESSIONS.ids(session, 1)
    return find_asked_colleague(*ids) if ids else None


def find_asked_colleague(colleague_id: str) -> AskedColleague | None:
    people = Colleague.objects.select_related("membership__cohort", "membership__user")
    colleague = people.filter(public_id=colleague_id).first()
    if colleague is None:
        return None
    waves = Wave.objects.filter(cohort=colleague.membership.cohort_id, occasion=Occasion.COLLEAGUES)
    wave = with_times(waves).select_related("cohort").first()
    return AskedColleague(wave, colleague) if wave else None
