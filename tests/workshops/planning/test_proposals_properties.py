"""Property tests of proposed dates, for any recurrence and constraints, and some examples."""

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
# The year includes 28 March and 31 October 2027, when London's clocks change.
YEAR = (date(2027, 1, 1), date(2027, 12, 31))
ZONES = ["Europe/London", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
RECURRENCES = st.builds(
    Recurrence,
    first=st.dates(*YEAR),
    weeks=st.sampled_from([1, 2, 3, 4]),
    half_day=st.sampled_from(HalfDay),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
LENGTHS = st.lists(st.integers(30, 600), max_size=12)
DAYS = st.dates(YEAR[0], YEAR[1] + timedelta(days=400))
MOMENTS = st.datetimes(
    datetime(2027, 1, 1),  # noqa: DTZ001
    datetime(2028, 6, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
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
    # The same weekday is closed for several weeks, so that many series meet a closed day.
    lambda first, weeks, words: {first + timedelta(weeks=week): words for week in range(weeks)},
    DAYS,
    st.integers(1, 20),
    st.sampled_from(["school holidays (Easter)", "closed (Office move)"]),
)
UNAVAILABLE = st.dictionaries(
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
    unavailable=UNAVAILABLE,
    moves_for_people=st.booleans(),
)


def slots_of(proposals: list[Proposal]) -> list[Slot]:
    return [one.slot for one in proposals if one.slot]


@given(RECURRENCES, LENGTHS, CONSTRAINTS)
def test_propose_avoids_past_closed_and_busy_times(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    for slot in slots_of(propose(recurrence, lengths, constraints)):
        assert slot.starts_at >= constraints.now
        assert slot.starts_at.astimezone(recurrence.zone).date() not in constraints.closed
        assert [busy for busy in constraints.busy if busy.slot.overlaps(slot)] == []


@given(RECURRENCES, LENGTHS, CONSTRAINTS)
def test_propose_preserves_order_length_time_and_weekday(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    proposals = propose(recurrence, lengths, constraints)
    slots = slots_of(proposals)
    assert len(proposals) == len(lengths)
    assert [one.slot.minutes for one in proposals if one.slot] == [
        length for length, one in zip(lengths, proposals, strict=True) if one.slot
    ]
    starts = [slot.starts_at.astimezone(recurrence.zone) for slot in slots]
    assert {start.time() for start in starts} <= {recurrence.half_day.starts}
    assert {(start.date() - recurrence.first).days % 7 for start in starts} <= {0}
    gaps = [later.date() - earlier.date() for earlier, later in itertools.pairwise(starts)]
    assert [gap for gap in gaps if gap < timedelta(weeks=recurrence.weeks)] == []


@given(RECURRENCES, LENGTHS, CONSTRAINTS)
def test_propose_gives_reason_only_for_moved_dates(
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
                assert_reason_covers_skipped_day(
                    one.why, due + timedelta(weeks=passed), one.slot, recurrence, constraints
                )
            due = day
        due += timedelta(weeks=recurrence.weeks)


def assert_reason_covers_skipped_day(
    why: str, day: date, slot: Slot, recurrence: Recurrence, constraints: Constraints
) -> None:
    """Assert that `why` names each problem of the day, or how many people can't make it then."""
    starts_at = datetime.combine(day, recurrence.half_day.starts, recurrence.zone)
    ends_at = starts_at.astimezone(UTC) + timedelta(minutes=slot.minutes)
    judged = judge(Slot(starts_at, ends_at), constraints, recurrence.zone)
    if judged.problems:
        assert [words for words in judged.problems if words[1:] not in why] == []
    else:
        assert constraints.moves_for_people
        assert f"{len(judged.unavailable)} p" in why
        assert f"can’t make {day.day} {day:%B}" in why


@given(RECURRENCES, LENGTHS, CONSTRAINTS, st.randoms(use_true_random=False))
def test_propose_does_not_depend_on_order_of_constraints(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints, chance: Random
) -> None:
    def shuffled(things: Collection[Thing]) -> list[Thing]:
        return chance.sample(list(things), len(things))

    shuffled_constraints = Constraints(
        now=constraints.now,
        closed=dict(shuffled(constraints.closed.items())),
        busy=shuffled(constraints.busy),
        unavailable=dict(shuffled(constraints.unavailable.items())),
        moves_for_people=constraints.moves_for_people,
    )
    assert propose(recurrence, lengths, shuffled_constraints) == propose(
        recurrence, lengths, constraints
    )


@given(RECURRENCES, LENGTHS, CONSTRAINTS)
def test_judge_finds_no_problem_with_proposed_dates(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints
) -> None:
    for one in propose(recurrence, lengths, constraints):
        if one.slot:
            assert judge(one.slot, constraints, recurrence.zone) == Proposal(
                one.slot, unavailable=one.unavailable
            )


@given(BUSY, BUSY)
def test_overlapping_slots_share_utc_day(one: Busy, other: Busy) -> None:
    shared = set(utc_days(one.slot)) & set(utc_days(other.slot))
    assert shared or not one.slot.overlaps(other.slot)


# Examples of proposed dates

RECURRENCE = Recurrence(date(2027, 3, 18), 3, HalfDay.MORNING, LONDON)
NOW = datetime(2027, 1, 4, tzinfo=UTC)
MORNING = HalfDay.MORNING


def dates_and_reasons(constraints: Constraints, count: int = 2) -> list[tuple[date | None, str]]:
    return [
        (one.slot.starts_at.date() if one.slot else None, one.why)
        for one in propose(RECURRENCE, [210] * count, constraints)
    ]


def test_propose_moves_date_and_later_dates_by_a_week() -> None:
    assert dates_and_reasons(Constraints(NOW, closed={date(2027, 3, 18): "school holidays"})) == [
        (date(2027, 3, 25), "Moved one week: school holidays"),
        (date(2027, 4, 15), ""),
    ]


def test_propose_names_each_reason_once() -> None:
    closed = {
        date(2027, 3, 18): "bank holiday (St Patrick) and school holidays (Easter)",
        date(2027, 3, 25): "school holidays (Easter)",
        date(2027, 4, 1): "closed (Office move)",
    }
    assert dates_and_reasons(Constraints(NOW, closed=closed), 1) == [
        (
            date(2027, 4, 8),
            "Moved three weeks: bank holiday (St Patrick) and school holidays (Easter), closed "
            "(Office move)",
        )
    ]


def test_propose_moves_to_earliest_date_with_fewer_unavailable_people() -> None:
    unavailable_people = {
        (date(2027, 3, 18), MORNING): frozenset({1, 2, 3}),
        (date(2027, 3, 25), MORNING): frozenset({1, 2}),
        (date(2027, 4, 1), MORNING): frozenset({1, 2}),
    }
    [one] = propose(
        RECURRENCE, [210], Constraints(NOW, unavailable=unavailable_people, moves_for_people=True)
    )
    assert one.slot is not None
    assert (one.slot.starts_at.date(), one.why, one.unavailable) == (
        date(2027, 3, 25),
        "Moved one week: 3 people can’t make 18 March",
        frozenset({1, 2}),
    )
    assert dates_and_reasons(Constraints(NOW, unavailable=unavailable_people), 1) == [
        (date(2027, 3, 18), "")
    ]


def test_propose_reports_no_free_day_within_two_years() -> None:
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


def test_judge_reports_every_problem_with_date() -> None:
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
