"""Tests of the making of each month's introductions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations

import pytest

from accounts.models import User
from cohorts.models import Cohort, Membership, Organisation
from outbox.models import OptOut
from sets.introductions.making import make_due_rounds, make_round
from sets.introductions.taking_part import answer, stop
from sets.models import Introducee, Introduction, IntroductionOptIn, IntroductionRound, KeepApart
from sets.notes import wish_of
from tests.concurrency import run_concurrently
from tests.sets.conftest import Fill
from tests.sets.introductions.conftest import (
    A_DAY,
    APRIL,
    FIRST,
    MARCH,
    MARCH_ENDS,
    Meet,
    introduce,
    introducee,
)
from workshops.models import Workshop

pytestmark = pytest.mark.django_db


def sizes(made: IntroductionRound) -> list[int]:
    return sorted(one.introducees.count() for one in made.introductions.all())


def met_in(made: IntroductionRound) -> set[frozenset[int]]:
    return {
        frozenset(pair)
        for one in made.introductions.all()
        for pair in combinations(one.introducees.values_list("membership__user", flat=True), 2)
    }


def say_yes(made: IntroductionRound, *, at: datetime = MARCH + A_DAY) -> None:
    for one in made.introducees.select_related("membership").exclude(introduction=None):
        answer(introducee=one, says=Introducee.Answer.YES, at=at)


def test_everybody_who_takes_part_is_paired_once_a_month(cohort: Cohort, meet: Meet) -> None:
    meet(7)
    make_due_rounds(at=MARCH - timedelta(seconds=1))
    assert IntroductionRound.objects.count() == 0
    for minute in range(3):
        make_due_rounds(at=MARCH + timedelta(minutes=minute))
    made = IntroductionRound.objects.get()
    assert (made.month, sizes(made)) == (date(2027, 3, 1), [2, 2, 3])
    assert made.introducees.count() == 7
    make_due_rounds(at=APRIL)
    assert IntroductionRound.objects.count() == 2


def test_people_of_one_organisation_do_not_meet(
    cohort: Cohort, meet: Meet, council: Organisation
) -> None:
    members = meet(8)
    for member in members[:4]:
        member.organisation = council
        member.save()
    made = introduce(cohort)
    same = {frozenset(pair) for pair in combinations([one.user_id for one in members[:4]], 2)}
    assert not same & met_in(made)


def test_nobody_is_introduced_to_the_same_person_twice(cohort: Cohort, meet: Meet) -> None:
    meet(4)
    months = [introduce(cohort, MARCH + timedelta(days=31 * month)) for month in range(3)]
    for number, made in enumerate(months):
        say_yes(made, at=MARCH + timedelta(days=31 * number + 1))
    met = [pair for made in months for pair in met_in(made)]
    assert len(met) == len(set(met)) == 6
    last = introduce(cohort, MARCH + timedelta(days=31 * 3))
    assert list(last.introductions.all()) == []
    assert last.introducees.count() == 4  # they are told that there is nobody


def test_introduction_that_did_not_come_about_is_repeated_only_if_nobody_else_is_left(
    cohort: Cohort, meet: Meet
) -> None:
    meet(4)
    months = [introduce(cohort, MARCH + timedelta(days=31 * month)) for month in range(4)]
    assert len(met_in(months[0]) | met_in(months[1]) | met_in(months[2])) == 6
    assert len(met_in(months[3])) == 2


def test_pairs_kept_apart_never_meet(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    KeepApart.objects.create(cohort=cohort, first=one, second=other, made_at=FIRST)
    made = introduce(cohort)
    assert list(made.introductions.all()) == []
    assert made.introducees.count() == 2


def test_person_who_comes_back_is_paired_again_and_with_nobody_twice(
    cohort: Cohort, meet: Meet
) -> None:
    one, other = meet(2)
    say_yes(introduce(cohort))
    one.leave(by=None, at=MARCH + A_DAY)
    again = Membership.objects.create(cohort=cohort, user=one.user, joined_at=MARCH + 2 * A_DAY)
    [third] = meet(1)
    make_due_rounds(at=APRIL)
    found = introducee(again)
    assert found.round.month == date(2027, 4, 1)
    assert found.introduction == introducee(third).introduction or (
        found.introduction is None and introducee(other).introduction is not None
    )
    together = set(found.introduction.introducees.all()) if found.introduction else set()
    assert introducee(other) not in together
    assert wish_of(again) == f"Fewer forms for {one.user.name}."
    # Once they have stopped, coming back once more does not bring them in.
    stop(membership=again, at=APRIL)
    again.leave(by=None, at=APRIL)
    once_more = Membership.objects.create(cohort=cohort, user=one.user, joined_at=APRIL + A_DAY)
    make_due_rounds(at=APRIL + 2 * A_DAY)
    assert not IntroductionOptIn.objects.filter(membership=once_more).exists()


def test_only_those_who_can_and_want_to_be_asked_take_part(
    cohort: Cohort, meet: Meet, fill: Fill, facilitator: User
) -> None:
    here, left, stopped, without_address, opted_out, inactive, other = meet(7)
    fill(2)  # never asked to be introduced
    left.leave(by=None, at=MARCH - A_DAY)
    stop(membership=stopped, at=MARCH - A_DAY)
    User.objects.filter(pk=without_address.user_id).update(email="")
    OptOut.objects.create(person=opted_out.user, kind="introduction", at=MARCH - A_DAY)
    User.objects.filter(pk=inactive.user_id).update(is_active=False)
    made = introduce(cohort)
    assert met_in(made) == {frozenset((here.user_id, other.user_id))}
    assert made.introducees.count() == 2


def test_one_person_alone_is_stored_to_be_told(cohort: Cohort, meet: Meet) -> None:
    [member] = meet(1)
    introduce(cohort)
    assert introducee(member).introduction is None


def test_cohort_that_does_not_use_introductions_or_is_archived_has_none(
    cohort: Cohort, meet: Meet, facilitator: User
) -> None:
    meet(4)
    Cohort.objects.update(uses_introductions=False)
    make_due_rounds(at=MARCH)
    assert make_round(cohort=cohort, month=date(2027, 3, 1), at=MARCH) is None
    Cohort.objects.update(uses_introductions=True)
    cohort.archive(by=facilitator, at=MARCH)
    make_due_rounds(at=MARCH)
    assert IntroductionRound.objects.count() == 0


def test_months_gone_by_are_not_made_up(cohort: Cohort, meet: Meet) -> None:
    meet(4)
    make_due_rounds(at=MARCH + timedelta(days=8))
    assert IntroductionRound.objects.count() == 0


def test_round_is_made_even_if_nobody_takes_part_yet(cohort: Cohort, meet: Meet) -> None:
    """Somebody who asks the day after waits for the next month, and isn't told they are alone."""
    meet(0)
    make_due_rounds(at=MARCH)
    meet(2)
    make_due_rounds(at=MARCH + A_DAY)
    assert Introducee.objects.count() == 0


def test_introductions_end_after_two_weeks(cohort: Cohort, meet: Meet) -> None:
    one, _other = meet(2)
    introduce(cohort)
    answer(introducee=introducee(one), says="yes", at=MARCH + A_DAY)
    make_due_rounds(at=MARCH_ENDS - timedelta(seconds=1))
    assert Introduction.objects.get().is_pending
    make_due_rounds(at=MARCH_ENDS)
    found = Introduction.objects.get()
    assert (found.introduced_at, found.ended_at) == (None, MARCH_ENDS)


def test_past_answers_say_nothing_of_who_said_no(cohort: Cohort, meet: Meet) -> None:
    one, other = meet(2)
    introduce(cohort)
    answer(introducee=introducee(one), says="not-now", at=MARCH + A_DAY)
    make_due_rounds(at=MARCH_ENDS)
    assert introducee(one).answer == introducee(other).answer == ""


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_concurrent_runs_make_one_round(cohort: Cohort, meet: Meet, series: list[Workshop]) -> None:
    meet(9)
    run_concurrently([lambda: make_due_rounds(at=MARCH)] * 4)
    made = IntroductionRound.objects.get()
    assert sizes(made) == [2, 2, 2, 3]
    assert made.introducees.count() == 9
