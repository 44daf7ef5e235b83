"""The signed link by which one member answers one survey without signing in."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.signed_links import SignedLink
from cohorts.models import Membership
from workshops.models import Workshop

# The token in a survey link signs the public ids of a workshop and of a membership.
SURVEY_LINK = SignedLink("surveys:survey_start", salt="surveys")
# The token in the QR code of a workshop signs only the workshop's public id.
ROOM_LINK = SignedLink("surveys:survey_room", salt="surveys.room")


@dataclass(frozen=True)
class Invitee:
    """A member who is asked for feedback, and the workshop that the survey is about."""

    workshop: Workshop
    membership: Membership


def survey_url(workshop: Workshop, membership: Membership) -> str:
    return SURVEY_LINK.url(workshop.public_id, membership.public_id)


def invitee_of(token: str) -> Invitee | None:
    """Return the workshop and the member that a link's token was made for, or None.

    Returns None if the token is damaged or forged, or if its workshop or membership is deleted. A
    member who has left the cohort may still answer: only members who were asked have a link. Makes
    at most two queries.
    """
    ids = SURVEY_LINK.ids(token, 2)
    return find_invitee(*ids) if ids else None


def find_invitee(workshop_id: str, membership_id: str) -> Invitee | None:
    """Return the workshop and the membership with these public ids; None if one is deleted."""
    workshop = Workshop.objects.select_related("cohort").filter(public_id=workshop_id).first()
    membership = Membership.objects.filter(public_id=membership_id).first()
    return Invitee(workshop, membership) if workshop and membership else None
