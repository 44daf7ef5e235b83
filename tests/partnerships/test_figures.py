"""Tests of the pure figures, by examples worked out by hand and by properties."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from partnerships.figures import MINIMUM, made, survival
from partnerships.models import Contribution, Status
from partnerships.results import survival_sentence

STATUSES = st.lists(st.sampled_from(["", *Status.values]), max_size=40)
CONTRIBUTIONS = st.lists(st.sampled_from(["", *Contribution.values]), max_size=40)


def test_survival_is_a_range_from_five() -> None:
    """Six due: three run, one is only an idea, one stopped, one is silent."""
    six = survival(3, ["running", "normal", "trying", "idea", "stopped", ""])
    assert (six.due, six.alive, six.silent) == (6, 3, 1)
    assert (six.low, six.high) == (3 / 6, 4 / 6)


def test_below_five_due_there_are_counts_and_no_share() -> None:
    two = survival(3, ["running", "normal"])
    assert (two.low, two.high) == (None, None)
    assert survival_sentence(two) == "2 of 2 asked still running at three months"


def test_sentence_says_how_many_are_silent() -> None:
    assert survival_sentence(survival(6, ["running", ""])) == (
        "1 of 2 asked still running at six months; 1 has not answered"
    )
    assert survival_sentence(survival(12, ["stopped", "", ""])) == (
        "0 of 3 asked still running at twelve months; 2 have not answered"
    )


@given(STATUSES)
def test_silence_counts_neither_as_alive_nor_as_dead(statuses: list[str]) -> None:
    found = survival(3, statuses)
    if found.low is None or found.high is None:
        assert found.due < MINIMUM
        return
    assert 0 <= found.low <= found.high <= 1
    # However the silent ones would have answered, the share lies in the range.
    for answer in Status.values:
        answered = survival(3, [status or answer for status in statuses])
        assert answered.low is not None
        assert found.low <= answered.low <= found.high
        assert answered.low == answered.high


@given(STATUSES, st.randoms())
def test_order_changes_no_survival(statuses: list[str], chance: object) -> None:
    shuffled = statuses[:]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert survival(3, shuffled) == survival(3, statuses)


def test_contribution_is_shown_from_five_answers() -> None:
    four = made(["no", "later", "anyway", "unknown", ""])
    assert (four.answers, four.share) == (4, None)
    five = made(["no", "later", "anyway", "unknown", "no"])
    assert (five.count, five.answers, five.share) == (3, 5, 3 / 5)


@given(CONTRIBUTIONS)
def test_contribution_ignores_silence(contributions: list[str]) -> None:
    found = made(contributions)
    assert found == made([one for one in contributions if one])
    assert found.share is None or 0 <= found.share <= 1
