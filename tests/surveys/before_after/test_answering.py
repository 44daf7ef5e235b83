"""Tests of answering waves, of the release of their answers, and of the results."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError

from cohorts.models import Cohort, Membership
from surveys.before_after.answering import AnswerRefusedError, Refusal, submit, submit_sights
from surveys.before_after.instrument import SIGHTS
from surveys.before_after.release import release_due_waves
from surveys.before_after.results import before_after_of
from surveys.models import (
    Colleague,
    Hope,
    Occasion,
    Pseudonym,
    Wave,
    WaveBox,
    WaveReceipt,
    WaveResponse,
)
from tests.concurrency import run_concurrently
from tests.surveys.before_after.conftest import (
    END_CLOSED,
    END_OPEN,
    LATER_CLOSED,
    START_OPEN,
    Answer,
    all_answered,
)
from tests.surveys.conftest import LONG_AGO, Join
from workshops.models import Workshop

MINUTE = timedelta(minutes=1)
START_CLOSES = datetime.fromisoformat("2027-02-04T09:30:00+00:00")
Waves = dict[str, Wave]


def refused(wave: Wave, member: Membership, at: datetime) -> Refusal:
    with pytest.raises(AnswerRefusedError) as refusal:
        submit(wave=wave, membership=member, answers=all_answered(3), at=at)
    return refusal.value.why


@pytest.mark.parametrize(
    ("occasion", "opens", "closes"),
    [
        (Occasion.START, "2027-01-07T09:00:00+00:00", "2027-02-04T09:30:00+00:00"),
        (Occasion.END, "2027-04-30T08:00:00+00:00", "2027-05-14T08:00:00+00:00"),
        (Occasion.LATER, "2027-10-28T08:00:00+00:00", "2027-11-18T08:00:00+00:00"),
        (Occasion.COLLEAGUES, "2027-04-30T08:00:00+00:00", "2027-05-14T08:00:00+00:00"),
    ],
)
def test_waves_open_and_close_by_the_workshops(
    waves: Waves, cohort: Cohort, occasion: str, opens: str, closes: str
) -> None:
    wave = before_after_of(cohort, LONG_AGO).waves[occasion]
    assert (wave.opens, wave.closes) == (
        datetime.fromisoformat(opens),
        datetime.fromisoformat(closes),
    )


def test_nothing_but_the_start_opens_while_a_workshop_has_no_date(
    waves: Waves, series: list[Workshop], cohort: Cohort
) -> None:
    Workshop.objects.filter(pk=series[3].pk).update(starts_at=None, ends_at=None, scheduled_at=None)
    states = before_after_of(cohort, LONG_AGO).waves.values()
    assert [one.opens is None for one in states] == [False, True, True, True]


def test_cancelled_workshops_do_not_count(
    waves: Waves, series: list[Workshop], cohort: Cohort
) -> None:
    Workshop.objects.filter(pk__in=(series[0].pk, series[5].pk)).update(cancelled_at=LONG_AGO)
    states = before_after_of(cohort, LONG_AGO).waves
    assert [state.opens for state in states.values() if state.opens][:2] == [
        datetime.fromisoformat("2027-01-28T09:00:00+00:00"),
        datetime.fromisoformat("2027-04-09T08:00:00+00:00"),
    ]


def test_answers_are_refused_before_and_after_a_wave_and_twice(waves: Waves, join: Join) -> None:
    start, [member] = waves[Occasion.START], join(1)
    assert refused(start, member, LONG_AGO) == Refusal.NOT_OPEN
    assert refused(start, member, START_CLOSES) == Refusal.CLOSED
    submit(wave=start, membership=member, answers=all_answered(3), at=START_CLOSES - MINUTE)
    assert refused(start, member, START_CLOSES - MINUTE) == Refusal.ANSWERED


def test_first_answer_fixes_the_closing_time(
    waves: Waves, series: list[Workshop], join: Join, answer: Answer
) -> None:
    members = join(2)
    answer(members[0], Occasion.START, all_answered(3))
    later = timedelta(weeks=1)
    second = series[1]
    assert second.starts_at is not None
    assert second.ends_at is not None
    Workshop.objects.filter(pk=second.pk).update(
        starts_at=second.starts_at + later, ends_at=second.ends_at + later
    )
    assert refused(waves[Occasion.START], members[1], START_CLOSES) == Refusal.CLOSED


@pytest.mark.parametrize("answers", [{"authority_act": 6}, {"unknown": 3}, {"hope": 3}])
def test_answers_that_fit_no_question_are_refused(
    waves: Waves, join: Join, answers: dict[str, object]
) -> None:
    [member] = join(1)
    with pytest.raises(ValidationError):
        submit(wave=waves[Occasion.START], membership=member, answers=answers, at=START_OPEN)
    assert WaveReceipt.objects.count() == 0


def test_hope_is_stored_for_its_writer_alone_and_apart_from_the_answers(
    waves: Waves, join: Join, cohort: Cohort
) -> None:
    [member] = join(1)
    told = all_answered(3) | {"hope": "That one meeting changes."}
    submit(wave=waves[Occasion.START], membership=member, answers=told, at=START_OPEN)
    hope = Hope.objects.get()
    assert (hope.author, hope.cohort, hope.text) == (
        member.user,
        cohort,
        "That one meeting changes.",
    )
    release_due_waves(at=START_CLOSES)
    assert WaveResponse.objects.get().answers == all_answered(3)


def test_release_links_waves_by_pseudonym_and_shows_the_change(
    waves: Waves, join: Join, cohort: Cohort, answer: Answer
) -> None:
    members = join(6)
    for member in members:
        answer(member, Occasion.START, all_answered(2))
    assert release_due_waves(at=START_CLOSES - MINUTE) == 0
    assert release_due_waves(at=START_CLOSES) == 1
    for member in members[1:]:
        answer(member, Occasion.END, all_answered(3))
    pending = before_after_of(cohort, END_CLOSED)
    assert (pending.has_results, {one.change.is_shown for one in pending.at_the_end}) == (
        False,
        {False},
    )
    assert release_due_waves(at=END_CLOSED) == 1
    found = before_after_of(cohort, END_CLOSED)
    assert found.has_results
    assert [(one.change.people, one.change.mean) for one in found.at_the_end] == [(5, 1.0)] * 4
    assert {one.change.is_shown for one in found.later} == {False}
    assert (found.waves[Occasion.START].received, found.waves[Occasion.END].received) == (6, 5)
    values = {UUID(one.value) for one in Pseudonym.objects.all()}
    assert {one.pseudonym for one in WaveResponse.objects.all()} == values
    assert WaveBox.objects.count() == 2


def test_results_stay_when_pseudonyms_are_destroyed(
    waves: Waves, join: Join, cohort: Cohort, answer: Answer
) -> None:
    members = join(5)
    for occasion, value in ((Occasion.START, 2), (Occasion.LATER, 4)):
        for member in members:
            answer(member, occasion, all_answered(value))
    release_due_waves(at=LATER_CLOSED)
    before = before_after_of(cohort, LATER_CLOSED)
    Pseudonym.objects.all().delete()
    after = before_after_of(cohort, LATER_CLOSED)
    assert after.later == before.later
    assert {one.change.mean for one in after.later} == {2.0}


def test_colleagues_answer_once_and_show_from_five(
    waves: Waves, join: Join, cohort: Cohort
) -> None:
    wave = waves[Occasion.COLLEAGUES]
    people = [
        Colleague.objects.create(membership=member, name="Chris", email="chris@example.org")
        for member in join(5)
    ]
    sights = dict.fromkeys(SIGHTS, 4)
    for person in people:
        submit_sights(wave=wave, colleague=person, answers=sights, at=END_OPEN)
        with pytest.raises(AnswerRefusedError):
            submit_sights(wave=wave, colleague=person, answers=sights, at=END_OPEN)
    release_due_waves(at=END_CLOSED)
    assert before_after_of(cohort, END_CLOSED).colleagues.mean == 1.0
    assert {one.pseudonym for one in WaveResponse.objects.all()} == {None}
    WaveResponse.objects.all()[:1].get().delete()
    assert not before_after_of(cohort, END_CLOSED).colleagues.is_shown


def test_colleagues_answers_must_fit(waves: Waves, join: Join) -> None:
    [member] = join(1)
    person = Colleague.objects.create(membership=member, name="Chris", email="c@example.org")
    for wrong in ({"sight_starts": 6}, {"other": 3}):
        with pytest.raises(ValueError, match="not answers"):
            submit_sights(
                wave=waves[Occasion.COLLEAGUES], colleague=person, answers=wrong, at=END_OPEN
            )


def test_off_makes_no_query_and_on_two(
    cohort: Cohort, waves: Waves, django_assert_num_queries: object
) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        assert before_after_of(cohort, LONG_AGO).is_on
    cohort.uses_before_after = False
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert not before_after_of(cohort, LONG_AGO).is_on


@pytest.mark.django_db(transaction=True)
def test_concurrent_submits_are_all_saved(waves: Waves, join: Join) -> None:
    members = join(6)
    start = waves[Occasion.START]

    def submit_answer(member: Membership) -> None:
        submit(wave=start, membership=member, answers=all_answered(3), at=START_OPEN)

    assert run_concurrently([partial(submit_answer, one) for one in members]) == [None] * 6
    assert len(WaveBox.objects.get(wave=start).read()) == 6
    assert set(WaveReceipt.objects.values_list("membership", flat=True)) == {
        member.pk for member in members
    }


@pytest.mark.django_db(transaction=True)
def test_concurrent_submits_by_one_member_count_once(waves: Waves, join: Join) -> None:
    [member] = join(1)
    start = waves[Occasion.START]

    def submit_answer() -> None:
        submit(wave=start, membership=member, answers=all_answered(3), at=START_OPEN)

    outcomes = run_concurrently([submit_answer] * 3, refused=AnswerRefusedError)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert {type(error) for error in refused} == {AnswerRefusedError}
    assert len(refused) == 2
    assert len(WaveBox.objects.get(wave=start).read()) == WaveReceipt.objects.count() == 1
