"""The waves of “Before and after” and the rounds of relationships that a person can answer.

Both are loaded by one query, because on most visits to Today there are none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import CharField, Value

from accounts.models import User
from outbox.compiled_query import MOMENT, BindParam, CompiledSelect
from relationships.due import due_round, rounds_due
from surveys.before_after.due import due_wave, waves_due

# The value of the column `occasion` in rows of rounds. No wave has it.
ROUND = "round"
# Compiled once in each process, because building this query takes longer than running it.
QUESTIONS_DUE = CompiledSelect(
    waves_due(BindParam("user"), MOMENT)
    .order_by()
    .values_list(
        *("pk", "cohort__public_id", "cohort__time_zone", "occasion", "closes"),
        *("public_id", "member_public_id"),
    )
    .union(
        rounds_due(BindParam("user"), MOMENT)
        .order_by()
        .annotate(question=Value(ROUND, CharField()))
        .values_list(
            *("pk", "cohort__public_id", "cohort__time_zone", "question", "closing_at"),
            *("public_id", "member_public_id"),
        ),
        all=True,
    ),
    prepare=True,
)


def questions_due_for(user: User, moment: datetime) -> dict[str, list[Any]]:
    """Return a context with the waves and rounds that the user can answer now. Makes one query."""
    rows = sorted(QUESTIONS_DUE(user=user.pk, moment=moment))
    return {
        "waves_due": [due_wave(*row) for _pk, *row in rows if row[2] != ROUND],
        "rounds_due": [
            due_round(zone, *rest) for _pk, _cohort, zone, kind, *rest in rows if kind == ROUND
        ],
    }
