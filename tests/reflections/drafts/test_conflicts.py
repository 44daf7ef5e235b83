"""Text typed on two pages that had not seen each other's: two drafts, and no word lost."""

import pytest

from accounts.models import User
from reflections.drafts.conflicts import Conflict, Resolution, conflict_of, resolve_conflict
from reflections.models import Draft
from tests.reflections.drafts.conftest import ENTRY, HERE, THERE, Saving, moment, texts
from ui.version_token import StaleError


@pytest.fixture
def conflict(saving: Saving) -> Conflict:
    """The laptop's draft, and the phone's second one."""
    saving("Laptop", 1, page=THERE)
    found = conflict_of(saving("Phone", 2))
    assert found is not None
    return found


@pytest.mark.parametrize("typed_at", [5, 1])
def test_conflicting_save_becomes_a_second_draft(saving: Saving, typed_at: float) -> None:
    """Whichever text is newer: the one that was saved first stays as it is."""
    first = saving("Laptop", 3, page=THERE)
    second = saving("Phone", typed_at)
    assert first is not None
    assert second is not None
    assert texts() == ["Laptop", "Phone"]
    assert (second.conflicts_with, second.typed_at, second.page) == (ENTRY, moment(typed_at), HERE)
    assert second.entry != ENTRY
    assert (second.cohort, second.workshop, second.prompt, second.reflection) == (
        first.cohort,
        first.workshop,
        first.prompt,
        None,
    )


def test_page_in_conflict_goes_on_with_its_own_draft(saving: Saving, conflict: Conflict) -> None:
    """Whether or not it received the answer that told it so."""
    saving("Phone, in the tunnel", 3)
    saving("Phone, out again", 4, seen=Draft.objects.latest("pk"))
    saving("Laptop, later", 5, seen=conflict.first, page=THERE)
    assert texts() == ["Laptop, later", "Phone, out again"]


def test_text_that_contains_every_word_of_the_earlier_one_replaces_it(saving: Saving) -> None:
    saving("A heron", 1, page=THERE)
    saving("A heron at the weir", 2)
    assert texts() == ["A heron at the weir"]
    saving("heron at", 1, page=THERE)
    assert texts() == ["A heron at the weir"]


def test_shorter_text_that_is_newer_is_a_second_draft(saving: Saving) -> None:
    """Its author may have deleted the rest on purpose."""
    saving("A heron at the weir", 1, page=THERE)
    saving("A heron", 2)
    assert texts() == ["A heron at the weir", "A heron"]


def test_third_page_gets_a_third_draft(saving: Saving) -> None:
    saving("One", 1, page="one123456789")
    saving("Two", 2, page="two123456789")
    saving("Three", 3, page="three1234567")
    saving("Four", 0, page="four12345678")
    assert texts() == ["One", "Two", "Three", "Four"]
    assert set(Draft.objects.values_list("conflicts_with", flat=True)) == {"", ENTRY}


def test_second_draft_that_is_emptied_goes(saving: Saving, conflict: Conflict) -> None:
    assert saving("", 4, seen=conflict.second) is None
    assert texts() == ["Laptop"]


def test_experiments_of_both_drafts_stay(saving: Saving) -> None:
    saving("A heron", 3, page=THERE, experiment="Ask first")
    saving("A heron", 1, experiment="Wait")
    assert [one.experiment for one in Draft.objects.order_by("pk")] == ["Ask first", "Wait"]


def test_typing_time_in_the_future_does_not_win(saving: Saving) -> None:
    saving("Mine", 999_999_999)
    saving("Theirs", 999_999_999, page=THERE)
    assert texts() == ["Mine", "Theirs"]


def test_second_draft_stays_when_the_first_is_deleted(saving: Saving, conflict: Conflict) -> None:
    conflict.first.delete()
    assert conflict_of(Draft.objects.get()) is None
    saving("Phone, later", 3)
    assert texts() == ["Phone, later"]


# Resolving ---------------------------------------------------------------------------------------


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


def test_both_pages_save_on_after_the_second_draft_was_kept(
    saving: Saving, conflict: Conflict, participant: User
) -> None:
    """The first page has not seen the text that replaced its own."""
    resolve(conflict, Resolution.SECOND, participant)
    saving("Phone, later", 10)
    assert texts() == ["Phone, later"]
    saving("Laptop, later", 11, seen=conflict.first, page=THERE)
    assert texts() == ["Phone, later", "Laptop, later"]


@pytest.mark.parametrize("resolution", list(Resolution))
def test_draft_that_has_changed_since_is_not_resolved(
    saving: Saving, conflict: Conflict, participant: User, resolution: Resolution
) -> None:
    saving("Phone, typed on", 3)
    with pytest.raises(StaleError):
        resolve(conflict, resolution, participant)
    assert texts() == ["Laptop", "Phone, typed on"]


def test_nobody_else_resolves_it(conflict: Conflict, peer: User) -> None:
    assert resolve(conflict, Resolution.SECOND, peer) is None
    assert texts() == ["Laptop", "Phone"]
