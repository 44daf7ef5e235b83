"""The results of a cohort's rounds at a moment, read from the figures that were stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from cohorts.models import Cohort
from outbox.compiled_query import BindParam, CompiledSelect
from relationships import sentences
from relationships.comparison import Comparison, read
from relationships.drawing.pictures import Picture, pictures_of
from relationships.models import Occasion, Round
from relationships.timing import with_times


@dataclass(frozen=True)
class Result:
    """The result of a later round: how relationships have changed since the cohort's first round.

    `closes` is when the later round closes; None if it has closed, or if that is not known yet.
    `shown` are the figures that may be shown. It is None until the figures have been stored, and if
    there is no first round to compare with.
    """

    round: Round
    closes: datetime | None
    is_closed: bool
    shown: Comparison | None

    @property
    def occasion(self) -> str:
        return str(self.round.occasion)

    @property
    def summary(self) -> str:
        return sentences.summary(self.shown, self.occasion) if self.shown else ""

    @property
    def why_hidden(self) -> str:
        """Return why not all figures are shown; empty if all are."""
        if self.shown:
            return sentences.why_hidden(self.shown)
        if self.is_closed:
            return _(
                "There is nothing to compare with: nobody was asked before the first workshop."
            )
        if self.occasion == Occasion.LATER:
            return _("Shown when the round six months on has closed.")
        return _("Shown when the round after the last workshop has closed.")

    @property
    def of_possible(self) -> str:
        return sentences.of_possible(self.shown) if self.shown else ""

    @property
    def edge(self) -> str:
        edge = self.shown.edge if self.shown else None
        return sentences.on_the_edge(edge) if edge else ""

    @property
    def pictures(self) -> list[Picture]:
        """Return a picture of each round; none if too few sectors may be shown."""
        if self.shown is None or not self.shown.cells:
            return []
        return pictures_of(self.shown, str(Occasion.START.label), self.round.get_occasion_display())


@dataclass(frozen=True)
class Relationships:
    """What changed between people in a cohort: at the end, and six months on.

    `end` and `later` are None if the cohort doesn't use relationships, or if its rounds are not
    planned yet.
    `has_start` is whether people have been asked before the first workshop.
    """

    end: Result | None
    later: Result | None
    has_start: bool

    @property
    def is_on(self) -> bool:
        return self.end is not None

    @property
    def has_results(self) -> bool:
        return self.end is not None and self.end.is_closed

    @property
    def has_later_results(self) -> bool:
        return self.later is not None and self.later.is_closed

    @property
    def is_awaited(self) -> bool:
        """Return whether the round after the last workshop is still to close or be counted."""
        end = self.end
        if end is None or end.is_closed or not self.has_start:
            return False
        return bool(end.round.is_opened or end.closes)

    @property
    def closed(self) -> list[Result]:
        """Return the results of the later rounds that have closed."""
        return [one for one in (self.end, self.later) if one and one.is_closed]


# The results of a cohort that does not use relationships.
OFF = Relationships(None, None, has_start=False)


def relationships_of(cohort: Cohort, moment: datetime) -> Relationships:
    """Return the cohort's results at a moment. Makes one query; none if not in use."""
    if not cohort.uses_relationships:
        return OFF
    found: dict[str, Result] = {}
    for closes, counts, *values in ROUNDS(cohort=cohort.pk):
        one = Round.from_db(connection.alias, ROUND_COLUMNS, values)
        one.cohort = cohort
        found[one.occasion] = result_of(one, closes, counts, moment)
    start = found.get(Occasion.START)
    return Relationships(
        found.get(Occasion.END),
        found.get(Occasion.LATER),
        has_start=start is not None and start.round.is_opened,
    )


ROUND_COLUMNS = tuple(field.attname for field in Round._meta.concrete_fields)
# Compiled once in each process, because building the query takes longer than running it.
ROUNDS = CompiledSelect(
    with_times(Round.objects.filter(cohort=BindParam("cohort")))
    .order_by("pk")
    .values_list("closes", "figures__counts", *ROUND_COLUMNS),
    prepare=True,
)


def result_of(one: Round, closes: datetime | None, counts: Any, moment: datetime) -> Result:
    """Return a round's result. `counts` are its stored figures, if it has any."""
    is_closed = one.closed_at is not None and one.closed_at <= moment
    shown = read(counts) if is_closed and counts is not None else None
    return Result(one, closes if closes and closes > moment else None, is_closed, shown)
