"""Tests of saving, finishing, leaving the list, closing, retention and erasure."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from accounts.models import User
from cohorts.models import Cohort, Membership
from privacy.erasure import erase
from relationships.answers import (
    AnswerRefusedError,
    Refusal,
    WrongAnswersError,
    has_finished,
    leave_list,
    own_answers,
    return_to_list,
    save_answers,
)
from relationships.closing import answers_of, close_due_rounds
from relationships.models import (
    AnswerBlob,
    Levels,
    Occasion,
    RosterEntry,
    Round,
    RoundFigures,
    RoundReceipt,
    UnreadableAnswersError,
)
from relationships.retention import delete_expired_answers
from tests.lost_keys import lose_keys
from tests.relationships.conftest import (
    END_CLOSED,
    END_OPEN,
    END_OPENS,
    LATER_CLOSED,
    LATER_OPENS,
    START_CLOSED,
    START_OPEN,
    Rounds,
    closed,
    finish,
    make_people,
    opened,
)
from tests.surveys.conftest import LONG_AGO


def save(one: Round, member: Membership, levels: Levels, at: datetime = START_OPEN) -> None:
    save_answers(one=one, membership=member, levels=levels, at=at)


def test_taps_add_up_and_finishing_counts_the_rest_as_not_met(
    start: Round, people: list[Membership]
) -> None:
    me, first, second, *others = people
    save(start, me, {first.pk: 3})
    save(start, me, {second.pk: 1})
    save(start, me, {first.pk: 4})
    assert own_answers(start, me) == {first.pk: 4, second.pk: 1}
    assert not has_finished(start, me)
    assert answers_of(start) == {}
    finish(start, me, {})
    expected = {first.pk: 4, second.pk: 1} | {other.pk: 0 for other in others}
    assert answers_of(start) == {me.pk: expected}
    assert has_finished(start, me)


def test_answers_change_until_the_close(start: Round, people: list[Membership]) -> None:
    me, other = people[:2]
    finish(start, me, {other.pk: 1})
    finish(start, me, {other.pk: 2}, at=START_CLOSED - timedelta(seconds=1))
    assert own_answers(start, me)[other.pk] == 2
    assert RoundReceipt.objects.count() == 1
    with pytest.raises(AnswerRefusedError) as refusal:
        finish(start, me, {other.pk: 3}, at=START_CLOSED)
    assert refusal.value.why == Refusal.CLOSED
    assert own_answers(start, me)[other.pk] == 2


@pytest.mark.parametrize("level", [-1, 5, 99])
def test_unknown_levels_are_refused(start: Round, people: list[Membership], level: int) -> None:
    with pytest.raises(WrongAnswersError):
        save(start, people[0], {people[1].pk: level})


def test_answers_about_oneself_and_strangers_are_refused(
    start: Round, people: list[Membership], facilitator: User
) -> None:
    stranger = Membership.objects.get(user=facilitator)
    for wrong in (people[0], stranger):
        with pytest.raises(WrongAnswersError):
            save(start, people[0], {wrong.pk: 1})
    assert own_answers(start, people[0]) == {}


def test_members_who_are_not_on_the_list_cannot_answer(
    start: Round, people: list[Membership], cohort: Cohort
) -> None:
    [late] = make_people(cohort, 1)
    people[0].leave(by=None, at=START_OPEN)
    for member in (late, people[0]):
        with pytest.raises(AnswerRefusedError) as refusal:
            save(start, member, {people[1].pk: 1})
        assert refusal.value.why == Refusal.LEFT


def test_leaving_the_list_deletes_answers_and_can_be_undone(
    start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    finish(start, me, {other.pk: 3})
    finish(start, other, {me.pk: 3})
    leave_list(one=start, membership=me, at=START_OPEN)
    leave_list(one=start, membership=me, at=START_OPEN)
    assert own_answers(start, me) == {}
    assert not has_finished(start, me)
    with pytest.raises(AnswerRefusedError) as refusal:
        save(start, me, {other.pk: 1})
    assert refusal.value.why == Refusal.LEFT_OFF
    return_to_list(one=start, membership=me, at=START_OPEN)
    save(start, me, {other.pk: 1})
    assert own_answers(start, other)[me.pk] == 3


def test_close_deletes_what_was_said_about_those_off_the_list(
    start: Round, people: list[Membership]
) -> None:
    me, other = people[:2]
    finish(start, other, {me.pk: 3})
    leave_list(one=start, membership=me, at=START_OPEN)
    assert closed(start, at=START_CLOSED).closed_at == START_CLOSED
    assert me.pk not in own_answers(start, other)
    for verb in (leave_list, return_to_list):
        with pytest.raises(AnswerRefusedError):
            verb(one=start, membership=me, at=START_CLOSED)


def test_round_is_closed_once_and_not_before_its_time(start: Round) -> None:
    assert close_due_rounds(at=START_CLOSED - timedelta(seconds=1)) == 0
    assert close_due_rounds(at=START_CLOSED) == 1
    assert close_due_rounds(at=START_CLOSED + timedelta(hours=1)) == 0
    start.refresh_from_db()
    assert start.closed_at == START_CLOSED


def everybody_says(one: Round, people: list[Membership], level: int, *, at: datetime) -> None:
    for member in people:
        others = {other.pk: level for other in people if other != member}
        finish(one, member, others, at=at)


def test_figures_are_stored_once_when_a_later_round_closes(
    rounds: Rounds, people: list[Membership], administrator: User
) -> None:
    start = opened(rounds[Occasion.START], at=START_OPEN)
    everybody_says(start, people, 1, at=START_OPEN)
    closed(start, at=START_CLOSED)
    assert not RoundFigures.objects.exists()
    end = opened(rounds[Occasion.END], at=END_OPEN)
    everybody_says(end, people, 3, at=END_OPEN)
    assert not RoundFigures.objects.exists()
    end = closed(end, at=END_CLOSED)
    stored = RoundFigures.objects.get()
    assert (stored.before, stored.after) == (start, end)
    assert stored.counts["panel"] == 12
    with pytest.raises(AnswerRefusedError):
        finish(end, people[0], {people[1].pk: 0}, at=END_CLOSED)
    erase(user=people[0].user, by=administrator, at=END_CLOSED)
    close_due_rounds(at=END_CLOSED + timedelta(days=1))
    assert RoundFigures.objects.get().counts == stored.counts


def test_third_round_is_compared_with_the_first(rounds: Rounds, people: list[Membership]) -> None:
    for occasion, opens, closes in (
        (Occasion.START, START_OPEN, START_CLOSED),
        (Occasion.END, END_OPENS, END_CLOSED),
        (Occasion.LATER, LATER_OPENS, LATER_CLOSED),
    ):
        one = opened(rounds[occasion], at=opens)
        everybody_says(one, people, 3, at=opens + timedelta(hours=1))
        closed(one, at=closes)
    pairs = RoundFigures.objects.order_by("pk").values_list("before__occasion", "after__occasion")
    assert list(pairs) == [("start", "end"), ("start", "later")]


def test_unfinished_answers_do_not_count_and_leavers_stay_on_the_list(
    rounds: Rounds, people: list[Membership]
) -> None:
    start = opened(rounds[Occasion.START], at=START_OPEN)
    everybody_says(start, people[:10], 1, at=START_OPEN)
    save(start, people[10], {people[0].pk: 4})
    people[11].leave(by=None, at=START_OPEN)
    closed(start, at=START_CLOSED)
    end = opened(rounds[Occasion.END], at=END_OPEN)
    everybody_says(end, people[:10], 1, at=END_OPEN)
    closed(end, at=END_CLOSED)
    counts = RoundFigures.objects.get().counts
    assert counts["rates"]["before"] == [10, 12]
    assert counts["panel"] == 10


def test_blobs_have_one_length_however_much_was_said(
    start: Round, people: list[Membership]
) -> None:
    me, *others = people
    save(start, me, {other.pk: 4 for other in others})
    [size] = {len(text) for text in AnswerBlob.objects.values_list("content", flat=True)}
    assert size == AnswerBlob.SIZE


def test_long_answers_make_all_blobs_of_the_round_longer(
    start: Round, people: list[Membership], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AnswerBlob, "SIZE", 32)
    me, *others = people
    save(start, me, {other.pk: 4 for other in others})
    [size] = {len(text) for text in AnswerBlob.objects.values_list("content", flat=True)}
    assert size > 32
    assert size % 32 == 0


def test_lost_key_is_reported_and_nothing_is_lost(
    start: Round,
    people: list[Membership],
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    me, other = people[:2]
    finish(start, me, {other.pk: 3})
    keys = settings.REFLECTION_KEYS
    lose_keys(settings)
    with pytest.raises(UnreadableAnswersError):
        save(start, me, {other.pk: 1})
    assert close_due_rounds(at=START_CLOSED) == 0
    assert "REFLECTION_KEYS" in caplog.text
    settings.REFLECTION_KEYS = keys
    assert close_due_rounds(at=START_CLOSED) == 1
    assert own_answers(start, me)[other.pk] == 3


def test_answers_are_deleted_30_days_after_the_last_round(
    rounds: Rounds, people: list[Membership]
) -> None:
    for occasion, opens, closes in (
        (Occasion.START, START_OPEN, START_CLOSED),
        (Occasion.END, END_OPENS, END_CLOSED),
        (Occasion.LATER, LATER_OPENS, LATER_CLOSED),
    ):
        one = opened(rounds[occasion], at=opens)
        finish(one, people[0], {people[1].pk: 3}, at=opens + timedelta(hours=1))
        closed(one, at=closes)
        assert delete_expired_answers(at=closes + timedelta(days=29)) == 0
    assert delete_expired_answers(at=LATER_CLOSED + timedelta(days=30) - timedelta(seconds=1)) == 0
    assert delete_expired_answers(at=LATER_CLOSED + timedelta(days=30)) == 36
    assert RoundReceipt.objects.count() == 3


def test_erased_persons_answers_go_from_everybodys(
    start: Round, people: list[Membership], administrator: User
) -> None:
    me, other, third = people[:3]
    finish(start, me, {other.pk: 3})
    finish(start, other, {me.pk: 3, third.pk: 2})
    erase(user=me.user, by=administrator, at=START_OPEN)
    assert not AnswerBlob.objects.filter(membership=me).exists()
    assert not RosterEntry.objects.filter(membership=me).exists()
    found = own_answers(start, other)
    assert me.pk not in found
    assert found[third.pk] == 2
    assert RoundReceipt.objects.filter(membership=me).exists()


def test_erasure_after_the_close_reaches_all_rounds(
    rounds: Rounds, people: list[Membership], administrator: User
) -> None:
    me, other = people[:2]
    start = opened(rounds[Occasion.START], at=START_OPEN)
    finish(start, other, {me.pk: 3})
    closed(start, at=START_CLOSED)
    end = opened(rounds[Occasion.END], at=END_OPEN)
    finish(end, other, {me.pk: 4}, at=END_OPEN)
    erase(user=me.user, by=administrator, at=END_OPEN)
    assert me.pk not in own_answers(start, other) | own_answers(end, other)


def test_leaver_who_came_before_the_round_is_not_listed(
    rounds: Rounds, people: list[Membership]
) -> None:
    people[0].leave(by=None, at=LONG_AGO + timedelta(days=2))
    start = opened(rounds[Occasion.START], at=START_OPEN)
    with pytest.raises(WrongAnswersError):
        save(start, people[1], {people[0].pk: 1})
