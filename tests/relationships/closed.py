"""Rounds that have closed and been counted, for tests of pages and reports."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from cohorts.models import Cohort, Sector
from relationships.figures import Person, RoundAnswers, compare
from relationships.models import Occasion, Round, RoundFigures

SIZES = ((Sector.PUBLIC, 9), (Sector.VOLUNTARY, 8), (Sector.PRIVATE, 7), (Sector.OTHER, 6))


def answered(
    sectors: int = 3, *, silent: int = 0, before: float = 0.1, after: float = 0.4
) -> tuple[dict[int, Person], RoundAnswers, RoundAnswers]:
    """Return people of two to four sectors, and two rounds in which such shares help each other.

    The last `silent` people don't answer the second round.
    """
    chance = random.Random(sectors)
    kinds = [sector for sector, size in SIZES[:sectors] for _one in range(size)]
    people = {number: Person(number, sector) for number, sector in enumerate(kinds, 1)}

    def said(share: float, answering: int) -> RoundAnswers:
        levels = {
            frozenset((one, other)): chance.choice([3, 4]) if chance.random() < share else 1
            for one in people
            for other in range(1, one)
        }
        return RoundAnswers(
            list(people),
            {
                one: {other: levels[frozenset((one, other))] for other in people if other != one}
                for one in range(1, answering + 1)
            },
        )

    return people, said(before, len(people)), said(after, len(people) - silent)


def close_rounds(cohort: Cohort, counts: dict[str, Any], *, at: datetime) -> None:
    """Store the figures of a cohort's first two rounds. The third is still to come."""
    opened = at - timedelta(days=14)
    first, second, _third = (
        Round.objects.create(cohort=cohort, occasion=occasion, made_at=opened)
        for occasion in Occasion
    )
    for one in (first, second):
        one.opened_at, one.closing_at, one.closed_at = opened, at, at
        one.save()
    RoundFigures.objects.create(before=first, after=second, counts=counts)


def counts_of(sectors: int = 3, **how: Any) -> dict[str, Any]:
    return compare(*answered(sectors, **how))
