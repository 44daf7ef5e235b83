"""What the bench says of a phone that waits."""

from bench.phone import NO_PHONE, Openings, middle


def test_phone_that_waits_for_longer_than_a_second_fails() -> None:
    assert list(Openings((700, 1_500), (1_000, 1_700)).failings()) == []
    (slow,) = Openings((700, 800), (1_001, 1_100)).failings()
    assert slow == "Who is new can type after 1001 ms; the limit is 1000."


def test_page_says_how_long_it_took_or_that_nobody_looked() -> None:
    written = Openings((700, 800), (900, 1_100)).written()
    assert "| by somebody who was here before | 700 | 800 |" in written
    assert (Openings().written(), list(Openings().failings())) == (NO_PHONE, [])


def test_one_slow_opening_of_three_is_not_the_middle() -> None:
    assert middle([(700, 900), (5_000, 6_000), (800, 800)]) == (800, 900)
