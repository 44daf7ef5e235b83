"""A cohort's own timing of its messages, asked inside a rule so that it stays one statement."""

from __future__ import annotations

from typing import Any

from django.db.models import FilteredRelation, IntegerField, Q, QuerySet, TimeField, Value
from django.db.models.functions import Coalesce

from outbox.rules import Timing


def with_timing(rows: QuerySet[Any], kind: str, timing: Timing, *, name: str = "timing") -> QuerySet[Any]:
    """Rows that have a `cohort`, with `timing_days`, `timing_at` and `timing_minutes`: the cohort's own, or the usual.

    `name` stands in place of “timing” where a rule asks for the timing of another kind too.
    """
    own = FilteredRelation("cohort__wordings", condition=Q(cohort__wordings__kind=kind))
    timed: QuerySet[Any] = rows.annotate(**{f"{name}_own": own}).annotate(
        **{
            f"{name}_days": Coalesce(f"{name}_own__days", Value(timing.days), output_field=IntegerField()),
            f"{name}_at": Coalesce(f"{name}_own__at", Value(timing.at), output_field=TimeField()),
            f"{name}_minutes": Coalesce(
                f"{name}_own__minutes", Value(timing.minutes), output_field=IntegerField()
            ),
        }
    )
    return timed
