from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from programmes.models import NAME_LENGTH, NAME_TAKEN, Programme, WorkshopPlan
from tests.queries import CapturedQueries

AT = datetime(2027, 3, 18, 9, 30, tzinfo=UTC)


def titles(programme: Programme) -> list[str]:
    plans = list(programme.plans.order_by("position"))
    assert [plan.position for plan in plans] == list(range(1, len(plans) + 1))
    return [plan.title for plan in plans]


def programme_of(*names: str) -> Programme:
    programme: Programme = Programme.objects.create(name="Moving")
    programme.add(*(WorkshopPlan(title=name) for name in names))
    return programme


def plan_called(title: str) -> WorkshopPlan:
    return WorkshopPlan.objects.get(title=title)


# Names of programmes


@pytest.mark.parametrize("name", ["Leading Change Together", " leading  CHANGE together"])
def test_name_is_unique_in_every_spelling(programme: Programme, name: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        Programme(name=name).full_clean()
    assert wrong.value.message_dict == {"name": [str(NAME_TAKEN)]}


def test_name_is_unique_ignoring_case_beyond_ascii(db: None) -> None:
    Programme.objects.create(name="École d’été")
    with pytest.raises(ValidationError) as wrong:
        Programme(name="ÉCOLE D’ÉTÉ").full_clean()
    assert wrong.value.message_dict == {"name": [str(NAME_TAKEN)]}


def test_database_refuses_the_same_name_in_another_case(programme: Programme) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.create(name="LEADING Change Together")


def test_name_of_a_retired_programme_can_be_reused(
    programme: Programme, administrator: User
) -> None:
    programme.retire(by=administrator, at=AT)
    Programme(name=programme.name).full_clean()


def test_name_is_saved_on_one_line_with_single_spaces(db: None) -> None:
    programme = Programme(name="  Leading \t Change ")
    programme.full_clean()
    assert programme.name == "Leading Change"


# Retiring and restoring a programme


def test_second_retire_does_not_change_user_and_time(
    programme: Programme, administrator: User, outsider: User
) -> None:
    programme.retire(by=administrator, at=AT)
    programme.retire(by=outsider, at=datetime(2028, 1, 1, tzinfo=UTC))
    programme.refresh_from_db()
    assert (programme.is_retired, programme.retired_at, programme.retired_by) == (
        True,
        AT,
        administrator,
    )
    assert list(Programme.objects.current()) == []
    assert list(Programme.objects.retired()) == [programme]


def test_restore_makes_the_programme_current(programme: Programme, administrator: User) -> None:
    programme.retire(by=administrator, at=AT)
    programme.restore()
    assert list(Programme.objects.current()) == [programme]
    assert (programme.retired_at, programme.retired_by) == (None, None)


def test_restore_refuses_a_name_taken_meanwhile(programme: Programme, administrator: User) -> None:
    programme.retire(by=administrator, at=AT)
    Programme.objects.create(name=programme.name)
    with pytest.raises(ValidationError, match="There is already a programme with this name"):
        programme.restore()
    programme.refresh_from_db()
    assert programme.is_retired


def test_database_refuses_retired_without_a_user(programme: Programme) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Programme.objects.update(retired_at=AT)


# The order of a programme's workshop plans


def test_add_appends_plans(db: None) -> None:
    programme = programme_of("a", "b")
    programme.add(WorkshopPlan(title="c"), WorkshopPlan(title="d"))
    assert titles(programme) == ["a", "b", "c", "d"]


class MoveTests(TestCase):
    """Property tests of moves. In a TestCase, Hypothesis rolls back after each example."""

    @settings(max_examples=60)
    @given(st.integers(1, 7), st.integers(0, 6), st.integers(-3, 12))
    def test_move_does_not_reorder_the_other_plans(self, size: int, which: int, to: int) -> None:
        names = [f"workshop {number}" for number in range(size)]
        moved = names[which % size]
        programme = programme_of(*names)
        plan_called(moved).move(to=to)
        expected = [name for name in names if name != moved]
        expected.insert(max(0, to - 1), moved)
        assert titles(programme) == expected

    @settings(max_examples=60)
    @given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), max_size=6))
    def test_successive_moves_lose_no_plan(self, moves: list[tuple[int, int]]) -> None:
        names = ["a", "b", "c", "d", "e"]
        programme = programme_of(*names)
        for which, to in moves:
            plan_called(names[which]).move(to=to)
            assert titles(programme)[to - 1] == names[which]
        assert sorted(titles(programme)) == names


