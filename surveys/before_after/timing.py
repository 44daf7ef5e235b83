"""When the waves of “Before and after” open and close, as SQL expressions.

Pages, forms and message rules all use `with_times`, so each time is worked out in one place.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from outbox.local_time import MinutesAfter, WallClock
from surveys.models import Occasion, Wave
from surveys.models.waves import WaveQuerySet
from workshops.models import Workshop

OPENING_TIME = time(9)
START_DAYS_BEFORE = 7  # before the first workshop
END_DAYS_AFTER = 1  # after the last workshop
# Six months in whole weeks, so that the wave opens on a weekday, as a workshop does.
LATER_DAYS_AFTER = 26 * 7
END_DAYS_OPEN, LATER_DAYS_OPEN = 14, 21
MINUTES_A_DAY = 24 * 60


def with_times(waves: WaveQuerySet) -> QuerySet[Any]:
    """Annotate when each wave `opens` and `closes`; NULL if that is not known yet.

    The start wave opens a week before the first workshop, and closes when the second begins. The
    end wave and the colleagues' wave open the morning after the last workshop, for 14 days. The
    later wave opens 26 weeks after the last workshop, for 21 days. Cancelled workshops don't count.
    While a workshop has no date, waves after the start have no times. The first answer fixes a
    wave's closing time, which then doesn't change.
    """
    timed: QuerySet[Any] = waves.annotate(
        first_starts=workshop_time("starts_at", 0),
        first_ends=workshop_time("ends_at", 0),
        second_starts=workshop_time("starts_at", 1),
        last_ends=last_end(),
    ).annotate(opens=opening_morning())
    found: QuerySet[Any] = timed.annotate(
        closes=Coalesce(
            "closing_at",
            Case(
                When(occasion=Occasion.START, then=Coalesce("second_starts", "first_ends")),
                default=end_of_opening(),
            ),
        )
    )
    return found


def open_at(waves: WaveQuerySet, moment: datetime) -> QuerySet[Any]:
    """Return the waves that take answers at `moment`, annotated as by `with_times`."""
    return with_times(waves).filter(opens__lte=moment, closes__gt=moment)


# A message rule's query contains the SQL of `opens` and `closes` about ten times. To keep that SQL
# short, each subquery occurs once, with the days as a CASE, not once for each occasion.
def opening_morning() -> WallClock:
    """Return when a wave or round opens by itself: 9am, some days from its workshop.

    The rows must be annotated `first_starts` and `last_ends`.
    """
    anchor = Case(When(occasion=Occasion.START, then=F("first_starts")), default=F("last_ends"))
    days = Case(
        When(occasion=Occasion.START, then=Value(-START_DAYS_BEFORE)),
        When(occasion=Occasion.LATER, then=Value(LATER_DAYS_AFTER)),
        default=Value(END_DAYS_AFTER),
    )
    return WallClock(anchor, "cohort__time_zone", days=days, at=OPENING_TIME)


def end_of_opening() -> MinutesAfter:
    """Return when a wave or round after the workshops closes, counted from `opens`."""
    days = Case(
        When(occasion=Occasion.LATER, then=Value(LATER_DAYS_OPEN)), default=Value(END_DAYS_OPEN)
    )
    return MinutesAfter(F("opens"), days * Value(MINUTES_A_DAY))


def workshop_time(name: str, place: int) -> Subquery:
    """Return a time of the cohort's workshop at `place` by its start, without cancelled ones."""
    held = Workshop.objects.on().filter(cohort=OuterRef("cohort")).order_by("starts_at", "pk")
    return Subquery(held.values(name)[place : place + 1])


def last_end() -> Subquery:
    """Return when the cohort's last workshop ends; NULL while one of them has no date."""
    planned = Workshop.objects.filter(cohort=OuterRef("cohort"), cancelled_at=None)
    undated_first = planned.order_by(F("ends_at").desc(nulls_first=True))
    return Subquery(undated_first.values("ends_at")[:1])


def timed(wave: Wave) -> Wave:
    """Return the wave again from the database, annotated as by `with_times`."""
    found: Wave = with_times(Wave.objects.filter(pk=wave.pk)).select_related("cohort").get()
    return found
