"""What happens to drafts when a page saves a reflection or a change to one.

A draft is “unseen” if the page that saves has not received its text.
"""

from collections.abc import Callable

from django.utils import timezone

from accounts.models import User
from reflections.drafts.autosave import DraftContent
from reflections.drafts.completion import save_change
from reflections.models import Draft, Experiment, Reflection
from tests.reflections.drafts.conftest import (
    ENTRY,
    OTHER_PAGE,
    Autosave,
    Complete,
    content,
    moment,
    texts,
)

Entry = Callable[..., Reflection]


def test_saving_creates_the_reflection_and_deletes_the_draft(
    autosave: Autosave, complete: Complete
) -> None:
    autosave("Half", 1)
    saved = complete("Half and whole")
    assert (saved.public_id, saved.body) == (ENTRY, "Half and whole")
    assert complete("Half and whole") == saved
    assert (Reflection.objects.count(), Draft.objects.count()) == (1, 0)
    assert autosave("Half and whole", 101) is None


def test_unseen_drafts_are_preserved(autosave: Autosave, complete: Complete) -> None:
    """Two other pages have saved drafts, which the saving page has not seen.

    The first becomes a draft of a change to the reflection; the second, in conflict, is unchanged.
    """
    autosave("Laptop", 1, page="one123456789")
    autosave("Phone", 2, page="two123456789")
    saved = complete("What I keep")
    first, second = Draft.objects.order_by("pk")
    assert (first.reflection, first.entry, first.body) == (saved, ENTRY, "Laptop")
    assert (second.reflection, second.body) == (None, "Phone")


def test_second_draft_of_the_saving_page_is_deleted(autosave: Autosave, complete: Complete) -> None:
    """The phone, whose draft conflicts with the laptop's, saves the reflection."""
    autosave("Laptop", 1, page=OTHER_PAGE)
    autosave("Phone", 2)
    saved = complete("Phone, and more")
    draft = Draft.objects.get()
    assert (draft.body, draft.reflection, saved.public_id) == ("Laptop", saved, ENTRY)


def test_draft_contained_in_the_reflection_is_deleted(
    autosave: Autosave, complete: Complete
) -> None:
    autosave("Half", 1, page=OTHER_PAGE)
    complete("Half and whole")
    assert not Draft.objects.exists()


def test_later_text_from_another_page_becomes_a_change(
    autosave: Autosave, complete: Complete
) -> None:
    first = autosave("Half", 1)
    saved = complete("Half and whole", seen=first)
    autosave("Half, from the train", 200, seen=first, page=OTHER_PAGE)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (saved, "Half, from the train")


def test_unseen_experiment_stays_in_a_draft(autosave: Autosave, complete: Complete) -> None:
    """Another page's draft has the same text, and an experiment that the saving page lacks."""
    first = autosave("Half and whole", 1)
    seen = content("", 0, seen=first).version
    autosave("Half and whole", 2, seen=first, page=OTHER_PAGE, experiment="Ask first")
    saved = complete("Half and whole")
    draft = Draft.objects.get()
    assert seen != draft.version_token
    assert (draft.reflection, draft.body, draft.experiment) == (
        saved,
        "Half and whole",
        "Ask first",
    )
    assert not Experiment.objects.exists()


def test_draft_with_the_saved_experiment_is_deleted(autosave: Autosave, complete: Complete) -> None:
    autosave("Half and whole", 1, page=OTHER_PAGE, experiment="Ask first ")
    complete("Half and whole", experiment="Ask first")
    assert (Experiment.objects.count(), Draft.objects.count()) == (1, 0)
    assert autosave("Half and whole", 200, page=OTHER_PAGE, experiment="Ask first ") is None


def test_experiment_typed_after_saving_becomes_a_change(
    autosave: Autosave, complete: Complete, participant: User
) -> None:
    saved = complete("Half and whole")
    draft = autosave("Half and whole", 200, page=OTHER_PAGE, experiment="Ask first")
    assert draft is not None
    assert (draft.reflection, draft.body, draft.experiment) == (
        saved,
        "Half and whole",
        "Ask first",
    )
    typed = content("Half and whole", 300, seen=draft, experiment="Ask first")
    save_change(reflection=saved, content=typed, by=participant, at=moment(300))
    experiment = Experiment.objects.get()
    assert (experiment.reflection, experiment.words) == (saved, "Ask first")
    assert not Draft.objects.exists()


def test_saved_change_updates_the_reflection_and_deletes_the_draft(
    autosave: Autosave, entry: Entry, participant: User
) -> None:
    saved = entry(body="As it was")
    draft = autosave("As it will", 1, entry=saved.public_id)
    typed = content("As it is now", 2, seen=draft, page="")
    save_change(reflection=saved, content=typed, by=participant, at=moment(2))
    assert Reflection.objects.get().body == "As it is now"
    assert not Draft.objects.exists()


def test_text_saved_concurrently_is_preserved_as_a_draft(entry: Entry, participant: User) -> None:
    saved = entry(body="As it was")
    seen = saved.changed_at.isoformat()
    for body in ("From the laptop", "From the phone", "From the phone"):
        typed = DraftContent(body, timezone.now())
        save_change(reflection=saved, content=typed, by=participant, at=timezone.now(), seen=seen)
    assert Reflection.objects.get().body == "From the phone"
    assert texts() == ["From the laptop"]
