"""The managers and colleagues whom participants name, to be asked what change they have seen."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from cohorts.models import Membership
from outbox.anonymisation import erase_messages
from outbox.models import Message, SuppressedAddress
from surveys.before_after.colleague_invitations import COLLEAGUE
from surveys.before_after.timing import with_times
from surveys.models import Colleague, Occasion, Wave


class TooLateError(Exception):
    """Raised if a colleague can't be named or replaced any more."""


def may_name(membership: Membership, moment: datetime) -> bool:
    """Return whether a participant can name a colleague: until the colleagues' wave closes."""
    waves = Wave.objects.filter(cohort=membership.cohort_id, occasion=Occasion.COLLEAGUES)
    wave = with_times(waves).first()
    if wave is None or not membership.is_active or membership.is_facilitator:
        return False
    return wave.closes is None or bool(wave.closes > moment)


@transaction.atomic
def name_colleague(*, membership: Membership, name: str, email: str, at: datetime) -> Colleague:
    """Save the participant's colleague, replacing any earlier one. Raises TooLateError.

    A different address gets a new row, so that the first person's link stops working. Somebody who
    has answered can't be replaced.
    """
    if not may_name(membership, at):
        raise TooLateError
    known = Colleague.objects.select_for_update().filter(membership=membership).first()
    if known and known.has_answered:
        raise TooLateError
    if known and known.email == email:
        Colleague.objects.filter(pk=known.pk).update(name=name)
        known.name = name
        return known
    if known:
        withdraw_colleague(membership, at=at)
    return Colleague.objects.create(membership=membership, name=name, email=email, named_at=at)


@transaction.atomic
def withdraw_colleague(membership: Membership, *, at: datetime) -> None:
    """Delete the participant's colleague. Their link stops working.

    Answers that the colleague has given stay, because they are anonymous.
    """
    Colleague.objects.filter(membership=membership).delete()
    erase_letters(at=at)


def erase_letters(*, at: datetime) -> int:
    """Erase the e-mails to colleagues who have been deleted, and stop suppressing their addresses.

    An address stays suppressed if it is also a user's. Returns the number of e-mails.
    """
    letters = Message.objects.filter(kind=COLLEAGUE.kind).exclude(
        subject_id__in=Colleague.objects.values("pk")
    )
    SuppressedAddress.objects.filter(
        ~Exists(User.objects.filter(email=OuterRef("address"))), message__in=letters
    ).delete()
    return erase_messages(letters, at=at)
