"""Autosave: drafts are saved while somebody types, unless the page's version is out of date."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import Settings

from accounts.models import User
from reflections.drafts.autosave import DraftContent, save_draft
from reflections.models import Audience, Draft, Reflection
from tests.reflections.drafts.conftest import (
    ENTRY,
    NOW,
    OTHER_PAGE,
    THIS_PAGE,
    Autosave,
    Complete,
    moment,
    texts,
)
from workshops.models import Workshop

Entry = Callable[..., Reflection]


def body_and_version() -> tuple[str, int]:
    draft = Draft.objects.get()
    return draft.body, draft.version


def test_first_save_creates_a_draft_with_cohort_workshop_and_prompt(
    autosave: Autosave, workshop: Workshop
) -> None:
    autosave("Half a sen", 3, experiment="Ask first")
    draft = Draft.objects.get()
    assert (draft.cohort, draft.workshop, draft.prompt) == (
        workshop.cohort,
        workshop,
        "What did you notice in yourself?",
    )
    assert (draft.entry, draft.body, draft.experiment, draft.version) == (
        ENTRY,
        "Half a sen",
        "Ask first",
        1,
    )
    assert (draft.typed_at, draft.page, draft.reflection, draft.conflicts_with) == (
        moment(3),
        THIS_PAGE,
        None,
        "",
    )


def test_page_with_the_latest_version_overwrites_the_draft(autosave: Autosave) -> None:
    first = autosave("One", 1)
    autosave("Two", 2, seen=first, page=OTHER_PAGE)
    assert body_and_version() == ("Two", 2)


def test_same_text_again_changes_nothing(autosave: Autosave) -> None:
    autosave("One", 1)
    autosave("One", 9, page=OTHER_PAGE)
    assert body_and_version() == ("One", 1)


def test_page_that_missed_the_response_overwrites_its_own_version(autosave: Autosave) -> None:
    autosave("One", 1)
    autosave("Two", 2)
    assert body_and_version() == ("Two", 2)


def test_out_of_order_request_changes_nothing(autosave: Autosave) -> None:
    first = autosave("One", 1)
    autosave("One two three", 3, seen=first)
    autosave("One two", 2, seen=first)
    assert body_and_version() == ("One two three", 2)


def test_typing_time_in_the_future_counts_as_now(autosave: Autosave) -> None:
    autosave("Mine", 999_999_999)
    assert Draft.objects.get().typed_at == moment(1000)


def test_typing_time_never_goes_back(autosave: Autosave) -> None:
    first = autosave("One", 9)
    autosave("Two", 1, seen=first)
    assert body_and_version() == ("Two", 2)
    assert Draft.objects.get().typed_at == moment(9)


@pytest.mark.parametrize("blank", ["", "  \n\t "])
def test_blank_text_creates_no_draft_and_deletes_an_existing_one(
    autosave: Autosave, blank: str
) -> None:
    assert autosave(blank) is None
    first = autosave("One", 1)
    assert autosave(blank, 2, seen=first) is None
    assert not Draft.objects.exists()


def test_blank_text_from_another_page_changes_nothing(autosave: Autosave) -> None:
    autosave("One", 1)
    autosave("", 2, page=OTHER_PAGE)
    assert body_and_version() == ("One", 1)


def test_version_of_a_deleted_draft_does_not_match_the_next_draft(autosave: Autosave) -> None:
    first = autosave("On the phone", 1)
    assert first is not None
    Draft.objects.all().delete()
    autosave("On the laptop", 2, page=OTHER_PAGE)
    autosave("On the phone, later", 3, seen=first)
    assert texts() == ["On the laptop", "On the phone, later"]


def test_drafts_of_two_people_may_have_the_same_entry(autosave: Autosave, peer: User) -> None:
    autosave("Mine", 1)
    autosave("Theirs", 2, by=peer)
    assert sorted(Draft.objects.values_list("author__name", "version")) == [
        ("Amina Rahman", 1),
        ("Dev Patel", 1),
    ]


def test_non_member_cannot_save_a_draft(autosave: Autosave, outsider: User) -> None:
    with pytest.raises(PermissionDenied):
        autosave("Mine", by=outsider)


def test_former_member_can_save_a_draft(autosave: Autosave, participant: User) -> None:
    participant.memberships.get().leave(by=None, at=NOW)
    autosave("Mine")
    assert body_and_version() == ("Mine", 1)


def test_new_draft_requires_a_cohort(participant: User) -> None:
    with pytest.raises(PermissionDenied):
        save_draft(
            by=participant, entry=ENTRY, place=None, content=DraftContent("Words", NOW), at=NOW
        )


# Drafts of changes to saved reflections -----------------------------------------------------------


def test_readers_do_not_see_the_draft_of_a_change(
    autosave: Autosave, entry: Entry, peer: User
) -> None:
    saved = entry(body="As it was", audience=Audience.COHORT)
    autosave("As it will be", entry=saved.public_id)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (saved, "As it will be")
    assert Reflection.objects.readable_by(peer).get().body == "As it was"
    assert not Draft.objects.readable_by(peer).exists()


def test_undone_change_leaves_no_draft(autosave: Autosave, entry: Entry) -> None:
    saved = entry(body="As it was")
    assert autosave("As it was", entry=saved.public_id) is None
    first = autosave("As it w", 1, entry=saved.public_id)
    assert autosave("As it was", 2, entry=saved.public_id, seen=first) is None
    assert not Draft.objects.exists()


def test_text_typed_after_deleting_the_reflection_becomes_a_new_draft(
    autosave: Autosave, entry: Entry
) -> None:
    saved = entry(body="As it was")
    first = autosave("Changed", 1, entry=saved.public_id)
    saved.delete()
    assert not Draft.objects.exists()
    autosave("Changed again", 2, entry=saved.public_id, seen=first)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (None, "Changed again")


# Drafts whose encryption key is lost --------------------------------------------------------------


def test_unreadable_draft_is_not_overwritten(
    autosave: Autosave, complete: Complete, settings: Settings
) -> None:
    autosave("Sealed", 1)
    keys = settings.REFLECTION_KEYS
    settings.REFLECTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    with pytest.raises(PermissionDenied):
        autosave("Written over", 2)
    complete("New words")
    settings.REFLECTION_KEYS = keys
    assert body_and_version() == ("Sealed", 1)
