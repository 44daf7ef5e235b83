"""Saving a draft as a reflection or as a change to one, with or without unseen drafts."""

from collections.abc import Callable

from django.utils import timezone

from accounts.models import User
from reflections.drafts.autosave import DraftContent
from reflections.drafts.completion import save_change
from reflections.models import Draft, Experiment, Reflection
from tests.reflections.drafts.conftest import (
    ENTRY,
    THERE,
    Finishing,
    Saving,
    content,
    moment,
    texts,
)

Entry = Callable[..., Reflection]


def test_saving_creates_the_reflection_and_deletes_the_draft(
    saving: Saving, finishing: Finishing
) -> None:
    saving("Half", 1)
    saved = finishing("Half and whole")
    assert (saved.public_id, saved.body) == (ENTRY, "Half and whole")
    assert finishing("Half and whole") == saved
    assert (Reflection.objects.count(), Draft.objects.count()) == (1, 0)
    assert saving("Half and whole", 101) is None


def test_drafts_that_the_page_never_saw_stay(saving: Saving, finishing: Finishing) -> None:
    """The entry's own as a change to the reflection, the second as a draft of its own."""
    saving("Laptop", 1, page="one123456789")
    saving("Phone", 2, page="two123456789")
    saved = finishing("What I keep")
    first, second = Draft.objects.order_by("pk")
    assert (first.reflection, first.entry, first.body) == (saved, ENTRY, "Laptop")
    assert (second.reflection, second.body) == (None, "Phone")


def test_second_draft_of_the_page_itself_goes(saving: Saving, finishing: Finishing) -> None:
    """Its page is in conflict with the laptop, and saves its own text as the reflection."""
    saving("Laptop", 1, page=THERE)
    saving("Phone", 2)
    saved = finishing("Phone, and more")
    draft = Draft.objects.get()
    assert (draft.body, draft.reflection, saved.public_id) == ("Laptop", saved, ENTRY)


def test_draft_of_which_the_reflection_has_every_word_goes(
    saving: Saving, finishing: Finishing
) -> None:
    saving("Half", 1, page=THERE)
    finishing("Half and whole")
    assert not Draft.objects.exists()


def test_what_another_page_types_after_that_is_a_change(
    saving: Saving, finishing: Finishing
) -> None:
    first = saving("Half", 1)
    saved = finishing("Half and whole", seen=first)
    saving("Half, from the train", 200, seen=first, page=THERE)
    draft = Draft.objects.get()
    assert (draft.reflection, draft.body) == (saved, "Half, from the train")


def test_experiment_that_the_page_never_saw_stays(saving: Saving, finishing: Finishing) -> None:
    """The text is the same on both devices, so nothing else is left."""
    first = saving("Half and whole", 1)
    seen = content("", 0, seen=first).version
    saving("Half and whole", 2, seen=first, page=THERE, experiment="Ask first")
    saved = finishing("Half and whole")
    draft = Draft.objects.get()
    assert seen != draft.version_token
    assert (draft.reflection, draft.body, draft.experiment) == (
        saved,
        "Half and whole",
        "Ask first",
    )
    assert not Experiment.objects.exists()


def test_experiment_that_is_saved_is_not_left_in_a_draft(
    saving: Saving, finishing: Finishing
) -> None:
    saving("Half and whole", 1, page=THERE, experiment="Ask first ")
    finishing("Half and whole", experiment="Ask first")
    assert (Experiment.objects.count(), Draft.objects.count()) == (1, 0)
    assert saving("Half and whole", 200, page=THERE, experiment="Ask first ") is None


def test_experiment_that_is_typed_after_saving_is_a_change(
    saving: Saving, finishing: Finishing, participant: User
) -> None:
    saved = finishing("Half and whole")
    draft = saving("Half and whole", 200, page=THERE, experiment="Ask first")
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


def test_saved_change_is_what_readers_see(saving: Saving, entry: Entry, participant: User) -> None:
    saved = entry(body="As it was")
    draft = saving("As it will", 1, entry=saved.public_id)
    typed = content("As it is now", 2, seen=draft, page="")
    save_change(reflection=saved, content=typed, by=participant, at=moment(2))
    assert Reflection.objects.get().body == "As it is now"
    assert not Draft.objects.exists()


def test_text_that_was_saved_elsewhere_in_the_meantime_stays_as_a_draft(
    entry: Entry, participant: User
) -> None:
    saved = entry(body="As it was")
    seen = saved.changed_at.isoformat()
    for body in ("From the laptop", "From the phone", "From the phone"):
        typed = DraftContent(body, timezone.now())
        save_change(reflection=saved, content=typed, by=participant, at=timezone.now(), seen=seen)
    assert Reflection.objects.get().body == "From the phone"
    assert texts() == ["From the laptop"]
