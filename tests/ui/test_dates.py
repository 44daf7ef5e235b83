"""Formatting of dates and times, before and after a clock change."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ui import dates

LONDON = "Europe/London"


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "words"),
    [
        (
            datetime(2027, 3, 18, 9, 30, tzinfo=UTC),
            datetime(2027, 3, 18, 13, 0, tzinfo=UTC),
            "9:30am to 1pm",
        ),
        (
            datetime(2027, 3, 18, 12, 0, tzinfo=UTC),
            datetime(2027, 3, 18, 15, 5, tzinfo=UTC),
            "midday to 3:05pm",
        ),
    ],
)
def test_half_day_gives_the_day_and_both_times(
    starts_at: datetime, ends_at: datetime, words: str
) -> None:
    assert dates.half_day(starts_at, ends_at, LONDON) == f"Thursday 18 March 2027, {words}"


def test_half_day_in_summer_is_an_hour_later_than_utc() -> None:
    starts_at, ends_at = (
        datetime(2027, 4, 15, 8, 30, tzinfo=UTC),
        datetime(2027, 4, 15, 12, 0, tzinfo=UTC),
    )
    assert dates.half_day(starts_at, ends_at, LONDON) == "Thursday 15 April 2027, 9:30am to 1pm"


def test_half_day_past_midnight_gives_both_days() -> None:
    starts_at, ends_at = (
        datetime(2027, 1, 14, 22, 0, tzinfo=UTC),
        datetime(2027, 1, 15, 1, 0, tzinfo=UTC),
    )
    assert (
        dates.half_day(starts_at, ends_at, LONDON)
        == "Thursday 14 January 2027, 10pm to Friday 15 January 2027, 1am"
    )


def test_half_day_without_a_time_zone_uses_the_sites() -> None:
    moment = datetime(2027, 7, 1, 11, 0, tzinfo=UTC)
    assert dates.clock(moment) == "midday"


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (0, 0, "midnight"),
        (0, 5, "12:05am"),
        (9, 0, "9am"),
        (9, 30, "9:30am"),
        (12, 0, "midday"),
        (12, 15, "12:15pm"),
        (23, 59, "11:59pm"),
    ],
)
def test_clock_formats_midday_and_midnight_as_words(hour: int, minute: int, words: str) -> None:
    assert dates.clock(datetime(2027, 1, 14, hour, minute, tzinfo=UTC), LONDON) == words


def test_local_refuses_a_naive_datetime() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        dates.local(datetime(2027, 1, 14, 9, 0))  # noqa: DTZ001 (naive on purpose)


def test_day_of_uses_the_local_time_zone() -> None:
    late = datetime(2027, 6, 30, 23, 30, tzinfo=UTC)
    assert dates.day_of(late, LONDON) == date(2027, 7, 1)
    assert dates.day_of(late, "America/New_York") == date(2027, 6, 30)
    assert dates.day_of(date(2027, 6, 30), LONDON) == date(2027, 6, 30)


def test_days_have_no_leading_zeros() -> None:
    day = date(2027, 2, 4)
    assert (dates.long_day(day), dates.day_month(day), dates.short_day(day)) == (
        "Thursday 4 February 2027",
        "4 February",
        "4 Feb",
    )


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2027, 3, 12), "today"),
        (date(2027, 3, 13), "tomorrow"),
        (date(2027, 3, 11), "yesterday"),
        (date(2027, 3, 18), "in 6 days"),
        (date(2027, 3, 6), "6 days ago"),
        (date(2027, 3, 25), "in 13 days"),
        (date(2027, 3, 26), "in 2 weeks"),
        (date(2027, 6, 11), "in 3 months"),
        (date(2026, 3, 12), "12 months ago"),
        (date(2030, 3, 12), "in 3 years"),
    ],
)
def test_in_days_gets_coarser_with_distance(day: date, words: str) -> None:
    assert dates.in_days(day, today=date(2027, 3, 12)) == words


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=-3), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=119), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(hours=24), "on Thursday 11 March 2027"),
    ],
)
def test_ago_counts_up_to_a_day(passed: timedelta, words: str) -> None:
    now = datetime(2027, 3, 12, 23, 30, tzinfo=UTC)
    assert dates.ago(now - passed, now, "Europe/London") == words


def test_months_span_the_first_to_the_last_chosen_day() -> None:
    names = [month.name for month in dates.months([date(2027, 2, 4), date(2026, 12, 17)])]
    assert names == ["December 2026", "January 2027", "February 2027"]


def test_months_without_chosen_days_are_empty() -> None:
    assert dates.months([]) == []


def test_months_distinguish_chosen_days_and_days_to_avoid() -> None:
    chosen, off = [date(2027, 4, 15), date(2027, 4, 2)], [date(2027, 4, 2), date(2027, 4, 5)]
    (april,) = dates.months(chosen, off)
    squares = [square for week in april.weeks for square in week if square]
    assert [square.day.day for square in squares] == list(range(1, 31))
    assert april.weeks[0][:3] == [None, None, None]
    assert {square.day.day: (square.kind, square.words) for square in squares if square.words} == {
        2: ("pick off", "chosen, a day to avoid"),
        5: ("off", "a day to avoid"),
        15: ("pick", "chosen"),
    }
    assert [square.day.day for square in squares if square.kind == "dim"] == [
        3,
        4,
        10,
        11,
        17,
        18,
        24,
        25,
    ]


def test_months_label_chosen_days_and_days_to_avoid() -> None:
    chosen = {date(2027, 4, 15): [(3, "workshop 3")], date(2027, 4, 2): []}
    (april, may) = dates.months(chosen, {date(2027, 4, 2): "Good Friday"}, spare=1)
    squares = {square.day.day: square for week in april.weeks for square in week if square}
    assert (squares[15].picks, squares[15].words) == ([(3, "workshop 3")], "chosen")
    assert squares[2].words == "chosen, Good Friday"
    assert may.name == "May 2027"


def test_months_count_the_people_who_cannot_make_a_day() -> None:
    chosen = {date(2027, 4, 15): [(3, "workshop 3")]}
    off = {date(2027, 4, 2): "Good Friday", date(2027, 4, 15): ""}
    unable = {date(2027, 4, 2): 1, date(2027, 4, 8): 2, date(2027, 4, 15): 3}
    (april,) = dates.months(chosen, off, unable)
    assert {day.day.day: (day.unable, day.words) for day in april.days() if day.words} == {
        2: (1, "Good Friday, 1 person can’t make it"),
        8: (2, "2 people can’t make it"),
        15: (3, "chosen, a day to avoid, 3 people can’t make it"),
    }


def test_months_over_many_years_include_only_those_with_chosen_days() -> None:
    names = [month.name for month in dates.months([date(2027, 2, 4), date(2099, 12, 31)], spare=1)]
    assert names == ["February 2027", "December 2099"]
