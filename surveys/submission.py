"""How an answer comes in without a trace of whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from secrets import SystemRandom
from typing import Any, TypeVar
from uuid import uuid4

from django.db import transaction
from django.db.models import Manager

from cohorts.models import Membership
from surveys.models import Receipt, Response, Survey

CHANCE = SystemRandom()

Row = TypeVar("Row", Response, Receipt)


class WhyNot(StrEnum):
    """Why somebody cannot answer, or not any more."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    NOT_OVER = "not_over"
    CLOSED = "closed"


class NotTakenError(Exception):
    """The answer was not taken, for this reason."""

    def __init__(self, why: WhyNot) -> None:
        super().__init__(f"The answer was not taken: {why}.")
        self.why = why


def why_not(survey: Survey, membership: Membership, moment: datetime) -> WhyNot | None:
    """What keeps this member from answering now, if anything does. One query."""
    workshop = survey.workshop
    if Receipt.objects.filter(survey__workshop=workshop, membership=membership).exists():
        return WhyNot.ANSWERED
    if workshop.is_cancelled:
        return WhyNot.CANCELLED
    if survey.is_closed(moment):
        return WhyNot.CLOSED
    return None if workshop.is_held(moment) else WhyNot.NOT_OVER


@transaction.atomic
def answer(
    *, survey: Survey, membership: Membership, answers: Mapping[str, Any], at: datetime
) -> None:
    """Takes one member's answers. Raises NotTakenError if they may not answer, or have.

    All of the survey's responses are written again with the new one among them, and so are its receipts: every row of
    either table then comes from this one transaction, in an order that chance chose, under a key of chance. Nothing
    that the database keeps of a row (its place, its key, PostgreSQL's xmin) pairs a response with a receipt.
    """
    # One at a time: the second of two would write away the first one's row. SQLite lets only one transaction write.
    locked = (
        Survey.objects.select_for_update(of=("self",)).select_related("workshop").get(pk=survey.pk)
    )
    if obstacle := why_not(locked, membership, at):
        raise NotTakenError(obstacle)
    write_afresh(locked.responses, Response(survey=locked, **answers))
    write_afresh(locked.receipts, Receipt(survey=locked, membership=membership))
    if locked.closing_at is None:
        Survey.objects.filter(pk=locked.pk).update(closing_at=locked.closes_at)


def write_afresh(kept: Manager[Row], new: Row) -> None:
    """Puts a survey's rows back with the new one among them, under new keys and in random order."""
    rows: list[Row] = list(kept.all())
    rows.append(new)
    CHANCE.shuffle(rows)
    kept.all().delete()
    for row in rows:
        row.pk = uuid4()
    kept.bulk_create(rows)
