from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from workshops.planning.proposals import Constraints, propose
from workshops.planning.scheduling import clash
from workshops.times import HalfDay, Recurrence, Slot

LONDON = ZoneInfo("Europe/London")
LONG_AGO = Constraints(now=datetime(1999, 1, 1, tzinfo=UTC))


def slots_of(
    recurrence: Recurrence, lengths: list[int], constraints: Constraints = LONG_AGO
) -> list[Slot]:
    return [one.slot for one in propose(recurrence, lengths, constraints) if one.slot]


def test_propose_every_three_weeks_across_clock_change() -> None:
    recurrence = Recurrence(date(2027, 3, 4), 3, HalfDay.MORNING, LONDON)
    utc = [
        (s.starts_at.astimezone(UTC), s.ends_at.astimezone(UTC))
        for s in slots_of(recurrence, [210, 210, 180])
    ]
    assert utc == [
        (datetime(2027, 3, 4, 9, 30, tzinfo=UTC), datetime(2027, 3, 4, 13, 0, tzinfo=UTC)),
        (datetime(2027, 3, 25, 9, 30, tzinfo=UTC), datetime(2027, 3, 25, 13, 0, tzinfo=UTC)),
        (datetime(2027, 4, 15, 8, 30, tzinfo=UTC), datetime(2027, 4, 15, 11, 30, tzinfo=UTC)),
    ]


RECURRENCES = st.builds(
    Recurrence,
    first=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    weeks=st.sampled_from([2, 3, 4]),
    half_day=st.sampled_from(HalfDay),
    zone=st.sampled_from(
        ["Europe/London", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"]
    ).map(ZoneInfo),
)
LENGTHS = st.lists(st.integers(30, 600), max_size=12)


@given(RECURRENCES, LENGTHS)
def test_propose_follows_recurrence_in_local_time(
    recurrence: Recurrence, lengths: list[int]
) -> None:
    slots = slots_of(recurrence, lengths)
    starts = [one.starts_at.astimezone(recurrence.zone) for one in slots]
    assert [start.date() for start in starts] == [
        recurrence.first + timedelta(weeks=recurrence.weeks * number)
        for number in range(len(lengths))
    ]
    assert {start.time() for start in starts} <= {recurrence.half_day.starts}


@given(RECURRENCES, LENGTHS)
def test_propose_uses_length_of_each_workshop(recurrence: Recurrence, lengths: list[int]) -> None:
    assert [one.minutes for one in slots_of(recurrence, lengths)] == lengths


@given(RECURRENCES, LENGTHS)
def test_propose_is_deterministic_and_without_clashes(
    recurrence: Recurrence, lengths: list[int]
) -> None:
    slots = slots_of(recurrence, lengths)
    assert slots_of(recurrence, lengths) == slots
    places = dict(enumerate(slots, 1))
    others = {place: {n: s for n, s in places.items() if n != place} for place in places}
    assert [clash(place, one, others[place], recurrence.zone) for place, one in places.items()] == [
        ""
    ] * len(slots)
