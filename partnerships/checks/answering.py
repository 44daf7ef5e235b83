"""Saving the answer to a check."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from partnerships.agreement import record_act
from partnerships.models import Check, Partnership, Party, Status


class CheckRefusedError(Exception):
    """Raised if a check can't be answered, for example because it was answered already."""


@transaction.atomic
def answer_check(
    *,
    check: Check,
    party: Party,
    status: str,
    happened: str,
    noticed: str,
    contribution: str,
    at: datetime,
) -> None:
    """Save one party's answer to a check, which becomes the partnership's status.

    The first answer counts. Locks the partnership. Raises CheckRefusedError.
    """
    partnership = Partnership.objects.select_for_update(no_key=True).get(pk=check.partnership_id)
    current = Check.objects.get(pk=check.pk)
    if partnership.is_withdrawn or current.is_answered or not party.has_agreed:
        raise CheckRefusedError
    current.answered_at, current.answered_by = at, party
    current.status, current.contribution = status, contribution
    current.happened, current.noticed = happened, noticed
    current.save()
    partnership.status = status
    partnership.stopped_at = at if status == Status.STOPPED else None
    partnership.learned = happened if status == Status.STOPPED else ""
    partnership.save(update_fields=["status", "stopped_at", "learned"])
    record_act(party, at=at)
