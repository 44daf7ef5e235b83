"""The private link by which one member answers one survey, without signing in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from cohorts.models import Membership
from workshops.models import Workshop

# Some mail programs cut a link at ":", which stands before the signature otherwise.
SIGNER = Signer(salt="surveys", sep="~")


@dataclass(frozen=True)
class Invited:
    """Whom a link was made for, and what they are asked about."""

    workshop: Workshop
    membership: Membership


def token_of(workshop_id: str, membership_id: str) -> str:
    """Of two public ids, the same each time, so that a second copy of an e-mail holds the same link.

    Nothing about the link is kept, so nothing that is kept lets anybody answer.
    """
    return SIGNER.sign(f"{workshop_id}-{membership_id}")


def path_of(workshop_id: str, membership_id: str) -> str:
    return reverse("surveys:survey_answer", args=[token_of(workshop_id, membership_id)])


def url_of(workshop: Workshop, membership: Membership) -> str:
    """The whole address, for an e-mail."""
    return settings.BASE_URL + path_of(workshop.public_id, membership.public_id)


def invited_by(token: str) -> Invited | None:
    """Whom a link is for; None for one that is mangled, forged, or about what is gone. Two queries.

    Somebody who has left since may still say how it was: only who was asked has a link.
    """
    try:
        workshop_id, membership_id = SIGNER.unsign(token).split("-")
    except (BadSignature, ValueError):
        return None
    workshop = Workshop.objects.select_related("cohort").filter(public_id=workshop_id).first()
    membership = Membership.objects.filter(public_id=membership_id).first()
    return Invited(workshop, membership) if workshop and membership else None
