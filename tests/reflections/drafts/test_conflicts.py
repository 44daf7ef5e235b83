"""Conflicting drafts, typed on two pages that have not seen each other's text."""

import pytest

from accounts.models import User
from reflections.drafts.conflicts import Conflict, Resolution, conflict_of, resolve_conflict
from reflections.models import Draft
from tests.reflections.drafts.conftest import ENTRY, OTHER_PAGE, THIS_PAGE, Autosave, moment, texts
from ui.version_token import StaleError


@pytest.fixture
def conflict(autosave: Autosave) -> Conflict:
    """A conflict of two drafts of one entry: the laptop saved the first, the phone the second."""
    autosave("Laptop", 1, page=OTHER_PAGE)
    found = conflict_of(autosave("Phone", 2))
    assert found is not None
    return found


@pytest.mark.parametrize("typed_at", [5, 1])
def test_conflicting_save_becomes_a_second_draft(autosave: Autosave, typed_at: float) -> None:
    """The draft that was saved first is unchanged, whichever text is newer."""
    first = autosave("Laptop", 3, page=OTHER_PAGE)
    second = autosave("Phone", typed_at)
    assert first is not None
    assert second is not None
    assert texts() == ["Laptop", "Phone"]
    assert (second.conflicts_with, second.typed_at, second.page) == (
        ENTRY,
        moment(typed_at),
        THIS_PAGE,
    )
    assert second.entry != ENTRY
    assert (second.cohort, second.workshop, second.prompt, second.reflection) == (
        first.cohort,
        first.workshop,
        first.prompt,
        None,
    )


def test_page_in_conflict_continues_its_own_draft(autosave: Autosave, conflict: Conflict) -> None:
    """The page saves to its own draft even if it never received the draft's version token."""
    autosave("Phone, in the tunnel", 3)
    autosave("Phone, out again", 4, seen=Draft.objects.latest("pk"))
    autosave("Laptop, later", 5, seen=conflict.first, page=OTHER_PAGE)
    assert texts() == ["Laptop, later", "Phone, out again"]


def test_text_containing_the_earlier_text_replaces_it(autosave: Autosave) -> None:
    autosave("A heron", 1, page=OTHER_PAGE)
    autosave("A heron at the weir", 2)
    assert texts() == ["A heron at the weir"]
    autosave("heron at", 1, page=OTHER_PAGE)
    assert texts() == ["A heron at the weir"]


def test_newer_shorter_text_becomes_a_second_draft(autosave: Autosave) -> None:
    """Neither text replaces the other, because the author may have shortened it on purpose."""
    autosave("A heron at the weir", 1, page=OTHER_PAGE)
    autosave("A heron", 2)
    assert texts() == ["A heron at the weir", "A heron"]


def test_third_page_gets_a_third_draft(autosave: Autosave) -> None:
    autosave("One", 1, page="one123456789")
    autosave("Two", 2, page="two123456789")
    autosave("Three", 3, page="three1234567")
    autosave("Four", 0, page="four12345678")
    assert texts() == ["One", "Two", "Three", "Four"]
    assert set(Draft.objects.values_list("conflicts_with", flat=True)) == {"", ENTRY}


def test_emptied_second_draft_is_deleted(autosave: Autosave, conflict: Conflict) -> None:
    assert autosave("", 4, seen=conflict.second) is None
    assert texts() == ["Laptop"]


def test_drafts_with_different_experiments_are_both_preserved(autosave: Autosave) -> None:
    autosave("A heron", 3, page=OTHER_PAGE, experiment="Ask first")
    autosave("A heron", 1, experiment="Wait")
    assert [one.experiment for one in Draft.objects.order_by("pk")] == ["Ask first", "Wait"]


def test_typing_time_in_the_future_overwrites_no_draft(autosave: Autosave) -> None:
    autosave("Mine", 999_999_999)
    autosave("Theirs", 999_999_999, page=OTHER_PAGE)
    assert texts() == ["Mine", "Theirs"]


def test_second_draft_stays_when_the_first_is_deleted(
    autosave: Autosave, conflict: Conflict
) -> None:
    conflict.first.delete()
    assert conflict_of(Draft.objects.get()) is None
    autosave("Phone, later", 3)
    assert texts() == ["Phone, later"]


# Resolving a conflict by choosing a draft ---------------------------------------------------------


def resolve(
    conflict: Conflict, resolution: Resolution, by: User, seen: str | None = None
) -> Draft | None:
    return resolve_conflict(
        by=by,
        entry=conflict.second.entry,
        resolution=resolution,
        seen=conflict.version_token if seen is None else seen,
        at=moment(9),
    )


@pytest.mark.parametrize(
    ("resolution", "left"),
    [
        (Resolution.FIRST, ["Laptop"]),
        (Resolution.SECOND, ["Phone"]),
        (Resolution.BOTH, ["Laptop", "Phone"]),
    ],
)
def test_resolving_ends_the_conflict(
    conflict: Conflict, participant: User, resolution: Resolution, left: list[str]
) -> None:
    draft = resolve(conflict, resolution, participant)
    assert draft is not None
    assert (draft.entry, texts()) == (ENTRY, left)
    assert [conflict_of(one) for one in Draft.objects.all()] == [None] * len(left)
    assert resolve(conflict, resolution, participant) is None


def test_both_pages_can_save_after_choosing_the_second_draft(
    autosave: Autosave, conflict: Conflict, participant: User
) -> None:
    """The page of the first draft has not seen the second text, so what it saves is in conflict."""
    resolve(conflict, Resolution.SECOND, participant)
    autosave("Phone, later", 10)
    assert texts() == ["Phone, later"]
    autosave("Laptop, later", 11, seen=conflict.first, page=OTHER_PAGE)
    assert texts() == ["Phone, later", "Laptop, later"]


@pytest.mark.parametrize("resolution", list(Resolution))
def test_resolving_a_changed_draft_raises_stale_error(
    autosave: Autosave, conflict: Conflict, participant: User, resolution: Resolution
) -> None:
    autosave("Phone, typed on", 3)
    with pytest.raises(StaleError):
        resolve(conflict, resolution, participant)
    assert texts() == ["Laptop", "Phone, typed on"]


def test_other_person_cannot_resolve_a_conflict(conflict: Conflict, peer: User) -> None:
    assert resolve(conflict, Resolution.SECOND, peer) is None
    assert texts() == ["Laptop", "Phone"]
