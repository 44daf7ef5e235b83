"""The private address by which one member says whether they come to one workshop, and the answer that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse

from cohorts.models import Membership
from workshops.models import Workshop
from workshops.register import register

# Some mail programs cut a link at ":", which stands before the signature otherwise.
SIGNER = Signer(salt="workshops.answering", sep="~")


def answer_token(workshop_public_id: str, membership_public_id: str) -> str:
    """Of two public ids, the same each time, so that a second copy of an e-mail holds the same address."""
    return SIGNER.sign(f"{workshop_public_id}-{membership_public_id}")


def answer_path(workshop_public_id: str, membership_public_id: str) -> str:
    return reverse(
        "workshops:answer", args=[answer_token(workshop_public_id, membership_public_id)]
    )


def answer_url(workshop: Workshop, membership: Membership) -> str:
    """The whole address, for an e-mail or a calendar."""
    return settings.BASE_URL + answer_path(workshop.public_id, membership.public_id)


@dataclass(frozen=True)
class Asked:
    """Whom an address was made for, and what they are asked about."""

    workshop: Workshop
    membership: Membership


def asked_by(token: str) -> Asked | None:
    """Whom an address is for; None for one that is mangled, forged, or about what is gone. Two queries."""
    try:
        workshop_id, membership_id = SIGNER.unsign(token).split("-")
    except (BadSignature, ValueError):
        return None
    workshop = Workshop.objects.select_related("cohort").filter(public_id=workshop_id).first()
    membership = Membership.objects.select_related("user").filter(public_id=membership_id).first()
    if workshop is None or membership is None or membership.cohort_id != workshop.cohort_id:
        return None
    return Asked(workshop, membership)


class WhyNot(StrEnum):
    """Why an answer is not taken."""

    LEFT = "left"
    FACILITATES = "facilitates"
    CANCELLED = "cancelled"
    UNPLANNED = "unplanned"
    BEGUN = "begun"
    MOVED = "moved"
    ANSWERED = "answered"


class NotTakenError(Exception):
    def __init__(self, why: WhyNot) -> None:
        super().__init__(why)
        self.why = why


def why_not(asked: Asked, moment: datetime) -> WhyNot | None:
    """Why there is nothing to answer any more, or yet; None while there is."""
    workshop, membership = asked.workshop, asked.membership
    if not (membership.is_active and membership.user.is_active):
        return WhyNot.LEFT
    if membership.is_facilitator:
        return WhyNot.FACILITATES
    if workshop.is_cancelled:
        return WhyNot.CANCELLED
    if not workshop.is_planned:
        return WhyNot.UNPLANNED
    return WhyNot.BEGUN if workshop.has_begun(moment) else None


def _hold(asked: Asked, at: datetime) -> None:
    """Reads the workshop afresh and holds it; raises NotTakenError if there is nothing to answer."""
    asked.workshop.hold()
    asked.workshop.refresh_from_db(fields=["cancelled_at"])
    if why := why_not(asked, at):
        raise NotTakenError(why)


@transaction.atomic
def take(asked: Asked, *, answer: str, word: str | None, seen: str, at: datetime) -> None:
    """Keeps what somebody says: raises NotTakenError if there is nothing to answer, or if it has moved since.

    `seen` is the version of the workshop on the page that they answered from: who said they would come on the
    Thursday has not said so of the Tuesday. Empty, it is not asked.
    """
    _hold(asked, at)
    if seen and seen != str(asked.workshop.version):
        raise NotTakenError(WhyNot.MOVED)
    register.answer(
        workshop=asked.workshop, membership=asked.membership, answer=answer, word=word, at=at
    )


@transaction.atomic
def note(asked: Asked, *, answer: str, at: datetime) -> None:
    """Keeps what somebody told a facilitator, who telephoned, say. What they have answered themselves stays."""
    _hold(asked, at)
    if asked.workshop.attendances.filter(membership=asked.membership).exclude(answer="").exists():
        raise NotTakenError(WhyNot.ANSWERED)
    register.answer(workshop=asked.workshop, membership=asked.membership, answer=answer, at=at)


@dataclass(frozen=True)
class Said:
    """Who said what beforehand, by name."""

    coming: list[register.Line]
    apologies: list[register.Line]
    unanswered: list[register.Line]


def said_of(workshop: Workshop) -> Said:
    """Everyone expected, by what they said. Two queries."""
    by_answer: dict[str, list[register.Line]] = {"coming": [], "apologies": [], "": []}
    for line in register.lines(workshop):
        by_answer[line.attendance.answer].append(line)
    return Said(by_answer["coming"], by_answer["apologies"], by_answer[""])
