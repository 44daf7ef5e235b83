"""Tests of what participants do: take part, stop and answer."""

from __future__ import annotations

from functools import partial

import pytest

from accounts.models import User
from cohorts.models import Cohort
from outbox.models import OptOut
from sets.introductions.making import make_due_rounds
from sets.introductions.taking_part import AnswerRefusedError, answer, stop, take_part
from sets.models import ChangeWish, Introducee, Introduction, IntroductionOptIn
from tests.concurrency import run_concurrently
from tests.sets.conftest import Fill
from tests.sets.introductions.conftest import (
    A_DAY,
    MARCH,
    MARCH_ENDS,
    Meet,
    introduce,
    introducee,
)

pytestmark = pytest.mark.django_db
SOON = MARCH + A_DAY


def test_taking_part_stores_the_wish_and_takes_back_an_opt_out(fill: Fill) -> None:
    [member] = fill(1)
    OptOut.objects.create(person=member.user, kind="introduction", at=MARCH)
    take_part(membership=member, wish="Fewer forms.", at=MARCH)
    take_part(membership=member, wish="No forms.", at=SOON)
    assert IntroductionOptIn.objects.taking_part().get().membership == member
    assert ChangeWish.objects.get().text == "No forms."
    assert OptOut.objects.count() == 0


def test_all_must_say_yes(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    assert answer(introducee=introducee(one), says="yes", at=SOON).introduced_at is None
    assert answer(introducee=introducee(other), says="yes", at=SOON).introduced_at == SOON
    assert Introducee.objects.introduced().count() == 2


def test_answer_can_be_changed_until_introduced(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    for says in ("yes", "not-now"):
        answer(introducee=introducee(one), says=says, at=SOON)
    assert answer(introducee=introducee(other), says="yes", at=SOON).introduced_at is None
    answer(introducee=introducee(one), says="yes", at=SOON)
    with pytest.raises(AnswerRefusedError):
        answer(introducee=introducee(one), says="not-now", at=SOON)
    assert introducee(one).said_yes


def test_two_of_three_who_say_yes_are_introduced_at_the_end(cohort: Cohort, meet: Meet) -> None:
    one, other, third = meet(3)
    introduce(cohort)
    for member in (one, other):
        answer(introducee=introducee(member), says="yes", at=SOON)
    answer(introducee=introducee(third), says="not-now", at=SOON)
    assert Introduction.objects.get().is_pending
    make_due_rounds(at=MARCH_ENDS)
    assert Introduction.objects.get().introduced_at == MARCH_ENDS
    met = Introducee.objects.introduced().values_list("membership", flat=True)
    assert set(met) == {one.pk, other.pk}
    assert introducee(third).answer == ""


def test_somebody_who_left_is_not_introduced(cohort: Cohort, meet: Meet) -> None:
    one, other, third = meet(3)
    introduce(cohort)
    answer(introducee=introducee(third), says="yes", at=SOON)
    third.leave(by=None, at=SOON)
    with pytest.raises(AnswerRefusedError):
        answer(introducee=introducee(third), says="yes", at=SOON)
    for member in (one, other):
        answer(introducee=introducee(member), says="yes", at=SOON)
    met = Introducee.objects.introduced().values_list("membership", flat=True)
    assert set(met) == {one.pk, other.pk}


def test_no_answer_if_the_only_other_person_has_left(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    other.leave(by=None, at=SOON)
    with pytest.raises(AnswerRefusedError):
        answer(introducee=introducee(one), says="yes", at=SOON)


@pytest.mark.parametrize("change", ["late", "off", "archived"])
def test_no_answer_when_it_is_over(
    cohort: Cohort, meet: Meet, facilitator: User, change: str
) -> None:
    one, _other = meet(2)
    introduce(cohort)
    if change == "off":
        Cohort.objects.update(uses_introductions=False)
    if change == "archived":
        cohort.archive(by=facilitator, at=SOON)
    with pytest.raises(AnswerRefusedError):
        answer(introducee=introducee(one), says="yes", at=MARCH_ENDS if change == "late" else SOON)


def test_stopping_withdraws_a_yes_that_waits(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    answer(introducee=introducee(one), says="yes", at=SOON)
    stop(membership=one, at=SOON)
    stop(membership=one, at=SOON)
    assert not IntroductionOptIn.objects.filter(membership=one).exists()
    assert answer(introducee=introducee(other), says="yes", at=SOON).introduced_at is None


def test_stopping_leaves_past_introductions(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    for member in (one, other):
        answer(introducee=introducee(member), says="yes", at=SOON)
    stop(membership=one, at=SOON + A_DAY)
    assert Introducee.objects.introduced().count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_say_yes_concurrently_are_introduced(cohort: Cohort, meet: Meet) -> None:
    people = [introducee(member) for member in meet(2) if introduce_once(cohort)]
    run_concurrently([partial(answer, introducee=one, says="yes", at=SOON) for one in people])
    assert Introduction.objects.get().introduced_at == SOON


def introduce_once(cohort: Cohort) -> bool:
    if not cohort.introduction_rounds.exists():
        introduce(cohort)
    return True
