from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from workshops.times import local_moment

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        (date(2027, 3, 27), time(9, 30), datetime(2027, 3, 27, 9, 30, tzinfo=UTC)),
        (date(2027, 3, 28), time(0, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (date(2027, 3, 28), time(2, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (date(2027, 10, 31), time(0, 59), datetime(2027, 10, 30, 23, 59, tzinfo=UTC)),
        (date(2027, 10, 31), time(2, 0), datetime(2027, 10, 31, 2, 0, tzinfo=UTC)),
    ],
)
def test_local_moment_interprets_local_time(day: date, clock: time, utc: datetime) -> None:
    assert local_moment(day, clock, LONDON).astimezone(UTC) == utc


@pytest.mark.parametrize("clock", [time(1, 0), time(1, 30), time(1, 59)])
def test_local_moment_refuses_nonexistent_time(clock: time) -> None:
    with pytest.raises(ValidationError) as refused:
        local_moment(date(2027, 3, 28), clock, LONDON)
    assert refused.value.code == "missing"


def test_nonexistent_time_error_explains_clock_change() -> None:
    with pytest.raises(ValidationError) as refused:
        local_moment(date(2027, 3, 28), time(1, 30), LONDON)
    assert refused.value.messages == [
        "Choose another time. The clocks go forward, so 1:30am does not exist on Sunday 28 March "
        "2027."
    ]


@pytest.mark.parametrize("clock", [time(1, 0), time(1, 30), time(1, 59)])
def test_local_moment_refuses_ambiguous_time(clock: time) -> None:
    with pytest.raises(ValidationError, match="happens twice") as refused:
        local_moment(date(2027, 10, 31), clock, LONDON)
    assert refused.value.code == "twice"
