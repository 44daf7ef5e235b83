"""Keyset pages of a queryset and of a loaded list, which are the same."""

from collections.abc import Callable, Mapping

import pytest

from accounts.models import User
from cohorts.keyset import KeysetPage, every_row, keyset_page, keyset_slice

ORDER = ("name", "pk")
Pager = Callable[[Mapping[str, str]], KeysetPage[User]]


@pytest.fixture
def people(db: None) -> list[User]:
    """Seven people, of whom three have the same name."""
    for number, name in enumerate("CBABDBE"):
        User.objects.create_user(f"{number}@example.org", name)
    return list(User.objects.order_by(*ORDER))


@pytest.fixture(params=["queryset", "list"])
def pager(request: pytest.FixtureRequest, people: list[User]) -> Pager:
    """A function that returns a page of three people for the parameters of a URL."""
    if request.param == "queryset":
        return lambda given: keyset_page(User.objects.all(), ORDER, given, size=3)
    return lambda given: keyset_slice(list(User.objects.order_by(*ORDER)), given, size=3)


def test_pages_forwards_and_backwards_hold_everybody_once(people: list[User], pager: Pager) -> None:
    first = pager({})
    second = pager({"after": first.after})
    third = pager({"after": second.after})
    assert [*first, *second, *third] == people
    assert (first.before, third.after) == ("", "")
    assert pager({"before": third.before}) == second
    assert pager({"before": second.before}) == first


def test_page_does_not_shift_when_somebody_is_added(people: list[User], pager: Pager) -> None:
    after = pager({}).after
    User.objects.create_user("new@example.org", "A")
    assert list(pager({"after": after})) == people[3:6]


def test_page_before_the_second_is_the_whole_first(people: list[User], pager: Pager) -> None:
    page = pager({"before": people[1].public_id})
    assert (list(page), page.before) == (people[:3], "")


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("value", ["", "nonsense"])
def test_unknown_row_gives_the_first_page(
    people: list[User], pager: Pager, name: str, value: str
) -> None:
    assert list(pager({name: value})) == people[:3]


def test_page_after_the_last_row_is_the_first(people: list[User], pager: Pager) -> None:
    assert list(pager({"after": people[-1].public_id})) == people[:3]


def test_every_row_is_read_in_batches(people: list[User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cohorts.keyset.EXPORT_BATCH", 3)
    batches = list(every_row(User.objects.all(), ORDER))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    assert [user for batch in batches for user in batch] == people


def test_pages_of_a_descending_order_hold_everybody_once(people: list[User]) -> None:
    order = ("-name", "pk")
    rows = User.objects.all()
    first = keyset_page(rows, order, {}, size=3)
    second = keyset_page(rows, order, {"after": first.after}, size=3)
    third = keyset_page(rows, order, {"after": second.after}, size=3)
    assert [*first, *second, *third] == list(rows.order_by(*order))
    assert keyset_page(rows, order, {"before": third.before}, size=3) == second