def test_move_after_a_concurrent_move_uses_the_given_position(db: None) -> None:
    programme = programme_of("a", "b", "c", "d")
    seen_before, other = plan_called("d"), plan_called("a")
    other.move(to=4)
    seen_before.move(to=1)
    assert titles(programme) == ["d", "b", "c", "a"]


def test_move_of_a_deleted_plan_changes_nothing(db: None) -> None:
    programme = programme_of("a", "b", "c")
    gone = plan_called("b")
    plan_called("b").remove()
    gone.move(to=1)
    assert titles(programme) == ["a", "c"]


def test_move_makes_a_constant_number_of_queries(db: None) -> None:
    programme = programme_of("a", "b", "c")
    with CapturedQueries() as few:
        plan_called("c").move(to=1)
    programme.add(*(WorkshopPlan(title=f"more {number}") for number in range(27)))
    with CapturedQueries() as many:
        plan_called("more 26").move(to=1)
    assert len(many) == len(few)


def test_remove_renumbers_the_later_plans(db: None) -> None:
    programme = programme_of("a", "b", "c")
    plan_called("a").remove()
    assert titles(programme) == ["b", "c"]


def test_remove_twice_removes_one(db: None) -> None:
    programme = programme_of("a", "b", "c")
    first, second = plan_called("b"), plan_called("b")
    first.remove()
    second.remove()
    assert titles(programme) == ["a", "c"]


def test_plans_of_another_programme_are_not_renumbered(
    plans: list[WorkshopPlan], default_programme: Programme
) -> None:
    programme_of("a", "b")
    plan_called("b").move(to=1)
    assert titles(default_programme) == [plan.title for plan in plans]


def test_database_refuses_two_plans_at_one_position(db: None) -> None:
    programme = programme_of("a", "b")
    with pytest.raises(IntegrityError), transaction.atomic():
        programme.plans.filter(title="b").update(position=1)


def test_update_content_does_not_overwrite_the_position(db: None) -> None:
    programme = programme_of("a", "b", "c")
    being_written = plan_called("c")
    plan_called("c").move(to=1)
    assert being_written.update_content(title="c, better") is True
    assert titles(programme) == ["c, better", "a", "b"]


def test_update_content_returns_false_for_a_deleted_plan(db: None) -> None:
    programme_of("a")
    gone = plan_called("a")
    plan_called("a").remove()
    assert gone.update_content(title="a, better") is False


# Duplicating a programme


def test_duplicate_copies_all_content(
    default_programme: Programme, plans: list[WorkshopPlan]
) -> None:
    copy = default_programme.duplicate()
    copied = list(copy.plans.order_by("position"))
    assert (copy.name, copy.purpose) == (
        "Leading Change Together (copy)",
        default_programme.purpose,
    )
    assert [plan.content() for plan in copied] == [plan.content() for plan in plans]
    assert {plan.public_id for plan in copied} & {plan.public_id for plan in plans} == set()


def test_second_duplicate_returns_the_unchanged_copy(default_programme: Programme) -> None:
    assert default_programme.duplicate() == default_programme.duplicate()
    assert Programme.objects.count() == 2


def test_duplicate_creates_another_copy_after_a_change(default_programme: Programme) -> None:
    copy = default_programme.duplicate()
    copy.plans.filter(position=6).update(title="Something else")
    another = default_programme.duplicate()
    assert (copy.name, another.name) == (
        "Leading Change Together (copy)",
        "Leading Change Together (copy 2)",
    )


def test_duplicate_of_a_copy_has_a_number_in_its_name(default_programme: Programme) -> None:
    assert default_programme.duplicate().duplicate().name == "Leading Change Together (copy 2)"


def test_duplicate_of_the_longest_name_is_truncated(db: None) -> None:
    programme = Programme.objects.create(name="x" * NAME_LENGTH)
    copy = programme.duplicate()
    copy.full_clean()
    assert copy.name == "x" * (NAME_LENGTH - 7) + " (copy)"


def test_duplicate_of_a_retired_programme_is_current(
    default_programme: Programme, administrator: User
) -> None:
    default_programme.retire(by=administrator, at=AT)
    copy = default_programme.duplicate()
    assert (copy.is_retired, copy.plans.count()) == (False, 6)


def test_changing_a_copy_does_not_change_the_original(default_programme: Programme) -> None:
    copy = default_programme.duplicate()
    copy.plans.update(purpose="Another purpose")
    assert not default_programme.plans.filter(purpose="Another purpose").exists()
