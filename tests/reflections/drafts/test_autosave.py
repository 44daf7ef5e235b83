"""Saving drafts as they are typed: the versions that a page has seen, and those it has not."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import Settings

from accounts.models import User
from reflections.drafts.autosave import DraftContent, save_draft
from reflections.models import Audience, Draft, Reflection
from tests.reflections.drafts.conftest import (
    ENTRY,
    HERE,
    NOW,
    THERE,
    Finishing,
    Saving,
    moment,
    texts,
)
from workshops.models import Workshop

Entry = Callable[..., Reflection]


def the_draft() -> tuple[str, int]:
    draft = Draft.objects.get()
    return draft.body, draft.version


def test_first_save_creates_a_draft_with_its_place(saving: Saving, workshop: Workshop) -> None:
    saving("Half a sen", 3, experiment="Ask first")
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
        HERE,
        None,
        "",
    )


def test_page_that_has_seen_the_latest_version_saves_over_it(saving: Saving) -> None:
    first = saving("One", 1)
    saving("Two", 2, seen=first, page=THERE)
    assert the_draft() == ("Two", 2)


def test_same_text_again_changes_nothing(saving: Saving) -> None:
    saving("One", 1)
    saving("One", 9, page=THERE)
    assert the_draft() == ("One", 1)


def test_page_that_lost_the_answer_saves_over_its_own_version(saving: Saving) -> None:
    saving("One", 1)
    saving("Two", 2)
    assert the_draft() == ("Two", 2)


def test_request_that_a_later_one_has_overtaken_changes_nothing(saving: Saving) -> None:
    first = saving("One", 1)
    saving("One two three", 3, seen=first)
    saving("One two", 2, seen=first)
    assert the_draft() == ("One two three", 2)


def test_typing_time_in_the_future_counts_as_now(saving: Saving) -> None:
    saving("Mine", 999_999_999)
    assert Draft.objects.get().typed_at == moment(1000)


def test_typing_time_never_goes_back(saving: Saving) -> None:
    first = saving("One", 9)
    saving("Two", 1, seen=first)
    assert the_draft() == ("Two", 2)
    assert Draft.objects.get().typed_at == moment(9)


@pytest.mark.parametrize("blank", ["", "  \n\t "])
def test_blank_text_is_no_draft(saving: Saving, blank: str) -> None:
    assert saving(blank) is None
    first = saving("One", 1)
    assert saving(blank, 2, seen=first) is None
    assert not Draft.objects.exists()


def test_blank_page_takes_nothing_from_another(saving: Saving) -> None:
    saving("One", 1)
    saving("", 2, page=THERE)
    assert the_draft() == ("One", 1)


def test_version_of_a_deleted_draft_is_not_that_of_the_next_one(saving: Saving) -> None:
    first = saving("On the phone", 1)
    assert first is not None
    Draft.objects.all().delete()
    saving("On the laptop", 2, page=THERE)
    saving("On the phone, later", 3, seen=first)
    assert texts() == ["On the laptop", "On the phone, later"]


def test_drafts_of_two_people_may_have_the_same_entry(saving: Saving, peer: User) -> None:
    saving("Mine", 1)
    saving("Theirs", 2, by=peer)
    assert sorted(Draft.objects.values_list("author__name", "version")) == [
        ("Amina Rahman", 1),
        ("Dev Patel", 1),
    ]


def test_somebody_outside_the_cohort_saves_none(saving: Saving, outsider: User) -> None:
    with pytest.raises(PermissionDenied):
        saving("Mine", by=outsider)


def test_former_member_still_writes(saving: Saving, participant: User) -> None:
    participant.memberships.get().leave(by=None, at=NOW)
    saving("Mine")
    assert the_draft() == ("Mine", 1)


def test_draft_needs_a_place(participant: User) -> None:
    with pytest.raises(PermissionDenied):
        save_draft(
            by=participant, entry=ENTRY, place=None, content=DraftContent("Words", NOW), at=NOW
        )


# Changes to saved reflections --------------------------------------------------------------------


def test_readers_do_not_see_the_draft_of_a_change(saving: Saving, entry: Entry, peer: User) -> None:
    saved = entry(body="As it was", audience=Audience.COHORT)
    saving("As it will be", entry=saved.public_id)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (saved, "As it will be")
    assert Reflection.objects.readable_by(peer).get().body == "As it was"
    assert not Draft.objects.readable_by(peer).exists()


def test_change_that_is_undone_is_no_draft(saving: Saving, entry: Entry) -> None:
    saved = entry(body="As it was")
    assert saving("As it was", entry=saved.public_id) is None
    first = saving("As it w", 1, entry=saved.public_id)
    assert saving("As it was", 2, entry=saved.public_id, seen=first) is None
    assert not Draft.objects.exists()


def test_deleting_a_reflection_deletes_its_change_and_later_text_is_new(
    saving: Saving, entry: Entry
) -> None:
    saved = entry(body="As it was")
    first = saving("Changed", 1, entry=saved.public_id)
    saved.delete()
    assert not Draft.objects.exists()
    saving("Changed again", 2, entry=saved.public_id, seen=first)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (None, "Changed again")


# A lost key --------------------------------------------------------------------------------------


def test_draft_whose_key_is_lost_is_never_overwritten(
    saving: Saving, finishing: Finishing, settings: Settings
) -> None:
    saving("Sealed", 1)
    keys = settings.REFLECTION_KEYS
    settings.REFLECTION_KEYS = ["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
    with pytest.raises(PermissionDenied):
        saving("Written over", 2)
    finishing("New words")
    settings.REFLECTION_KEYS = keys
    assert the_draft() == ("Sealed", 1)
