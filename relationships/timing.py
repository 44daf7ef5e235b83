"""When rounds open by themselves and close, as SQL expressions.

Pages, tasks and message rules all use `with_times`, so each time is worked out in one place.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Case, F, QuerySet, When
from django.db.models.functions import Coalesce

from relationships.models import Occasion, Round
from relationships.models.rounds import RoundQuerySet
from surveys.before_after.timing import (
    end_of_opening,
    last_end,
    opening_morning,
    workshop_time,
)

# How long the start or end round stays open if a facilitator opens it by hand.
OPENED_BY_HAND_FOR = timedelta(days=14)
# If a facilitator opens the first round with less than this left until its usual closing time, it
# stays open for OPENED_BY_HAND_FOR instead.
SHORTEST = timedelta(days=7)


def with_times(rounds: RoundQuerySet) -> QuerySet[Any]:
    """Annotate when each round `opens` and `closes`; NULL if that is not known yet.

    The first round opens at 9am a week before the first workshop, and closes when this workshop
    ends, so that people can still answer in the room. If it is planned after its opening time, it
    opens within a minute (`open_due_rounds`). The second opens the morning after the last workshop,
    for 14 days; the third 26 weeks after the last workshop, for 21 days. Cancelled workshops don't
    count. Nothing after the start has a time while a workshop has no date. The times of an opened
    round are those stored in its row.

    `anchor` is the start or end of the workshop that the times depend on.
    """
    timed: QuerySet[Any] = rounds.annotate(
        first_starts=workshop_time("starts_at", 0),
        first_ends=workshop_time("ends_at", 0),
        last_ends=last_end(),
    ).annotate(
        anchor=Case(When(occasion=Occasion.START, then=F("first_starts")), default=F("last_ends")),
        opens=Coalesce("opened_at", opening_morning()),
    )
    found: QuerySet[Any] = timed.annotate(
        closes=Coalesce(
            "closing_at",
            Case(
                When(occasion=Occasion.START, then=F("first_ends")),
                default=end_of_opening(),
            ),
        )
    )
    return found


def timed(one: Round) -> Any:
    """Return the round again from the database, annotated as by `with_times`."""
    return with_times(Round.objects.filter(pk=one.pk)).select_related("cohort").get()
