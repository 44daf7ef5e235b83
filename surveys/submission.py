"""Submitting survey answers, with nothing stored that links an answer to a person."""

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

RANDOM = SystemRandom()

Row = TypeVar("Row", Response, Receipt)


class Refusal(StrEnum):
    """Why somebody cannot answer."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    NOT_OVER = "not_over"
    CLOSED = "closed"


class AnswerRefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(f"The answer was refused: {why}.")
        self.why = why


def refusal_for(survey: Survey, membership: Membership, moment: datetime) -> Refusal | None:
    """Return why this member cannot answer now; None if they can. One query."""
    workshop = survey.workshop
    if Receipt.objects.filter(survey__workshop=workshop, membership=membership).exists():
        return Refusal.ANSWERED
    if workshop.is_cancelled:
        return Refusal.CANCELLED
    if survey.is_closed(moment):
        return Refusal.CLOSED
    return None if workshop.took_place(moment) else Refusal.NOT_OVER


@transaction.atomic
def submit(
    *, survey: Survey, membership: Membership, answers: Mapping[str, Any], at: datetime
) -> None:
    """Save one member's answers. Raises AnswerRefusedError if they cannot answer.

    All responses of the survey are rewritten together with the new one, and so are its receipts.
    Every row of both tables then comes from this one transaction, in random order and with a random
    primary key. Nothing the database stores about a row (its position, its key, PostgreSQL's xmin)
    can match a response with a receipt.
    """
    # The row lock serialises submissions: otherwise the second of two would lose the first one's
    # row. SQLite allows only one writing transaction anyway.
    locked = (
        Survey.objects.select_for_update(of=("self",)).select_related("workshop").get(pk=survey.pk)
    )
    if why := refusal_for(locked, membership, at):
        raise AnswerRefusedError(why)
    rewrite_with(locked.responses, Response(survey=locked, **answers))
    rewrite_with(locked.receipts, Receipt(survey=locked, membership=membership))
    if locked.closing_at is None:
        Survey.objects.filter(pk=locked.pk).update(closing_at=locked.closes_at)


def rewrite_with(manager: Manager[Row], new: Row) -> None:
    """Replace the rows of a survey by copies in random order with new keys, and add the new row."""
    rows: list[Row] = list(manager.all())
    rows.append(new)
    RANDOM.shuffle(rows)
    manager.all().delete()
    for row in rows:
        row.pk = uuid4()
    manager.bulk_create(rows)
