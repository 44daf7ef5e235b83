"""The limit that `make bench` sets for drawing a page on a phone, and its report."""

from bench.phone import NO_PHONE, Openings, middle


def test_opening_that_takes_longer_than_a_second_fails() -> None:
    assert list(Openings((700, 1_500), (1_000, 1_700)).failings()) == []
    (slow,) = Openings((700, 800), (1_001, 1_100)).failings()
    assert slow == "Who is new can type after 1001 ms; the limit is 1000."


def test_report_shows_times_or_that_none_were_measured() -> None:
    written = Openings((700, 800), (900, 1_100)).written()
    assert "| by somebody who was here before | 700 | 800 |" in written
    assert (Openings().written(), list(Openings().failings())) == (NO_PHONE, [])


def test_median_ignores_one_slow_opening_of_three() -> None:
    assert middle([(700, 900), (5_000, 6_000), (800, 800)]) == (800, 900)
