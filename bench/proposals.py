"""The cost of proposing twelve workshop dates with five years of constraints."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from workshops.planning.optimiser import optimise_dates
from workshops.planning.proposals import Busy, Constraints, propose
from workshops.times import HalfDay, Recurrence, Slot

WORKSHOPS, YEARS, ROUNDS = 12, 5, 40
MOST_MILLISECONDS = 50.0
FIRST = date(2027, 1, 7)
DAYS = [FIRST + timedelta(days=count) for count in range(YEARS * 365)]
CLOSED, TAKEN, PEOPLE, LOST = 450, 1000, 22, 3


@dataclass(frozen=True)
class Proposals:
    """Milliseconds to propose the dates of twelve workshops, in three cases.

    - `usual`: about one day in four is closed.
    - `worst`: every day is closed, so two years are searched for each workshop.
    - `fewest`: the optimiser chooses, among a year of half days, the dates that fewest people miss.
    """

    usual: float
    worst: float
    fewest: float

    def failings(self) -> Iterator[str]:
        for name, milliseconds in (
            ("", self.usual),
            (" without one clear day", self.worst),
            (" that loses fewest", self.fewest),
        ):
            if milliseconds > MOST_MILLISECONDS:
                yield (
                    f"A series{name} took {milliseconds:.0f} ms to propose; "
                    f"the limit is {MOST_MILLISECONDS:.0f}."
                )


def proposals() -> Proposals:
    chance = random.Random(1)
    return Proposals(
        milliseconds(chance, CLOSED), milliseconds(chance, len(DAYS)), milliseconds_of_fewest()
    )


def milliseconds(chance: random.Random, closed: int) -> float:
    recurrence = Recurrence(FIRST, 3, HalfDay.MORNING, ZoneInfo("Europe/London"))
    taken = []
    for _ in range(ROUNDS):
        # Create new constraints in each round, because `Constraints` caches its results, and
        # computing them is part of the cost.
        constraints = five_years(chance, closed)
        began = time.process_time()
        propose(recurrence, [210] * WORKSHOPS, constraints)
        taken.append(time.process_time() - began)
    return 1000 * median(taken)


def five_years(chance: random.Random, closed: int) -> Constraints:
    elsewhere = [
        datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        for day in chance.choices(DAYS, k=TAKEN)
    ]
    return Constraints(
        now=datetime(2026, 12, 1, tzinfo=UTC),
        closed={
            day: f"school holidays (number {day.toordinal() % 15})"
            for day in chance.sample(DAYS, closed)
        },
        busy=[
            Busy(
                Slot(starts_at, starts_at + timedelta(hours=3)),
                f"Tom facilitates in {number} that morning",
            )
            for number, starts_at in enumerate(elsewhere)
        ],
        unavailable={
            (day, half): frozenset(chance.sample(range(PEOPLE), LOST))
            for day in DAYS
            for half in HalfDay
        },
        moves_for_people=True,
    )


def milliseconds_of_fewest() -> float:
    recurrence = Recurrence(FIRST, 3, HalfDay.MORNING, ZoneInfo("Europe/London"))
    asked = [(day, half) for day in DAYS[:365] for half in HalfDay]
    lost = {half: frozenset(range(number % 9)) for number, half in enumerate(asked)}
    taken = []
    for _ in range(ROUNDS):
        constraints = Constraints(now=datetime(2026, 12, 1, tzinfo=UTC), unavailable=lost)
        began = time.process_time()
        optimise_dates(recurrence, [210] * WORKSHOPS, constraints, asked)
        taken.append(time.process_time() - began)
    return 1000 * median(taken)
