"""The optimiser of dates, which is compared with an exhaustive search."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workshops.planning.optimiser import optimise_dates
from workshops.planning.proposals import (
    Busy,
    Constraints,
    Proposal,
    reasons_against,
    slot_on,
    unavailable_at,
)
from workshops.times import HalfDay, Recurrence

LONDON = ZoneInfo("Europe/London")
LONG_AGO = datetime(1999, 1, 1, tzinfo=UTC)
DatedHalfDay = tuple[date, HalfDay]
MORNING, AFTERNOON = HalfDay.MORNING, HalfDay.AFTERNOON
FIRST = date(2027, 3, 2)
HALF_DAYS_OF_YEAR = [
    (date(2027, 1, 1) + timedelta(days=days), half) for days in range(365) for half in HalfDay
]


def recurrence_from(first: date = FIRST, weeks: int = 2) -> Recurrence:
    return Recurrence(first, weeks, MORNING, LONDON)


def half_days_of(proposals: list[Proposal]) -> list[DatedHalfDay]:
    return [one.slot.half_days(LONDON)[0] for one in proposals if one.slot]


def costs(
    chosen: list[DatedHalfDay], recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> tuple[int, int]:
    """Return the number of absences on these half days, and their deviation from the recurrence."""
    absences = 0
    for (day, half), length in zip(chosen, lengths, strict=True):
        slot = slot_on(day, length, Recurrence(day, 1, half, LONDON))
        absences += len(unavailable_at(slot, constraints, LONDON))
    gaps = [(after - before).days for (before, _), (after, _) in pairwise(chosen)]
    deviation = abs((chosen[0][0] - recurrence.first).days) + sum(
        abs(gap - 7 * recurrence.weeks) for gap in gaps
    )
    return absences, deviation + sum(half != recurrence.half_day for day, half in chosen)


def all_valid_sets(
    asked: list[DatedHalfDay], recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> list[list[DatedHalfDay]]:
    """Return every list of half days, one for each workshop, that the optimiser may choose.

    The half days are among those that the poll asked about, in order, near the recurrence, and
    without clashes.
    """
    found = []
    for some in combinations(asked, len(lengths)):
        gaps = [(after - before).days for (before, _), (after, _) in pairwise(some)]
        near_recurrence = all(gap > 0 and abs(gap - 7 * recurrence.weeks) <= 7 for gap in gaps)
        slots = [
            slot_on(day, length, Recurrence(day, 1, half, LONDON))
            for (day, half), length in zip(some, lengths, strict=True)
        ]
        if near_recurrence and not any(
            reasons_against(slot, constraints, LONDON) for slot in slots
        ):
            found.append(list(some))
    return found


HALF_DAYS = st.tuples(
    st.dates(date(2027, 3, 1), date(2027, 4, 20)), st.sampled_from([MORNING, AFTERNOON])
)
UNAVAILABLE = st.dictionaries(HALF_DAYS, st.frozensets(st.integers(1, 5), max_size=4), max_size=11)


# No time limits, because Hypothesis may generate examples slowly on a busy machine.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    unavailable=UNAVAILABLE,
    lengths=st.lists(st.sampled_from([60, 210, 420]), min_size=1, max_size=4),
    weeks=st.integers(1, 4),
    first=st.dates(date(2027, 2, 20), date(2027, 3, 20)),
    closed=st.sets(st.dates(date(2027, 3, 1), date(2027, 4, 20)), max_size=8),
    taken=st.lists(HALF_DAYS, max_size=3),
)
def test_optimiser_matches_exhaustive_search(
    unavailable: dict[DatedHalfDay, frozenset[int]],
    lengths: list[int],
    weeks: int,
    first: date,
    closed: set[date],
    taken: list[DatedHalfDay],
) -> None:
    asked = list(unavailable)
    busy = [
        Busy(slot_on(day, 120, Recurrence(day, 1, half, LONDON)), "Tom facilitates elsewhere")
        for day, half in taken
    ]
    constraints = Constraints(
        now=LONG_AGO, closed=dict.fromkeys(closed, "closed"), busy=busy, unavailable=unavailable
    )
    recurrence = recurrence_from(first, weeks)
    sets = all_valid_sets(
        sorted(asked, key=lambda one: (one[0], one[1] != MORNING)), recurrence, lengths, constraints
    )

    best = half_days_of(optimise_dates(recurrence, lengths, constraints, asked))

    # Of lists with equal costs, `min` returns the earliest, because `combinations` yields it first.
    assert best == min(
        sets, key=lambda one: costs(one, recurrence, lengths, constraints), default=[]
    )


def test_optimised_dates_explain_attendance_gain() -> None:
    asked = [(FIRST + timedelta(days=days), MORNING) for days in (0, 1, 14, 15)]
    absences = {asked[0]: frozenset({1, 2, 3}), asked[1]: frozenset({1})}
    constraints = Constraints(now=LONG_AGO, unavailable=absences)

    found = optimise_dates(recurrence_from(), [210, 210], constraints, asked)

    assert half_days_of(found) == [asked[1], asked[3]]
    assert [(one.why, len(one.unavailable)) for one in found] == [
        ("2 more people can make it than on 2 March", 1),
        ("Instead of 16 March, so that more people can make the dates overall", 0),
    ]


def test_recurrence_is_unchanged_when_nobody_is_unavailable() -> None:
    asked = [(FIRST + timedelta(days=days), half) for days in range(40) for half in HalfDay]

    found = optimise_dates(recurrence_from(), [210, 210], Constraints(now=LONG_AGO), asked)

    assert half_days_of(found) == [(FIRST, MORNING), (FIRST + timedelta(days=14), MORNING)]
    assert [one.why for one in found] == ["", ""]


def test_optimiser_returns_nothing_without_complete_set() -> None:
    assert (
        optimise_dates(recurrence_from(), [210, 210], Constraints(now=LONG_AGO), [(FIRST, MORNING)])
        == []
    )
