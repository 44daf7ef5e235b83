"""Tests of when rounds are planned, open and close, and of whom they ask."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from cohorts.models import Cohort, Membership
from programmes.models import Programme
from relationships.models import AnswerBlob, Occasion, RosterEntry, Round
from relationships.opening import (
    NotOpenedError,
    Obstacle,
    closing_by_hand,
    open_due_rounds,
    open_round,
)
from relationships.planning import plan_rounds, plan_rounds_of
from relationships.tasks import turn_rounds
from relationships.timing import timed, with_times
from tests.relationships.conftest import (
    END_CLOSED,
    END_OPEN,
    END_OPENS,
    LATER_CLOSED,
    LATER_OPENS,
    START_CLOSED,
    START_OPEN,
    START_OPENS,
    Rounds,
    closed,
    make_people,
    opened,
)
from tests.surveys.conftest import LONG_AGO, make_workshop
from workshops.models import Workshop
from workshops.planning.scheduling import create_cohort

SECOND = timedelta(seconds=1)


def test_times_follow_the_workshops(rounds: Rounds) -> None:
    found = {one.occasion: (one.opens, one.closes) for one in with_times(Round.objects.all())}
    assert found == {
        Occasion.START: (START_OPENS, START_CLOSED),
        Occasion.END: (END_OPENS, END_CLOSED),
        Occasion.LATER: (LATER_OPENS, LATER_CLOSED),
    }


def test_nothing_has_a_time_without_workshops(cohort: Cohort) -> None:
    plan_rounds_of(cohort, at=LONG_AGO)
    assert set(with_times(Round.objects.all()).values_list("opens", "closes")) == {(None, None)}


def test_later_rounds_wait_until_every_workshop_has_a_date(rounds: Rounds, cohort: Cohort) -> None:
    make_workshop(cohort, 7, starts_at=None, ends_at=None, scheduled_at=None)
    assert timed(rounds[Occasion.START]).opens == START_OPENS
    assert timed(rounds[Occasion.END]).opens is None


def test_round_opens_by_itself_once(rounds: Rounds, people: list[Membership]) -> None:
    start = rounds[Occasion.START]
    assert not opened(start, at=START_OPENS - SECOND).is_opened
    assert opened(start, at=START_OPENS).opened_at == START_OPENS
    again = opened(start, at=START_OPEN)
    assert (again.opened_at, again.closing_at) == (START_OPENS, START_CLOSED)
    assert again.opened_by is None
    assert RosterEntry.objects.filter(round=start).count() == 12
    assert AnswerBlob.objects.filter(round=start).count() == 12


def test_open_round_keeps_its_times_when_a_workshop_moves(
    start: Round, series: list[Workshop]
) -> None:
    Workshop.objects.filter(pk=series[0].pk).update(
        starts_at=series[0].starts_at + timedelta(days=3),  # type: ignore[operator]
        ends_at=series[0].ends_at + timedelta(days=3),  # type: ignore[operator]
    )
    assert timed(start).closes == START_CLOSED


def test_second_and_third_round_open_after_the_first(
    rounds: Rounds, people: list[Membership]
) -> None:
    opened(rounds[Occasion.START], at=START_OPENS)
    closed(rounds[Occasion.START], at=START_CLOSED)
    assert opened(rounds[Occasion.END], at=END_OPENS).closing_at == END_CLOSED
    closed(rounds[Occasion.END], at=END_CLOSED)
    assert opened(rounds[Occasion.LATER], at=LATER_OPENS).closing_at == LATER_CLOSED


def test_round_without_a_first_one_does_not_open(
    rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    assert not opened(rounds[Occasion.END], at=END_OPENS).is_opened
    with pytest.raises(NotOpenedError) as refusal:
        open_round(rounds[Occasion.END], by=facilitator, at=END_OPENS)
    assert refusal.value.why == Obstacle.NO_START


def test_facilitator_opens_a_round_early_and_twice(
    rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    early = START_OPENS - timedelta(days=2)
    one = open_round(rounds[Occasion.START], by=facilitator, at=early)
    assert (one.opened_at, one.opened_by, one.closing_at) == (early, facilitator, START_CLOSED)
    again = open_round(rounds[Occasion.START], by=facilitator, at=START_OPEN)
    assert again.opened_at == early
    assert opened(rounds[Occasion.START], at=START_OPENS).opened_at == early
    assert RosterEntry.objects.count() == 12


def test_round_opened_by_hand_after_its_workshop_is_open_for_two_weeks(
    rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    one = open_round(rounds[Occasion.START], by=facilitator, at=START_CLOSED)
    assert one.closing_at is not None
    assert START_CLOSED + timedelta(days=14) <= one.closing_at


@pytest.mark.parametrize(
    ("opened_at", "closes_at"),
    [
        (datetime(2027, 3, 1, 9, 0, tzinfo=UTC), datetime(2027, 3, 15, 9, 0, tzinfo=UTC)),
        (datetime(2027, 3, 1, 9, 0, 1, tzinfo=UTC), datetime(2027, 3, 16, 9, 0, tzinfo=UTC)),
        (datetime(2027, 3, 1, 0, 7, tzinfo=UTC), datetime(2027, 3, 15, 9, 0, tzinfo=UTC)),
        # The clocks go forward on 28 March: 9am is 8am in UTC.
        (datetime(2027, 3, 18, 16, 37, tzinfo=UTC), datetime(2027, 4, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_round_opened_by_hand_closes_at_nine_in_the_morning(
    rounds: Rounds, opened_at: datetime, closes_at: datetime
) -> None:
    assert closing_by_hand(timed(rounds[Occasion.END]), opened_at) == closes_at


def test_two_rounds_are_never_open_together(
    start: Round, rounds: Rounds, facilitator: User
) -> None:
    with pytest.raises(NotOpenedError) as refusal:
        open_round(rounds[Occasion.END], by=facilitator, at=START_OPEN)
    assert refusal.value.why == Obstacle.ANOTHER_OPEN


def test_roster_of_four_does_not_open_until_a_fifth_joins(
    rounds: Rounds, cohort: Cohort, facilitator: User
) -> None:
    make_people(cohort, 4)
    with pytest.raises(NotOpenedError) as refusal:
        open_round(rounds[Occasion.START], by=facilitator, at=START_OPEN)
    assert refusal.value.why == Obstacle.TOO_FEW
    assert not opened(rounds[Occasion.START], at=START_OPENS).is_opened
    make_people(cohort, 1)
    assert opened(rounds[Occasion.START], at=START_OPEN).opened_at == START_OPEN


def test_late_joiner_is_added_until_the_round_closes(start: Round, cohort: Cohort) -> None:
    [late] = make_people(cohort, 1)
    open_due_rounds(at=START_OPEN)
    assert RosterEntry.objects.filter(round=start, membership=late).exists()
    assert AnswerBlob.objects.filter(round=start).count() == 13
    [too_late] = make_people(cohort, 1)
    open_due_rounds(at=START_CLOSED)
    assert not RosterEntry.objects.filter(membership=too_late).exists()


def test_facilitators_and_former_members_are_not_asked(
    rounds: Rounds, people: list[Membership], facilitator: User
) -> None:
    people[0].leave(by=None, at=LONG_AGO + timedelta(days=1))
    opened(rounds[Occasion.START], at=START_OPENS)
    asked = set(RosterEntry.objects.values_list("membership", flat=True))
    assert asked == {one.pk for one in people[1:]}


def test_new_cohort_has_rounds_if_it_uses_them(programme: Programme, administrator: User) -> None:
    for uses in (True, False):
        Programme.objects.update(uses_relationships=uses)
        programme.refresh_from_db()
        made = create_cohort(
            programme=programme,
            name=f"Uses them: {uses}",
            place="Here",
            time_zone="Europe/London",
            capacity=20,
            facilitators=[administrator],
            by=administrator,
            at=timezone.now(),
        )
        assert Round.objects.filter(cohort=made).exists() is uses


def test_nothing_opens_for_the_past_when_switched_on(
    cohort: Cohort, series: list[Workshop], people: list[Membership]
) -> None:
    cohort.uses_relationships = False
    cohort.save()
    plan_rounds(at=LONG_AGO)
    assert not Round.objects.exists()
    cohort.uses_relationships = True
    cohort.save()
    plan_rounds(at=END_OPEN)
    open_due_rounds(at=END_OPEN + timedelta(minutes=1))
    open_due_rounds(at=LATER_OPENS)
    assert not Round.objects.opened().exists()


def test_nothing_opens_for_workshops_while_it_was_off(
    rounds: Rounds, cohort: Cohort, people: list[Membership]
) -> None:
    opened(rounds[Occasion.START], at=START_OPENS)
    closed(rounds[Occasion.START], at=START_CLOSED)
    cohort.uses_relationships = False
    cohort.save()
    plan_rounds(at=END_OPEN)
    open_due_rounds(at=END_OPEN)
    cohort.uses_relationships = True
    cohort.save()
    assert not opened(rounds[Occasion.END], at=END_OPEN + timedelta(minutes=1)).is_opened


def test_archived_cohort_opens_nothing(
    rounds: Rounds, cohort: Cohort, people: list[Membership], facilitator: User
) -> None:
    cohort.archive(by=facilitator, at=LONG_AGO)
    assert not opened(rounds[Occasion.START], at=START_OPENS).is_opened


def test_cohort_planned_in_the_last_week_is_asked_before_its_first_workshop(
    cohort: Cohort, series: list[Workshop], people: list[Membership]
) -> None:
    plan_rounds(at=START_OPEN)
    open_due_rounds(at=START_OPEN)
    assert Round.objects.opened().get().closing_at == START_CLOSED


def test_database_refuses_a_second_round_and_impossible_times(rounds: Rounds) -> None:
    start = rounds[Occasion.START]
    with pytest.raises(IntegrityError), transaction.atomic():
        Round.objects.create(cohort=start.cohort, occasion=Occasion.START)
    for wrong in (
        {"opened_at": START_OPEN},
        {"opened_at": START_OPEN, "closing_at": START_OPENS},
        {"closed_at": START_OPEN},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Round.objects.filter(pk=start.pk).update(**wrong)


def test_task_can_run_on_an_empty_site(db: None) -> None:
    turn_rounds()
