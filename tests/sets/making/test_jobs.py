"""Sets are made by a worker: one at a time, again after a crash, and never over a newer request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as site_settings

from accounts.models import User
from cohorts.models import Cohort
from outbox.management.commands.send_due import tasks_of_turn
from sets.editing import set_pinned
from sets.making import jobs
from sets.models import Grouping, SetMembership
from tests.sets.conftest import LATER, MOMENT, Fill, MakeSets
from workshops.models import Attendance, Workshop


def members_of(grouping: Grouping) -> list[list[int]]:
    return [
        sorted(one.places.values_list("membership__user", flat=True))
        for one in grouping.sets.order_by("number")
    ]


def test_same_seed_gives_the_same_sets_and_another_gives_others(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(15)
    first, again, other = (
        members_of(make_sets(3, seed=seed, is_published=False)) for seed in (7, 7, 8)
    )
    assert first == again != other
    assert sorted(map(len, first)) == [5, 5, 5]


def test_sets_are_made_by_each_turn_of_the_loop_and_by_prompt_tasks(
    cohort: Cohort, facilitator: User, fill: Fill
) -> None:
    fill(8)
    draft = jobs.ask_for_sets(cohort, number_of_sets=2, seed=1, by=facilitator, at=MOMENT)
    assert draft.is_pending
    for task in tasks_of_turn(1):
        task()
    draft.refresh_from_db()
    assert (draft.is_draft, draft.progress, draft.sets.count()) == (True, 100, 2)
    name = "sets.tasks.make_pending_sets"
    assert name in site_settings.PROMPT_TASKS
    assert name in site_settings.MINUTELY_TASKS


def test_people_who_are_pinned_stay_when_sets_are_made_again(
    cohort: Cohort, fill: Fill, make_sets: MakeSets
) -> None:
    fill(12)
    draft = make_sets(3, is_published=False)
    place = draft.places.select_related("grouping", "set").first()
    assert place is not None
    set_pinned(place=place, is_pinned=True, seen=str(draft.version))
    again = make_sets(3, seed=99, is_published=False)
    now = again.places.select_related("set").get(membership=place.membership_id)
    assert (now.set.number, now.is_pinned) == (place.set.number, True)
    assert again.pk == draft.pk


def test_worker_that_was_stopped_is_replaced_and_can_store_nothing(
    cohort: Cohort, facilitator: User, fill: Fill
) -> None:
    fill(8)
    draft = jobs.ask_for_sets(cohort, number_of_sets=2, seed=1, by=facilitator, at=MOMENT)
    stopped = jobs.claim(MOMENT)
    assert stopped is not None
    assert jobs.claim(MOMENT + timedelta(seconds=1)) is None
    second = jobs.claim(MOMENT + jobs.LEASE)
    assert second is not None
    jobs.make(second, at=LATER)
    version = Grouping.objects.get(pk=draft.pk).version
    jobs.make(stopped, at=LATER)
    assert Grouping.objects.get(pk=draft.pk).version == version


def test_making_fails_in_the_end_if_every_worker_is_stopped(
    cohort: Cohort, facilitator: User, fill: Fill
) -> None:
    fill(8)
    draft = jobs.ask_for_sets(cohort, number_of_sets=2, seed=1, by=facilitator, at=MOMENT)
    for attempt in range(jobs.MOST_ATTEMPTS + 1):
        jobs.claim(MOMENT + attempt * jobs.LEASE)
    draft.refresh_from_db()
    assert draft.failed_at is not None


def test_sets_of_people_who_have_left_meanwhile_fail(
    cohort: Cohort, facilitator: User, fill: Fill, caplog: pytest.LogCaptureFixture
) -> None:
    members = fill(8)
    jobs.ask_for_sets(cohort, number_of_sets=2, seed=1, by=facilitator, at=MOMENT)
    members[0].leave(by=facilitator, at=LATER)
    jobs.make_pending()
    assert Grouping.objects.get().failed_at is not None
    assert "could not be made" in caplog.text


@pytest.mark.parametrize(("people", "number"), [(4, 1), (7, 1), (8, 1), (8, 3), (241, 60)])
def test_impossible_numbers_are_refused(
    cohort: Cohort, facilitator: User, fill: Fill, people: int, number: int
) -> None:
    fill(people)
    with pytest.raises(jobs.CannotMakeError):
        jobs.ask_for_sets(cohort, number_of_sets=number, seed=1, by=facilitator, at=MOMENT)
    assert not Grouping.objects.exists()


def test_two_hundred_people_get_sets(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(200, organisations=60)
    draft = make_sets(50, is_published=False)
    assert [one.places.count() for one in draft.sets.all()] == [4] * 50


def test_pinned_people_who_do_not_fit_are_refused(
    cohort: Cohort, facilitator: User, fill: Fill, make_sets: MakeSets
) -> None:
    fill(12)
    draft = make_sets(2, is_published=False)
    SetMembership.objects.filter(set__number=1).update(is_pinned=True)
    with pytest.raises(jobs.CannotMakeError, match="Unpin somebody first"):
        jobs.ask_for_sets(cohort, number_of_sets=3, seed=1, by=facilitator, at=LATER)
    draft.refresh_from_db()
    assert draft.is_draft


def test_tables_leave_out_people_who_sent_apologies_and_are_deleted_after_the_day(
    cohort: Cohort, facilitator: User, fill: Fill
) -> None:
    away, *members = fill(9)
    ends = MOMENT + timedelta(hours=3)
    workshop = Workshop.objects.create(
        cohort=cohort,
        position=1,
        title="Trust",
        purpose="To meet.",
        starts_at=MOMENT,
        ends_at=ends,
        scheduled_at=MOMENT,
    )
    Attendance.objects.create(
        workshop=workshop, membership=away, answer="apologies", answered_at=MOMENT
    )
    jobs.ask_for_tables(workshop, number_of_sets=2, seed=1, by=facilitator, at=MOMENT)
    jobs.make_pending()
    seated = SetMembership.objects.values_list("membership", flat=True)
    assert sorted(seated) == [member.pk for member in members]
    assert not Grouping.objects.published().exists()
    jobs.delete_old_tables(at=ends + timedelta(hours=23))
    assert Grouping.objects.count() == 1
    jobs.delete_old_tables(at=ends + timedelta(hours=25))
    assert not Grouping.objects.exists()
