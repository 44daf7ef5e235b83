"""Concurrent changes by several administrators, each with their own database connection."""

from functools import partial

import pytest

from programmes.default_programme import get_or_create_default
from programmes.forms import NewProgrammeForm
from programmes.models import NAME_TAKEN, Programme, WorkshopPlan
from tests.concurrency import run_concurrently

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_concurrent_moves_are_all_applied() -> None:
    default_programme = get_or_create_default()
    plans = list(default_programme.plans.order_by("position"))
    for _ in range(5):
        run_concurrently([partial(plan.move, to=7 - plan.position) for plan in plans])
        after = list(default_programme.plans.order_by("position"))
        assert [plan.position for plan in after] == [1, 2, 3, 4, 5, 6]
        assert {plan.pk for plan in after} == {plan.pk for plan in plans}


def test_concurrent_changes_leave_no_gap_in_positions() -> None:
    default_programme = get_or_create_default()
    first, second, *_ = default_programme.plans.order_by("position")
    run_concurrently(
        [
            lambda: default_programme.add(WorkshopPlan(title="Seventh")),
            lambda: Programme.objects.get(pk=default_programme.pk).add(
                WorkshopPlan(title="Eighth")
            ),
            lambda: first.move(to=6),
            second.remove,
        ]
    )
    after = list(default_programme.plans.order_by("position"))
    assert [plan.position for plan in after] == list(range(1, 8))
    assert {"Seventh", "Eighth", first.title} < {plan.title for plan in after}
    assert second not in after


def test_concurrent_duplicates_create_one_copy() -> None:
    default_programme = get_or_create_default()
    copies = run_concurrently(
        [lambda: Programme.objects.get(pk=default_programme.pk).duplicate()] * 4
    )
    assert len(set(copies)) == 1
    assert Programme.objects.count() == 2


def test_concurrent_starts_create_one_programme() -> None:
    started = run_concurrently([get_or_create_default] * 4)
    assert len(set(started)) == 1
    assert (Programme.objects.count(), WorkshopPlan.objects.count()) == (1, 6)


def test_concurrent_use_of_a_name_creates_one_programme() -> None:
    def make() -> dict[str, list[str]]:
        form = NewProgrammeForm({"name": "Together", "workshops": "6"})
        if form.is_valid():
            form.try_save()
        return {name: [str(error) for error in errors] for name, errors in form.errors.items()}

    answers = run_concurrently([make] * 4)
    assert sorted(answers, key=len) == [{}, *[{"name": [str(NAME_TAKEN)]}] * 3]
    assert Programme.objects.get().plans.count() == 6
