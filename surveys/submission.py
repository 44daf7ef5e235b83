"""The submission of survey answers. Nothing is stored that links an answer to a person."""

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
    """The reason why a member cannot answer a survey."""

    ANSWERED = "answered"
    CANCELLED = "cancelled"
    NOT_OVER = "not_over"
    CLOSED = "closed"


class AnswerRefusedError(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(f"The answer was refused: {why}.")
        self.why = why


def refusal_for(survey: Survey, membership: Membership, moment: datetime) -> Refusal | None:
    """Return why the member cannot answer the survey now; None if they can. Makes one query."""
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
    """Save one member's answers. Raises AnswerRefusedError if the member cannot answer.

    All responses and receipts of the survey are deleted and inserted again, together with the new
    ones. So all of them come from this one transaction, in random order and with random primary
    keys. Then nothing that the database stores about a row (its position, its key, PostgreSQL's
    xmin) can match a response with a receipt.
    """
    # The row lock serialises submissions. Without it, the second of two could delete the first
    # one's rows without having copied them. SQLite allows only one writing transaction anyway.
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
    """Replace a survey's rows by copies with new keys and one new row, in random order."""
    rows: list[Row] = list(manager.all())
    rows.append(new)
    RANDOM.shuffle(rows)
    manager.all().delete()
    for row in rows:
        row.pk = uuid4()
    manager.bulk_create(rows)
