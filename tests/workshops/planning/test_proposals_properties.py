"""Properties of every proposal, for any recurrence and constraints."""

import itertools
from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TypeVar
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from workshops.planning.proposals import Busy, Constraints, Proposal, judge, propose, utc_days
from workshops.times import HalfDay, Recurrence, Slot

LONDON = ZoneInfo("Europe/London")
Thing = TypeVar("Thing")
# Either side of 28 March and 31 October 2027, when London's clocks change.
YEAR = (date(2027, 1, 1), date(2027, 12, 31))
ZONES = ["Europe/London", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
RHYTHMS = st.builds(
    Recurrence,
    first=st.dates(*YEAR),
    weeks=st.sampled_from([1, 2, 3, 4]),
    half_day=st.sampled_from(HalfDay),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
LENGTHS = st.lists(st.integers(30, 600), max_size=12)
DAYS = st.dates(YEAR[0], YEAR[1] + timedelta(days=400))
MOMENTS = st.datetimes(datetime(2027, 1, 1), datetime(2028, 6, 1), timezones=st.just(UTC))  # noqa: DTZ001
BUSY = st.builds(
    lambda starts_at, minutes, name: Busy(
        Slot(starts_at, starts_at + timedelta(minutes=minutes)),
        f"{name} facilitates in Essex that morning",
    ),
    MOMENTS,
    st.integers(30, 2000),
    st.sampled_from(["Tom", "Ruth"]),
)
WEEKLY = st.builds(
    # Every week for a while, so that series do meet what they must keep clear of.
    lambda first, weeks, words: {first + timedelta(weeks=week): words for week in range(weeks)},
    DAYS,
    st.integers(1, 20),
    st.sampled_from(["school holidays (Easter)", "closed (Office move)"]),
)
LOST = st.dictionaries(
    st.tuples(DAYS, st.sampled_from(HalfDay)),
    st.frozensets(st.integers(1, 9), min_size=1),
    max_size=60,
)
CONSTRAINTS = st.builds(
    Constraints,
    now=MOMENTS,
    closed=st.one_of(
        WEEKLY, st.dictionaries(DAYS, st.sampled_from(["bank holiday (Good Friday)"]), max_size=60)
    ),
    busy=st.lists(BUSY, max_size=40),
    unavailable=LOST,
    moves_for_people=st.booleans(),
)


def found(proposals: list[Proposal]) -> list[Slot]:
    return [one.slot for one in proposals if one.slot]


@given(RHYTHMS, LENGTHS, CONSTRAINTS)
def test_propose_keeps_clear_of_everything(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    for slot in found(propose(recurrence, lengths, constraints)):
        assert slot.starts_at >= constraints.now
        assert slot.starts_at.astimezone(recurrence.zone).date() not in constraints.closed
        assert [busy for busy in constraints.busy if busy.slot.overlaps(slot)] == []


@given(RHYTHMS, LENGTHS, CONSTRAINTS)
def test_propose_keeps_order_length_time_and_day_of_the_week(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    proposals = propose(recurrence, lengths, constraints)
    slots = found(proposals)
    assert len(proposals) == len(lengths)
    assert [one.slot.minutes for one in proposals if one.slot] == [
        length for length, one in zip(lengths, proposals, strict=True) if one.slot
    ]
    starts = [slot.starts_at.astimezone(recurrence.zone) for slot in slots]
    assert {start.time() for start in starts} <= {recurrence.half_day.starts}
    assert {(start.date() - recurrence.first).days % 7 for start in starts} <= {0}
    gaps = [later.date() - earlier.date() for earlier, later in itertools.pairwise(starts)]
    assert [gap for gap in gaps if gap < timedelta(weeks=recurrence.weeks)] == []


@given(RHYTHMS, LENGTHS, CONSTRAINTS)
def test_propose_tells_why_where_it_moved_and_nowhere_else(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    due = recurrence.first
    for one in propose(recurrence, lengths, constraints):
        if one.slot is None:
            assert (one.why, len(one.problems)) == ("", 1)
        else:
            day = one.slot.starts_at.astimezone(recurrence.zone).date()
            assert bool(one.why) == (day != due)
            for passed in range((day - due).days // 7):
                assert_told(
                    one.why, due + timedelta(weeks=passed), one.slot, recurrence, constraints
                )
            due = day
        due += timedelta(weeks=recurrence.weeks)


def assert_told(
    why: str, day: date, slot: Slot, recurrence: Recurrence, constraints: Constraints
) -> None:
    """That `why` names all that speaks against the day passed over; else that it would have lost more people."""
    starts_at = datetime.combine(day, recurrence.half_day.starts, recurrence.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=slot.minutes)
    judged = judge(Slot(starts_at, ends_at), constraints, recurrence.zone)
    if judged.problems:
        assert [words for words in judged.problems if words[1:] not in why] == []
    else:
        assert constraints.moves_for_people
        assert f"{len(judged.unavailable)} p" in why
        assert f"can’t make {day.day} {day:%B}" in why


@given(RHYTHMS, LENGTHS, CONSTRAINTS, st.randoms(use_true_random=False))
def test_propose_says_the_same_in_whatever_order_it_is_told(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints, chance: Random
) -> None:
    def shuffled(things: Collection[Thing]) -> list[Thing]:
        return chance.sample(list(things), len(things))

    same = Constraints(
        now=constraints.now,
        closed=dict(shuffled(constraints.closed.items())),
        busy=shuffled(constraints.busy),
        unavailable=dict(shuffled(constraints.unavailable.items())),
        moves_for_people=constraints.moves_for_people,
    )
    assert propose(recurrence, lengths, same) == propose(recurrence, lengths, constraints)


@given(RHYTHMS, LENGTHS, CONSTRAINTS)
def test_propose_finds_nothing_wrong_with_its_own_dates(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    for one in propose(recurrence, lengths, constraints):
        if one.slot:
            assert judge(one.slot, constraints, recurrence.zone) == Proposal(
                one.slot, unavailable=one.unavailable
            )


@given(BUSY, BUSY)
def test_days_touched_are_shared_by_slots_that_overlap(one: Busy, other: Busy) -> None:
    shared = set(utc_days(one.slot)) & set(utc_days(other.slot))
    assert shared or not one.slot.overlaps(other.slot)


# Examples

RECURRENCE = Recurrence(date(2027, 3, 18), 3, HalfDay.MORNING, LONDON)
NOW = datetime(2027, 1, 4, tzinfo=UTC)
MORNING = HalfDay.MORNING


def told(constraints: Constraints, count: int = 2) -> list[tuple[date | None, str]]:
    return [
        (one.slot.starts_at.date() if one.slot else None, one.why)
        for one in propose(RECURRENCE, [210] * count, constraints)
    ]


def test_propose_moves_by_a_week_and_the_rest_with_it() -> None:
    assert told(Constraints(NOW, closed={date(2027, 3, 18): "school holidays"})) == [
        (date(2027, 3, 25), "Moved one week: school holidays"),
        (date(2027, 4, 15), ""),
    ]


def test_propose_names_each_reason_once() -> None:
    closed = {
        date(2027, 3, 18): "bank holiday (St Patrick) and school holidays (Easter)",
        date(2027, 3, 25): "school holidays (Easter)",
        date(2027, 4, 1): "closed (Office move)",
    }
    assert told(Constraints(NOW, closed=closed), 1) == [
        (
            date(2027, 4, 8),
            "Moved three weeks: bank holiday (St Patrick) and school holidays (Easter), closed (Office move)",
        )
    ]


def test_propose_moves_for_people_a_little_way_and_to_lose_fewer() -> None:
    lost = {
        (date(2027, 3, 18), MORNING): frozenset({1, 2, 3}),
        (date(2027, 3, 25), MORNING): frozenset({1, 2}),
        (date(2027, 4, 1), MORNING): frozenset({1, 2}),
    }
    [one] = propose(RECURRENCE, [210], Constraints(NOW, unavailable=lost, moves_for_people=True))
    assert one.slot is not None
    assert (one.slot.starts_at.date(), one.why, one.unavailable) == (
        date(2027, 3, 25),
        "Moved one week: 3 people can’t make 18 March",
        frozenset({1, 2}),
    )
    assert told(Constraints(NOW, unavailable=lost), 1) == [(date(2027, 3, 18), "")]


def test_propose_says_so_where_two_years_hold_no_clear_day() -> None:
    closed = {
        date(2027, 1, 1) + timedelta(days=count): "closed (For ever)" for count in range(2000)
    }
    assert (
        propose(RECURRENCE, [210, 210], Constraints(NOW, closed=closed))
        == [
            Proposal(
                None, problems=("No Thursday in the next two years is free: closed (For ever).",)
            )
        ]
        * 2
    )


def test_judge_says_all_that_is_wrong_with_a_date() -> None:
    slot = Slot(datetime(2027, 3, 18, 9, 30, tzinfo=UTC), datetime(2027, 3, 18, 13, 0, tzinfo=UTC))
    constraints = Constraints(
        now=datetime(2027, 4, 1, tzinfo=UTC),
        closed={date(2027, 3, 18): "school holidays (Easter)"},
        busy=[Busy(slot, "Tom Sallow facilitates in Essex that morning")],
        unavailable={(date(2027, 3, 18), MORNING): frozenset({7})},
    )
    assert judge(slot, constraints, LONDON) == Proposal(
        slot,
        problems=(
            "This date is in the past",
            "School holidays (Easter)",
            "Tom Sallow facilitates in Essex that morning",
        ),
        unavailable=frozenset({7}),
    )
