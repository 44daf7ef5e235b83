"""Several administrators press at the same moment, each on a connection of their own."""

from functools import partial

import pytest

from programmes.default_programme import load_shipped
from programmes.forms import NewProgrammeForm
from programmes.models import NAME_TAKEN, Programme, WorkshopPlan
from tests.concurrency import at_once

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_moves_at_once_all_happen_and_lose_nothing() -> None:
    shipped = load_shipped()
    plans = list(shipped.plans.order_by("position"))
    for _ in range(5):
        at_once([partial(plan.move, to=7 - plan.position) for plan in plans])
        after = list(shipped.plans.order_by("position"))
        assert [plan.position for plan in after] == [1, 2, 3, 4, 5, 6]
        assert {plan.pk for plan in after} == {plan.pk for plan in plans}


def test_added_moved_and_removed_at_once_leave_no_gap() -> None:
    shipped = load_shipped()
    first, second, *_ = shipped.plans.order_by("position")
    at_once(
        [
            lambda: shipped.add(WorkshopPlan(title="Seventh")),
            lambda: Programme.objects.get(pk=shipped.pk).add(WorkshopPlan(title="Eighth")),
            lambda: first.move(to=6),
            second.remove,
        ]
    )
    after = list(shipped.plans.order_by("position"))
    assert [plan.position for plan in after] == list(range(1, 8))
    assert {"Seventh", "Eighth", first.title} < {plan.title for plan in after}
    assert second not in after


def test_duplicate_at_once_makes_one_copy() -> None:
    shipped = load_shipped()
    copies = at_once([lambda: Programme.objects.get(pk=shipped.pk).duplicate()] * 4)
    assert len(set(copies)) == 1
    assert Programme.objects.count() == 2


def test_start_at_once_makes_one_programme() -> None:
    started = at_once([load_shipped] * 4)
    assert len(set(started)) == 1
    assert (Programme.objects.count(), WorkshopPlan.objects.count()) == (1, 6)


def test_one_name_at_once_is_one_programme_and_sentences_for_the_others() -> None:
    def make() -> dict[str, list[str]]:
        form = NewProgrammeForm({"name": "Together", "workshops": "6"})
        if form.is_valid():
            form.keep()
        return {name: [str(error) for error in errors] for name, errors in form.errors.items()}

    answers = at_once([make] * 4)
    assert sorted(answers, key=len) == [{}, *[{"name": [NAME_TAKEN]}] * 3]
    assert Programme.objects.get().plans.count() == 6
